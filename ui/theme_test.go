package ui

import (
	"strings"
	"testing"

	"bones/ui/rows"
)

// TestBlanksAreBlank: no blank that stands beside a text has its underline, or is reversed.
func TestBlanksAreBlank(t *testing.T) {
	for _, theme := range Themes() {
		r := world(t, 100, 30, func(o *Options) { o.Theme = theme })
		r.say(rows.Bad, "bad")
		r.Redraw()
		_, h := r.Terminal.Size()
		plain := func(what string, x, y int) {
			if s, style, _ := r.Terminal.Get(x, y); s != " " || style != r.theme.Plain {
				t.Errorf("%s: %s: %q looks like something", theme, what, s)
			}
		}
		plain("after a message", 50, h-1)
		l := r.layout().view
		plain("beside a row", l.X, l.Y+9) // vim, which is stopped, and make
		plain("beside a row", l.X, l.Y+12)
		r.Press("?")
		plain("beside a key", 1, 1)
	}
}

func TestSettings(t *testing.T) {
	r := world(t, 100, 30, func(o *Options) {
		o.Theme, o.NoDetails, o.NoWrap, o.Columns, o.Sort, o.Reverse, o.Forgets = "light", true, true, []string{"pid",
			"user"}, "rss", true, "the disk is \x1b full"
	})
	s := r.Settings()
	if s.Theme != "light" || s.Details || s.Wrap || s.Interval.Seconds() != 1 ||
		strings.Join(s.Columns, " ") != "pid user command" {
		t.Errorf("%+v", s)
	}
	r.WantText("tree by RSS reversed")
	r.Type(":theme mono\r")
	r.WantText("bones cannot remember it: the disk is")
	r.Safe()
	r.Type(":theme light\r") // said once
	if strings.Contains(r.Text(), "cannot remember") {
		t.Error("it is said again")
	}
	r.Press("i", "w", "c", "Space", "Esc")
	if s := r.Settings(); !s.Details || !s.Wrap || strings.Join(s.Columns, " ") != "user command" {
		t.Errorf("%+v", s)
	}
	if s := world(t, 80, 24, func(o *Options) { o.Theme = "nonsense" }).Settings(); s.Theme != "default" {
		t.Errorf("%+v", s)
	}
}
