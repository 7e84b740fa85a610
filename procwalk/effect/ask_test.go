package effect

import (
	"context"
	"strings"
	"testing"
	"time"

	"bones/procwalk/text"
)

// risky is an effect of a given risk that describes itself.
type risky struct {
	level  Level
	noUndo string
}

func (r risky) Kind() string     { return "risky" }
func (r risky) About() text.Text { return text.New("web") }
func (r risky) Describe() string { return "do what the inverse does" }
func (r risky) ByHand() string   { return "by hand" }
func (r risky) Undo() Undo       { return Undo{Possible: r.noUndo == "", Why: r.noUndo} }
func (r risky) Risk() Risk {
	if r.level == Safe {
		return Risk{}
	}
	return Risk{Level: r.level, Why: "the risk"}
}
func (r risky) Apply(context.Context) (Outcome, error) { panic("asking carries nothing out") }

func TestAsk(t *testing.T) {
	// Changes: none, this process's, an older one of ours, another user's.
	here := &Earlier{N: 3, User: "root", Ours: true, Here: true}
	older := &Earlier{N: 3, User: "root", Ours: true}
	others := &Earlier{N: 3, User: "eve"}
	for _, c := range []struct {
		change                   *Earlier
		said                     Said
		safe, confirm, graveness Level // what is asked for an effect of that risk
	}{
		{nil, Unsaid, Safe, Confirm, Grave},
		{nil, Typed, Safe, Confirm, Grave},
		{nil, Named, Safe, Safe, Grave},
		{nil, Sure, Safe, Safe, Safe},
		{here, Unsaid, Safe, Safe, Grave},
		{here, Named, Safe, Safe, Grave},
		{here, Sure, Safe, Safe, Safe},
		{older, Unsaid, Confirm, Confirm, Grave},
		{older, Named, Safe, Safe, Grave},
		{older, Sure, Safe, Safe, Safe},
		{others, Unsaid, Confirm, Confirm, Grave},
		{others, Named, Confirm, Confirm, Grave},
		{others, Sure, Safe, Safe, Safe},
	} {
		for risk, want := range map[Level]Level{Safe: c.safe, Confirm: c.confirm, Grave: c.graveness} {
			q, asked := Ask(risky{level: risk}, Provenance{c.said, c.change})
			if q.Script != (c.said == Typed && want == Confirm) {
				t.Errorf("risk %d, said %d: a script goes on: %v", risk, c.said, q.Script)
			}
			if asked != (want != Safe) || q.Level != want {
				t.Errorf("risk %d, change %+v, said %d: asked %v at level %d, want level %d", risk, c.change, c.said, asked,
					q.Level, want)
			}
		}
	}
}

func TestQuestionSaysWhatWhoAndWhen(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	q, asked := Ask(risky{level: Safe, noUndo: "gone"}, Provenance{Change: &Earlier{N: 12, Time: at, User: "eve"}})
	all := strings.Join(append(q.Why, q.What, q.ByHand, q.NoUndo), "\n")
	for _, want := range []string{"do what the inverse does", "by hand", "number 12", "eve", "2026-03-04 05:06:07",
		"takes back", "gone"} {
		if !asked || !strings.Contains(all, want) {
			t.Errorf("the question lacks %q:\n%s", want, all)
		}
	}
	q, _ = Ask(risky{level: Grave}, Provenance{Change: &Earlier{N: 12, Time: at, User: "eve", Redone: true}})
	if all := strings.Join(q.Why, "\n"); !strings.Contains(all, "makes again") || !strings.Contains(all, "the risk") {
		t.Errorf("the question says only %q", all)
	}
}

// known is an effect that knows where it comes from.
type known struct {
	risky
	from Provenance
}

func (k known) Provenance() Provenance { return k.from }

func TestProvenanceOf(t *testing.T) {
	change := &Earlier{N: 1}
	if p := ProvenanceOf(known{from: Provenance{Change: change}}, Named); p.Said != Named || p.Change != change {
		t.Errorf("%+v", p)
	}
	if p := ProvenanceOf(known{from: Provenance{Said: Sure}}, Unsaid); p.Said != Sure {
		t.Errorf("what was said is forgotten: %+v", p)
	}
	if p := ProvenanceOf(risky{}, Unsaid); p != (Provenance{}) {
		t.Errorf("%+v", p)
	}
}
