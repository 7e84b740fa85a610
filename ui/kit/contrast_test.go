package kit

import (
	"fmt"
	"math"
	"testing"

	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// luminance is how bright a colour is, 0 to 1.
//
// Source: WCAG 2.2, relative luminance.
func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is between 1 and 21.
//
// Source: WCAG 2.2, contrast ratio; success criterion 1.4.3 wants 4.5 (AA), 1.4.6 wants 7 (AAA).
func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func rgb(c tcell.Color, own [3]float64) [3]float64 {
	if c == tcell.ColorDefault {
		return own
	}
	r, g, b := c.RGB()
	return [3]float64{float64(r), float64(g), float64(b)}
}

// drawnIn are the two colours that a terminal shows a style in, whose own are these two.
func drawnIn(s tcell.Style, ownText, ownGround [3]float64) (text, ground [3]float64) {
	fg, bg, attr := s.Decompose()
	text, ground = rgb(fg, ownText), rgb(bg, ownGround)
	if attr&tcell.AttrDim != 0 { // as much as the terminals that dim most: two thirds of the way are left
		for i := range text {
			text[i] = ground[i] + (text[i]-ground[i])*2/3
		}
	}
	if attr&tcell.AttrReverse != 0 {
		text, ground = ground, text
	}
	return text, ground
}

func textStyles(th *Theme) map[string]tcell.Style {
	all := map[string]tcell.Style{"plain": th.Plain, "dim": th.Dim, "bold": th.Bold, "head": th.Head,
		"selected": th.Selected, "tagged": th.Tagged, "warn": th.Warn, "bad": th.Bad, "title": th.Title, "key": th.Key,
		"bar": th.Bar, "good": th.Good, "busy": th.Busy, "changed": th.Changed}
	for i, s := range th.hues {
		all[fmt.Sprintf("container %d", i)] = s
	}
	return all
}

// TestContrast: whatever is written can be read, in every theme; the terminal's own background is taken for black where
// the theme has none, as its description says.
func TestContrast(t *testing.T) {
	if c := contrast([3]float64{0, 0, 255}, [3]float64{}); c > 3 {
		t.Fatalf("blue on black has a contrast of %.1f: the measure is wrong", c)
	}
	grey, black := [3]float64{229, 229, 229}, [3]float64{}
	for _, theme := range Themes() {
		least := 4.5
		if theme.Label == "high-contrast" {
			least = 7
		}
		th := NewTheme(theme.Label, false)
		for what, style := range textStyles(th) {
			text, ground := drawnIn(style, grey, black)
			if c := contrast(text, ground); c < least {
				t.Errorf("%s: %s has a contrast of %.2f, %.1f are needed", theme.Label, what, c, least)
			}
		}
	}
}

// TestThemesDiffer: of any two themes most styles look different, so that choosing one changes something.
func TestThemesDiffer(t *testing.T) {
	all := Themes()
	if len(all) != 5 {
		t.Fatalf("%d themes", len(all))
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			x, y := textStyles(NewTheme(a.Label, false)), textStyles(NewTheme(b.Label, false))
			same := 0
			for what := range x {
				if x[what] == y[what] {
					same++
				}
			}
			if same > len(x)/4 {
				t.Errorf("%s and %s have %d of %d styles in common", a.Label, b.Label, same, len(x))
			}
		}
	}
}

// TestSharesAreToldApart: green, amber and red are three styles in each theme that has colours, and containers have
// colours of their own.
func TestSharesAreToldApart(t *testing.T) {
	for _, theme := range Themes() {
		if theme.Label == "mono" {
			continue
		}
		th := NewTheme(theme.Label, false)
		seen := map[tcell.Style]string{}
		for _, share := range []float64{0.1, 0.8, 0.95} {
			s := th.Of(rows.ShareStyle(share))
			if other, ok := seen[s]; ok {
				t.Errorf("%s: %v of a limit looks like %s", theme.Label, share, other)
			}
			seen[s] = fmt.Sprint(share)
		}
		hues := map[tcell.Style]bool{}
		for _, s := range th.hues {
			hues[s] = true
		}
		if len(hues) != rows.Hues {
			t.Errorf("%s: containers have %d colours among them, want %d", theme.Label, len(hues), rows.Hues)
		}
	}
	if a, b := rows.Hue("0123"), rows.Hue("0123"); a != b {
		t.Error("a container changes its colour")
	}
}
