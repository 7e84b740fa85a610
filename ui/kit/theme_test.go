package kit

import (
	"math"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// looks are the styles that stand for different things, by what they mean, and the marks that stand beside them.
func looks(t *Theme) (style map[string]tcell.Style, mark map[string]string) {
	return map[string]tcell.Style{"plain": t.Plain, "dim": t.Dim, "warn": t.Warn, "bad": t.Bad, "tagged": t.Tagged,
			"selected": t.Selected},
		map[string]string{"tagged": "*", "selected": t.SelectMark}
}

func eachPair[T any](m map[string]T, f func(a, b string)) {
	for a := range m {
		for b := range m {
			if a < b {
				f(a, b)
			}
		}
	}
}

func TestThemesTellThingsApart(t *testing.T) {
	for _, name := range Themes() {
		name := name.Label
		th := NewTheme(name, false)
		styles, marks := looks(th)
		eachPair(styles, func(a, b string) {
			if styles[a] == styles[b] {
				t.Errorf("%s: %s and %s look the same", name, a, b)
			}
			// Without colours, be it for a terminal or for somebody's eyes, it is still told.
			_, _, x := styles[a].Decompose()
			_, _, y := styles[b].Decompose()
			if x == y && marks[a] == marks[b] {
				t.Errorf("%s: %s and %s differ by colour alone", name, a, b)
			}
		})
		for what, s := range map[string]tcell.Style{"title": th.Title, "key": th.Key, "bold": th.Bold, "head": th.Head} {
			if s == th.Plain || s == th.Selected || s == th.Dim {
				t.Errorf("%s: %s looks like what it is not", name, what)
			}
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	th := NewTheme("mono", false)
	styles, _ := looks(th)
	styles["head"], styles["border"], styles["title"], styles["key"], styles["bar"], styles["bold"] = th.Head, th.Border,
		th.Title, th.Key, th.Bar, th.Bold
	for what, s := range styles {
		fg, bg, a := s.Decompose()
		if fg != tcell.ColorDefault || bg != tcell.ColorDefault {
			t.Errorf("%s has a colour", what)
		}
		if a&^(tcell.AttrBold|tcell.AttrDim|tcell.AttrReverse|tcell.AttrUnderline) != 0 {
			t.Errorf("%s: attributes %b", what, a)
		}
	}
}

// seen is how a colour looks to an eye without one of the three kinds of cones, in linear light.
//
// Source: F. Viénot, H. Brettel and J. Mollon, Color Research and Application 24, 1999.
func seen(c tcell.Color, protan bool) [3]float64 {
	linear := func(v int32) float64 { return math.Pow(float64(v)/255, 2.2) }
	r, g, b := c.RGB()
	x, y, z := linear(r), linear(g), linear(b)
	if protan {
		both := 0.11238*x + 0.88762*y
		return [3]float64{both, both, 0.00401*x - 0.00401*y + z}
	}
	both := 0.29275*x + 0.70725*y
	return [3]float64{both, both, -0.02234*x + 0.02234*y + z}
}

// TestColorblindIsNotRedAndGreen: no two of its colours fall together for those who do not see red, or green; with red
// and green of the same brightness they would.
func TestColorblindIsNotRedAndGreen(t *testing.T) {
	apart := func(a, b tcell.Color) float64 {
		least := math.Inf(1)
		for _, protan := range []bool{true, false} {
			x, y := seen(a, protan), seen(b, protan)
			d := 0.0
			for i := range x { // as the eye does, which sees steps in the dark better
				v := math.Pow(max(x[i], 0), 1/2.2) - math.Pow(max(y[i], 0), 1/2.2)
				d += v * v
			}
			least = min(least, math.Sqrt(d))
		}
		return least
	}
	const enough = 0.15
	if d := apart(tcell.NewHexColor(0xc80000), tcell.NewHexColor(0x004e00)); d >= enough {
		t.Fatalf("the measure does not see that red and green fall together: %f", d)
	}
	th := NewTheme("colorblind", false)
	colours := map[string]tcell.Color{}
	for what, s := range map[string]tcell.Style{"warn": th.Warn, "bad": th.Bad, "tagged": th.Tagged} {
		fg, _, _ := s.Decompose()
		if fg == tcell.ColorDefault {
			t.Errorf("%s has no colour", what)
		}
		colours[what] = fg
	}
	eachPair(colours, func(a, b string) {
		if d := apart(colours[a], colours[b]); d < enough {
			t.Errorf("%s and %s fall together: %f", a, b, d)
		}
	})
}
