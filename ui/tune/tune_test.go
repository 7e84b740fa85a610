package tune_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"bones/procwalk/effect"
	"bones/ui"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// undoable is an effect with a way back.
type undoable struct{ fakehost.Effect }

func (undoable) Undo() effect.Undo { return effect.Undo{Possible: true} }

// TestTune: the key opens the dialog about what is selected in views 1 and 2, the word does it for a TARGET.
func TestTune(t *testing.T) {
	for _, view := range []string{"1", "2"} {
		var asked []string
		r := uitest.Show(t, 110, 36, view, rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
			o.Tune.Now = func(_ context.Context, target string) (map[string]string, error) {
				return map[string]string{"nice": "3", "cpus": "0-7", "ioprio": "none", "oom_score_adj": "11",
					"nofile": "1024:4096"}, nil
			}
			o.Tune.Make = func(_ context.Context, target string, words []string) (effect.Effect, error) {
				if strings.Join(words, " ") == "nice=x" {
					return nil, errors.New("x is no number")
				}
				asked = append(asked, target)
				return undoable{fakehost.Effect{What: "tune " + strings.Join(words, " ")}}, nil
			}
		})
		r.Press("W")
		for _, want := range []string{"Tune ", "now 3", "now 0-7", "now none", "oom_score_adj is 11", "now 1024:4096"} {
			r.WantText(want)
		}
		r.Type("x")
		r.WantText("x is no number")
		r.Press("Esc", "F7")
		r.Type("5\t0-1\tidle\t500\t:100\t--all")
		r.WantText("tune nice=5 cpus=0-1 ioprio=idle oom=500 nofile=:100 --all")
		r.Press("Enter")
		if strings.Join(r.Sent, ",") != "tune nice=5 cpus=0-1 ioprio=idle oom=500 nofile=:100 --all" {
			t.Fatalf("view %s: carried out %q", view, r.Sent)
		}
		r.Type(":tune cache nice=7 --all\r")
		if last := r.Sent[len(r.Sent)-1]; last != "tune nice=7 --all" || asked[len(asked)-1] != "cache" {
			t.Fatalf("view %s: carried out %q of %q", view, last, asked)
		}
		r.Type(":tune cache web nice=7\r")
		r.WantText("neither a setting nor the one target")
		r.Type(":tune 'cache nice=7\r")
		r.WantText("a quote is not closed")
		if len(r.Sent) != 2 {
			t.Fatalf("carried out %q", r.Sent)
		}
		if r.Type(":tune 'cache' \"nice=7\"\r"); len(r.Sent) != 3 || r.Sent[2] != "tune nice=7" {
			t.Fatalf("carried out %q", r.Sent)
		}
	}
	r := uitest.Show(t, 110, 36, "1", rowstest.World, uitest.WithGroups)
	r.Press("W")
	r.WantText("processes cannot be tuned here")
}
