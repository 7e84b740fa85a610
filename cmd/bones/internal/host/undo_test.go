package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// register is an effect that writes a value into a register of the test, and can be taken back.
type register struct {
	world    *world
	Name     string `json:"name"`
	From, To string
	level    effect.Level
}

// world is what registers hold.
type world struct {
	held map[string]string
	fill string // makes the records larger
}

func (r register) Kind() string      { return "register" }
func (r register) About() text.Text  { return text.New("register " + r.Name) }
func (r register) Describe() string  { return fmt.Sprintf("set %s from %s to %s", r.Name, r.From, r.To) }
func (r register) ByHand() string    { return "echo " + r.To + " > " + r.Name }
func (r register) Risk() effect.Risk { return effect.Risk{Level: r.level} }
func (r register) Undo() effect.Undo { return effect.Undo{Possible: true} }
func (r register) Apply(context.Context) (effect.Outcome, error) {
	if r.world.held[r.Name] != r.From {
		return effect.Outcome{}, errors.New("it holds something else")
	}
	r.world.held[r.Name] = r.To
	return effect.Outcome{Inverse: register{world: r.world, Name: r.Name, From: r.To, To: r.From},
		Sentence: r.Name + ": " + r.From + " to " + r.To}, nil
}

func (r register) Record() (json.RawMessage, error) {
	return json.Marshal(map[string]string{"name": r.Name, "from": r.From, "to": r.To, "fill": r.world.fill})
}

// set is the effect that sets a register.
func (w *world) set(name, to string) register {
	return register{world: w, Name: name, From: w.held[name], To: to}
}

func newWorld() (*world, Kinds) {
	w := &world{held: map[string]string{}}
	type recorded struct{ Name, From, To string }
	return w, Kinds{"fake": {}, "register": {
		Lasting: true,
		UndoneBy: only("register", func(change, inverse json.RawMessage) error {
			var a, b recorded
			if json.Unmarshal(change, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.Name != b.Name {
				return errors.New("it is about another register than the change")
			}
			return nil
		}),
		Restore: func(_ context.Context, record json.RawMessage) (effect.Effect, error) {
			var r recorded
			err := json.Unmarshal(record, &r)
			return register{world: w, Name: r.Name, From: r.From, To: r.To}, err
		},
		Present: func(_ context.Context, record json.RawMessage) []string {
			var r recorded
			json.Unmarshal(record, &r)
			return []string{r.Name + " holds " + w.held[r.Name]}
		},
	}}
}

func carry(t *testing.T, h *Host, e effect.Effect, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Carry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestUndoAndRedo(t *testing.T) {
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	for _, v := range []string{"1", "2"} {
		carry(t, h, w.set("x", v), nil)
	}
	if out, err := h.Carry(t.Context(), w.set("x", "3")); err != nil || out.Sentence != "x: 2 to 3" {
		t.Errorf("what is different now is lost: %q, %v", out.Sentence, err)
	}
	undo := func(e effect.Effect, err error) { t.Helper(); carry(t, h, e, err) }
	undo(h.Undo(t.Context(), ThisRun))
	undo(h.Undo(t.Context(), ThisRun))
	if w.held["x"] != "1" {
		t.Fatalf("after two undos x is %s", w.held["x"])
	}
	undo(h.Redo(t.Context(), ThisRun))
	if w.held["x"] != "2" {
		t.Fatalf("after a redo x is %s", w.held["x"])
	}
	e, err := h.Undo(t.Context(), ThisRun)
	undo(e, err)
	if p := effect.ProvenanceOf(e, 0).Change; p == nil || p.N != 2 || !p.Here || !p.Ours || p.Redone {
		t.Errorf("the provenance of the undo is %+v", p)
	}
	e, err = h.Redo(t.Context(), ThisRun)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := h.Carry(t.Context(), e); err != nil || out.Sentence != "" {
		t.Errorf("a redo is said as if it were a new change: %q, %v", out.Sentence, err)
	}
	if p := effect.ProvenanceOf(e, 0).Change; p == nil || !p.Redone {
		t.Errorf("the provenance of the redo is %+v", p)
	}
	if w.held["x"] != "2" {
		t.Errorf("x is %s", w.held["x"])
	}
	if _, err := h.UndoNumber(t.Context(), 99); !errors.Is(err, ErrNumber) {
		t.Errorf("number 99: %v", err)
	}
}

// TestNumbersStay: when a journal grows beyond any bound that there was, a number is still that of its change, and
// none of the changes is gone.
func TestNumbersStay(t *testing.T) {
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	carry(t, h, w.set("first", "1"), nil)
	w.fill = strings.Repeat("x", 1<<20)
	many := proctest.Soak(3, 24)
	for i := range many { // twice a MiB each
		carry(t, h, w.set(fmt.Sprintf("r%d", i), "1"), nil)
	}
	w.fill = ""
	carry(t, h, w.set("last", "1"), nil)
	if st, err := os.Stat(h.journal.path); err != nil || st.Size() < int64(many)<<21 {
		t.Fatalf("the journal is not large: %v", err)
	}
	fresh := New(Config{Journal: h.journal.path, Kinds: kinds}) // as after a restart
	list, err := fresh.journal.History()
	if err != nil || len(list.Changes) != many+2 || list.Changes[0].N != 1 || list.Changes[many+1].N != many+2 {
		t.Fatalf("%d changes, %v", len(list.Changes), err)
	}
	list.Close()
	e, err := fresh.UndoNumber(t.Context(), 1)
	carry(t, fresh, e, err)
	if w.held["first"] != "" || w.held["r0"] != "1" || w.held["last"] != "1" {
		t.Errorf("undo 1 did something else: first is %q", w.held["first"])
	}
}

// TestInverseMustFit: of what a journal says only that is carried out which bones can have written, and what is shown
// is what would be done.
func TestInverseMustFit(t *testing.T) {
	w, kinds := newWorld()
	kinds["other"] = kinds["register"]
	now := time.Now().UTC()
	state := func(name string) json.RawMessage {
		return json.RawMessage(`{"name":"` + name + `","from":"","to":"1"}`)
	}
	inverse := func(name string) json.RawMessage {
		return json.RawMessage(`{"name":"` + name + `","from":"1","to":""}`)
	}
	for what, c := range map[string]struct {
		intent, done record
		want         string
	}{
		"fits": {record{Kind: "register", State: state("a")}, record{InverseKind: "register",
			Inverse: inverse("a")}, ""},
		"another object": {record{Kind: "register", State: state("a")}, record{InverseKind: "register",
			Inverse: inverse("b")}, "another register"},
		"another kind": {record{Kind: "register", State: state("a")}, record{InverseKind: "other", Inverse: inverse("a")},
			"another kind"},
		"no state": {record{Kind: "register"}, record{InverseKind: "register", Inverse: inverse("a")},
			"another register"},
		"unknown kind": {record{Kind: "register", State: state("a")},
			record{InverseKind: "nosuch", Inverse: inverse("a")}, "cannot be undone"},
		"not undone": {record{Kind: "fake", State: state("a")}, record{InverseKind: "register", Inverse: inverse("a")},
			"cannot be undone"},
		"disguised": {record{Kind: "other", State: state("a")}, record{InverseKind: "other", Inverse: inverse("a")},
			"another kind"},
	} {
		h, _ := newHost(t, kinds)
		intent, done := c.intent, c.done
		intent.Time, intent.ID, intent.Phase, intent.UID, intent.What = now, "id", phaseIntent, os.Getuid(),
			"do a harmless thing"
		done.Time, done.ID, done.Phase, done.UID, done.Target, done.Undo = now, "id", phaseDone, os.Getuid(), "harmless",
			"true"
		for _, r := range []record{intent, done} {
			if _, err := h.journal.append(r); err != nil {
				t.Fatal(err)
			}
		}
		for _, undo := range []func() (effect.Effect, error){
			func() (effect.Effect, error) { return h.Undo(t.Context(), SameUser) },
			func() (effect.Effect, error) { return h.UndoNumber(t.Context(), 1) },
		} {
			e, err := undo()
			switch {
			case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s: %v, want %q", what, err, c.want)
			case err == nil:
				q, _ := effect.Ask(e, effect.ProvenanceOf(e, effect.Unsaid))
				said := strings.Join(append(q.Why, q.What, q.ByHand), "\n")
				if strings.Contains(said, "harmless") || !strings.Contains(said, "set a from 1 to ") {
					t.Errorf("%s: the question is the journal's, not the effect's:\n%s", what, said)
				}
			}
		}
	}
	if len(w.held) != 0 {
		t.Errorf("something was done: %v", w.held)
	}
}

// TestWhoseChange: without a number the own change goes first, and each effect knows whose change it takes back.
func TestWhoseChange(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: a user takes nobody else's change back at all")
	}
	w, kinds := newWorld()
	h, _ := newHost(t, kinds)
	write := func(name string, by run) {
		w.held[name] = "1"
		state, _ := w.set(name, "1").Record()
		inverse, _ := register{world: w, Name: name, From: "1"}.Record()
		for _, r := range []record{{Phase: phaseIntent, State: state}, {Phase: phaseDone, InverseKind: "register",
			Inverse: inverse}} {
			r.Time, r.ID, r.Kind, r.UID, r.PID, r.Started = time.Now(), name, "register", by.uid, by.pid, by.started
			r.PIDNS = by.pidNS
			if _, err := h.journal.append(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	me := thisRun()
	write("mine", me)
	write("older", run{me.uid, me.pid, me.started + 1, me.pidNS})
	write("others", run{4294967, 4321, 1, me.pidNS})
	for _, c := range []struct {
		reach       UndoReach
		n           int
		unsaid      bool // asked in the terminal UI
		named, ours bool // asked at the command line
	}{
		{ThisRun, 1, false, false, true},
		{SameUser, 2, true, false, true},
		{SameUser, 1, false, false, true},
		{SameUser, 3, true, true, false},
	} {
		e, err := h.Undo(t.Context(), c.reach)
		if err != nil {
			t.Fatal(err)
		}
		p := effect.ProvenanceOf(e, effect.Unsaid)
		_, unsaid := effect.Ask(e, p)
		_, named := effect.Ask(e, effect.ProvenanceOf(e, effect.Named))
		if p.Change.N != c.n || p.Change.Ours != c.ours || unsaid != c.unsaid || named != c.named {
			t.Errorf("reach %d: %+v, asked in the UI %v, at the command line %v; want %+v", c.reach, p.Change, unsaid, named, c)
		}
		if c.n == 3 && (!strings.Contains(p.Change.String(), "uid 4294967") ||
			!strings.Contains(p.Change.String(), "PID 4321")) {
			t.Errorf("it does not say whose: %s", p.Change)
		}
		if c.reach == ThisRun && c.n == 1 {
			continue // it stays for the next line
		}
		carry(t, h, e, nil)
	}
}

func TestOthersChangeNeedsRoot(t *testing.T) {
	err := error(notYours("x"))
	if !errors.Is(err, fs.ErrPermission) || !errors.Is(ErrReadonly, fs.ErrPermission) {
		t.Error("they are not errors for lack of permission")
	}
}

// TestConfirmAsksOnce: what is asked is decided by effect.Ask, and a host that may change nothing asks nothing.
func TestConfirmAsksOnce(t *testing.T) {
	w, kinds := newWorld()
	asked, refuse := 0, errors.New("no")
	c := Config{Journal: filepath.Join(proctest.TempDir(t), "j"), Kinds: kinds,
		Ask: func(effect.Question) error { asked++; return refuse }}
	e := w.set("x", "1")
	e.level = effect.Confirm
	if _, err := New(c).Perform(t.Context(), e, effect.Unsaid); err != refuse || asked != 1 || w.held["x"] != "" {
		t.Errorf("%v, asked %d times, x is %q", err, asked, w.held["x"])
	}
	if _, err := New(c).Perform(t.Context(), e, effect.Named); err != nil || asked != 1 || w.held["x"] != "1" {
		t.Errorf("%v, asked %d times, x is %q", err, asked, w.held["x"])
	}
	c.Readonly = true
	if _, err := New(c).Perform(t.Context(), e, effect.Unsaid); !errors.Is(err, ErrReadonly) || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}
