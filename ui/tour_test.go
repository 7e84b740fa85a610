package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bones/ui/kit"
	"bones/ui/tour"
)

// withTour starts the UI with a tour on PID 970.
func withTour(o *Options) {
	o.Tour = tour.New(tour.Backend{
		Facts: func(context.Context) tour.Facts {
			f := tour.Sample()
			f.PID = 970
			return f
		},
		Standing: func(context.Context) ([]tour.StandingChange, error) { return nil, nil },
	})
}

// TestTourKeysAreFree: no view, and nothing that works in all of them, has a key of the tour's, and none that a step
// has its user press is one of the tour's.
func TestTourKeysAreFree(t *testing.T) {
	r := world(t, 80, 24, withTour)
	keys := map[string]bool{}
	for _, k := range r.opt.Tour.Keys() {
		for name := range strings.FieldsSeq(k.Keys) {
			keys[name] = true
		}
		if why := kit.BadKey(k.Keys); why != "" {
			t.Error(why)
		}
	}
	for _, v := range KeyTable() {
		for _, k := range v.Keys {
			for name := range strings.FieldsSeq(k.Keys) {
				if keys[name] {
					t.Errorf("%s is %s in %q, and of the tour", name, k.Action, v.Name)
				}
			}
		}
	}
	f := tour.Sample()
	for _, s := range tour.Steps() {
		_, press, _ := s.Told(&f)
		if slices.ContainsFunc(press, func(k string) bool { return keys[k] }) {
			t.Errorf("step %d asks for a key of the tour: %v", s.Number, press)
		}
	}
	for _, key := range []string{"j", "k", "PgDn", "^f", "g"} { // of the details, when they have the focus
		if keys[key] {
			t.Errorf("%s moves", key)
		}
	}
}

// TestTourPanel: the panel stands below everything, dialogs leave it uncovered, and keys that are pressed in a dialog
// or a prompt are for that.
func TestTourPanel(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		r := world(t, size[0], size[1], withTour)
		last := func() string {
			r.Redraw()
			_, panel, _ := strings.Cut(r.Text(), " Tour ")
			return panel
		}
		if !strings.HasPrefix(last(), "0/10: the kernel") {
			t.Fatalf("there is no panel:\n%s", r.Text())
		}
		for _, open := range [][]string{{"?"}, {":"}, {"K"}, {"/"}} {
			r.Press(open...)
			if !strings.HasPrefix(last(), "0/10: the kernel") || !strings.Contains(last(), "by hand: uname -r") {
				t.Errorf("%v covers the panel:\n%s", open, r.Text())
			}
			r.Press("^n")
			if !strings.HasPrefix(last(), "0/10") {
				t.Errorf("^n in what %v opened is taken by the tour:\n%s", open, r.Text())
			}
			r.Press("Esc", "Esc")
		}
		r.Press("^n")
		if !strings.HasPrefix(last(), "1/10: the process tree") {
			t.Errorf("^n does not go on:\n%s", r.Text())
		}
		r.Press(":", "p", "i", "d", "Space", "9", "7", "0", "Enter")
		if got := last(); !strings.Contains(got, "Done. PID 970") {
			t.Errorf("the tour does not notice that the process is selected:\n%s", r.Text())
		}
		r.Press("^p")
		if !strings.HasPrefix(last(), "0/10") {
			t.Errorf("^p does not go back:\n%s", r.Text())
		}
		r.Press("?")
		r.Redraw()
		if help := r.Text(); size[0] == 200 && !strings.Contains(help, "next step of the tour") {
			t.Errorf("the help page does not have the keys of the tour:\n%s", help)
		}
	}
}
