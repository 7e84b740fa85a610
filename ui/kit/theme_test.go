package ui

import (
	"math"
	"strings"
	"testing"

	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// looks are the styles that stand for different things, by what they mean, and the marks that stand beside them.
func looks(t *theme) (style map[string]tcell.Style, mark map[string]string) {
	return map[string]tcell.Style{"plain": t.plain, "dim": t.dim, "warn": t.warn, "bad": t.bad, "tagged": t.tagged, "selected": t.selected},
		map[string]string{"tagged": "*", "selected": t.selectMark}
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
		th := newTheme(name, false)
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
		for what, s := range map[string]tcell.Style{"title": th.title, "key": th.key, "bold": th.bold, "head": th.head} {
			if s == th.plain || s == th.selected || s == th.dim {
				t.Errorf("%s: %s looks like what it is not", name, what)
			}
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	th := newTheme("mono", false)
	styles, _ := looks(th)
	styles["head"], styles["border"], styles["title"], styles["key"], styles["bar"], styles["bold"] = th.head, th.border, th.title, th.key, th.bar, th.bold
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

// TestBlanksAreBlank: no blank that stands beside a text has its underline, or is reversed.
func TestBlanksAreBlank(t *testing.T) {
	for _, theme := range Themes() {
		r := world(t, 100, 30, func(o *Options) { o.Theme = theme })
		r.say(rows.Bad, "bad")
		r.draw()
		_, h := r.screen.Size()
		plain := func(what string, x, y int) {
			if s, style, _ := r.screen.Get(x, y); s != " " || style != r.theme.plain {
				t.Errorf("%s: %s: %q looks like something", theme, what, s)
			}
		}
		plain("after a message", 50, h-1)
		l := r.layout().view
		plain("beside a row", l.x, l.y+9) // vim, which is stopped, and make
		plain("beside a row", l.x, l.y+12)
		r.press("?")
		plain("beside a key", 1, 1)
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
	th := newTheme("colorblind", false)
	colours := map[string]tcell.Color{}
	for what, s := range map[string]tcell.Style{"warn": th.warn, "bad": th.bad, "tagged": th.tagged} {
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

func TestSettings(t *testing.T) {
	r := world(t, 100, 30, func(o *Options) {
		o.Theme, o.NoDetails, o.NoWrap, o.Columns, o.Sort, o.Reverse, o.Forgets = "light", true, true, []string{"pid", "user"}, "rss", true, "the disk is \x1b full"
	})
	s := r.Settings()
	if s.Theme != "light" || s.Details || s.Wrap || s.Interval.Seconds() != 1 || strings.Join(s.Columns, " ") != "pid user command" {
		t.Errorf("%+v", s)
	}
	r.wantText("tree by RSS reversed")
	r.typeText(":theme mono\r")
	r.wantText("it is not remembered: the disk is")
	r.safe()
	r.typeText(":theme light\r") // said once
	if strings.Contains(r.text(), "not remembered") {
		t.Error("it is said again")
	}
	r.press("i", "w", "c", "Space", "Esc")
	if s := r.Settings(); !s.Details || !s.Wrap || strings.Join(s.Columns, " ") != "user command" {
		t.Errorf("%+v", s)
	}
	if s := world(t, 80, 24, func(o *Options) { o.Theme = "nonsense" }).Settings(); s.Theme != "default" {
		t.Errorf("%+v", s)
	}
}
