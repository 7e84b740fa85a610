package limits_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/effect"
	"bones/ui"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// open opens the dialog of the container cache.
func open(t *testing.T, w, h int, set func(words string) (effect.Effect, error)) *uitest.Rig {
	t.Helper()
	r := uitest.Show(t, w, h, "2", rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Containers.Set = func(_ context.Context, _ rows.GroupTarget, words []string) (effect.Effect, error) {
			return set(strings.Join(words, " "))
		}
	})
	r.Press("e")
	return r
}

// TestOneQuestion: what is in use and what binds stand beside each limit, what would be written and what speaks
// against it below; Enter is the one question, but for what is grave.
func TestOneQuestion(t *testing.T) {
	var planned []string
	level := effect.Risk{Level: effect.Confirm, Why: "more than that is in use"}
	set := func(words string) (effect.Effect, error) {
		planned = append(planned, words)
		if strings.Contains(words, "=x") {
			return nil, errors.New("x is no number")
		}
		return undoable{fakehost.Effect{What: "write " + words, Level: level}}, nil
	}
	r := open(t, 110, 36, set)
	for _, want := range []string{"Limits of cache", "memory:", "cpus:", "pids:", "other:", "in use; limit"} {
		r.WantText(want)
	}
	r.Type("1.5G\t2\t100\t--persist")
	r.WantText("write memory=1.5G cpus=2 pids=100 --persist")
	r.WantText("! more than that is in use")
	r.WantText("by hand: ")
	r.Press("Enter")
	if strings.Join(r.Sent, ",") != "write memory=1.5G cpus=2 pids=100 --persist" {
		t.Fatalf("carried out %q after %q", r.Sent, planned)
	}
	r.Press("e")
	r.Type("x\r")
	r.WantText("x is no number")
	if len(r.Sent) != 1 {
		t.Fatalf("carried out %q", r.Sent)
	}
	r.Press("Esc", "e", "Enter") // nothing typed, nothing done
	r.Press("e")
	r.Type("5")
	r.Press("Esc")
	if len(r.Sent) != 1 {
		t.Fatalf("carried out %q", r.Sent)
	}
	level.Level = effect.Grave
	r.Press("e")
	r.Type("7\r")
	r.WantText("This is grave")
	small := open(t, 60, 12, set)
	small.Safe()
	small.Type("3\r")
	small.SafeAsDrawn()
}

// undoable is an effect with a way back.
type undoable struct{ fakehost.Effect }

func (undoable) Undo() effect.Undo { return effect.Undo{Possible: true} }

// TestValueWithABlank: a value with a blank reaches the plan whole, so that it is refused as that of
// `bones set memory="10 %"` is.
func TestValueWithABlank(t *testing.T) {
	for typed, want := range map[string]string{"10 %": "memory=10 %", "64M x": "memory=64M x",
		"\t\t\tmemory.high=10 % --persist": "memory.high=10 %|--persist", "1G\t2": "memory=1G|cpus=2"} {
		var got []string
		r := uitest.Show(t, 110, 36, "2", rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
			o.Containers.Set = func(_ context.Context, _ rows.GroupTarget, words []string) (effect.Effect, error) {
				got = append(got, strings.Join(words, "|"))
				return nil, errors.New("seen")
			}
		})
		r.Press("e")
		r.Type(typed)
		r.WantText("seen")
		if len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("%q: planned %q, not %q", typed, got, want)
		}
	}
}

// TestQuotedWords: a value with a blank is one word where it is quoted, in the field and behind :set, as it is for the
// shell; a quote that is not closed is said in one line, and nothing is done.
func TestQuotedWords(t *testing.T) {
	var planned []string
	r := uitest.Show(t, 110, 36, "2", rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Containers.Set = func(_ context.Context, _ rows.GroupTarget, words []string) (effect.Effect, error) {
			planned = words
			return undoable{fakehost.Effect{What: "write " + strings.Join(words, "|")}}, nil
		}
	})
	want := []string{"io.max=8:0 rbps=1048576", "memory.high=1G"}
	for _, typed := range []string{"'io.max=8:0 rbps=1048576' memory.high=1G", `io.max="8:0 rbps=1048576" memory.high=1G`,
		`io.max=8:0\ rbps=1048576 memory.high=1G`} {
		for _, line := range []string{"e\t\t\t" + typed + "\r", ":set cache " + typed + "\r"} {
			planned = nil
			r.Type(line)
			if !slices.Equal(planned, want) {
				t.Errorf("%q: the words are %q, want %q", line, planned, want)
			}
			r.Press("Esc", "Esc")
		}
	}
	sent := len(r.Sent)
	for _, line := range []string{"e\t\t\t'io.max=8:0\r", ":set cache 'io.max=8:0\r"} {
		r.Type(line)
		r.WantText("a quote is not closed")
		r.Press("Esc")
	}
	if len(r.Sent) != sent {
		t.Errorf("carried out %q", r.Sent[sent:])
	}
}
