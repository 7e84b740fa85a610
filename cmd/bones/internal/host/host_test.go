package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// newHost is a host whose journal is the test's own and whose words are caught.
func newHost(t *testing.T, kinds Kinds) (h *Host, errOut *bytes.Buffer) {
	t.Helper()
	errOut = &bytes.Buffer{}
	return New(Config{Journal: filepath.Join(proctest.TempDir(t), "journal.jsonl"), Err: errOut, Kinds: kinds}), errOut
}

// fake is an effect that only records that it was carried out.
type fake struct {
	applied *int
	undo    bool
	fail    error
}

func (f fake) Kind() string      { return "fake" }
func (f fake) Describe() string  { return "do a fake thing" }
func (f fake) ByHand() string    { return "true" }
func (f fake) About() text.Text  { return text.New("web") }
func (f fake) Risk() effect.Risk { return effect.Risk{} }
func (f fake) Undo() effect.Undo { return effect.Undo{Possible: f.undo} }
func (f fake) Apply(context.Context) (effect.Outcome, error) {
	*f.applied++
	return effect.Outcome{}, f.fail
}

func TestCarryWritesBeforeAndAfter(t *testing.T) {
	h, _ := newHost(t, nil)
	n := 0
	if _, err := h.Carry(context.Background(), fake{applied: &n}); err != nil || n != 1 {
		t.Fatalf("err %v, applied %d times", err, n)
	}
	if _, err := h.Carry(context.Background(), fake{applied: &n, fail: errors.New("broken")}); err == nil {
		t.Fatal("the effect's error was lost")
	}
	b, err := os.ReadFile(h.journal.path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	for i, want := range []string{`"intent"`, `"done"`, `"intent"`, `"error":"broken"`} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Fatalf("line %d of the journal lacks %s:\n%s", i, want, b)
		}
	}
	if st, _ := os.Stat(h.journal.path); st.Mode().Perm() != 0o600 {
		t.Errorf("the journal's mode is %v", st.Mode())
	}
	if left, err := h.journal.unfinished(); err != nil || len(left) != 0 {
		t.Errorf("unfinished = %v, %v", left, err)
	}
}

// TestHistorySaysOnceWhatFailed: what was to be done stands once in front of why it failed.
func TestHistorySaysOnceWhatFailed(t *testing.T) {
	h, _ := newHost(t, nil)
	n := 0
	for _, fail := range []string{"broken", "do a fake thing: broken"} {
		if _, err := h.Carry(t.Context(), fake{applied: &n, fail: errors.New(fail)}); err == nil {
			t.Fatal("the effect's error was lost")
		}
	}
	list, err := h.journal.History()
	if err != nil || len(list.Changes) != 2 {
		t.Fatal(list, err)
	}
	defer list.Close()
	for _, c := range list.Changes {
		if e, err := list.Entry(c); err != nil || e.Error.Raw() != "broken" {
			t.Errorf("%+v %v", e, err)
		}
	}
}

func TestUnfinishedIntentIsFound(t *testing.T) {
	j := NewJournal(filepath.Join(proctest.TempDir(t), "j"), time.Now)
	if left, err := j.unfinished(); err != nil || left != nil {
		t.Fatalf("no journal: %v, %v", left, err)
	}
	n := 0
	r, err := j.intent(fake{applied: &n})
	if err != nil {
		t.Fatal(err)
	}
	f, _ := os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString("{\"time\":\"20") // a write that was cut short
	f.Close()
	if second, err := j.intent(fake{applied: &n}); err != nil {
		t.Fatal(err)
	} else if err := j.done(second, effect.Outcome{}, nil); err != nil {
		t.Fatal(err)
	}
	if left, err := j.unfinished(); err != nil || len(left) != 1 || left[0].ID != r.ID ||
		left[0].What != "do a fake thing" {
		t.Errorf("unfinished = %+v, %v", left, err)
	}
}

func TestAbandonedIntentIsReportedOnce(t *testing.T) {
	h, errOut := newHost(t, nil)
	j := h.journal
	n := 0
	atWork, err := j.intent(fake{applied: &n})
	if err != nil {
		t.Fatal(err)
	}
	gone := atWork
	gone.ID, gone.What = "another", "do a thing with \x1b in it"
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone.PID = ended.Process.Pid
	if _, err := j.append(gone); err != nil {
		t.Fatal(err)
	}
	// In another PID namespace that PID may be a bones that is still at work.
	elsewhere := gone
	elsewhere.ID, elsewhere.What, elsewhere.PIDNS = "elsewhere", "do a thing elsewhere", atWork.PIDNS+1
	if _, err := j.append(elsewhere); err != nil || atWork.PIDNS == 0 {
		t.Fatalf("PID namespace %d, %v", atWork.PIDNS, err)
	}
	unknown := gone // what older bones wrote is judged as ever
	unknown.ID, unknown.What, unknown.PIDNS = "old", "do an old thing", 0
	if _, err := j.append(unknown); err != nil {
		t.Fatal(err)
	}
	h.ReportAbandoned(context.Background())
	if got := errOut.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `do a thing with \x1b in it`) ||
		!strings.Contains(got, "do an old thing") {
		t.Errorf("said %q", got)
	}
	errOut.Reset()
	h.ReportAbandoned(context.Background())
	New(Config{Journal: j.path, Err: errOut}).ReportAbandoned(context.Background())
	if errOut.Len() != 0 {
		t.Errorf("said again: %q", errOut)
	}
	if left, _ := j.unfinished(); len(left) != 2 || left[0].ID != atWork.ID || left[1].ID != elsewhere.ID || n != 0 {
		t.Errorf("unfinished = %+v, applied %d times", left, n)
	}
}

func TestCarryWithoutAJournal(t *testing.T) {
	h := New(Config{Journal: "/proc/nothing/here"})
	n := 0
	if _, err := h.Carry(context.Background(), fake{applied: &n, undo: true}); err == nil || n != 0 {
		t.Errorf("what can be undone must be in the journal first: err %v, applied %d times", err, n)
	}
	out, err := h.Carry(context.Background(), fake{applied: &n})
	if err != nil || n != 1 || !strings.Contains(out.Note, "not in the journal") {
		t.Errorf("err %v, applied %d times, note %q", err, n, out.Note)
	}
	for _, odd := range []string{"/dev/null", proctest.TempDir(t)} {
		h := New(Config{Journal: odd})
		if _, err := h.Carry(context.Background(), fake{applied: &n, undo: true}); err == nil {
			t.Errorf("%s was taken for a journal", odd)
		}
	}
}
