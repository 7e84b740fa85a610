package tuning

import (
	"errors"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// TestNumberOfAnother: where the number of a process has become that of another one just before a call, the other one
// has what it had in the end, and it is said. The folder is that of the one that was meant, the number is the other's.
func TestNumberOfAnother(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	meant, other := subject(t), subject(t)
	p, err := open("/proc", meant.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	tid := other.ID.PID
	for name, value := range map[string]string{Nice: "7", IOPrio: "idle", CPUs: firstCPU(t)} {
		was, err := getThread(name, tid)
		if err != nil {
			t.Fatal(err)
		}
		err = p.change(numbered{tid, meant.ID.Start - 1, func() (string, error) { return getThread(name, tid) },
			func(to string) error { return setThread(name, tid, to) }, name == CPUs}, value)
		now, _ := getThread(name, tid)
		switch {
		case now != was && mayLower(t): // to lower nice again takes a capability
			t.Errorf("%s of another process is %s now, and was %s", name, now, was)
		case was == value: // one processor is all that there is
		case err == nil || errors.Is(err, procwalk.ErrGone) || !strings.Contains(err.Error(), "given to another process"):
			t.Errorf("%s: it says %v", name, err)
		}
	}
	// Whose number nobody has any more has ended, and nothing is wrong.
	gone := func() (string, error) { return "1", nil }
	if err := p.change(numbered{1<<22 + 1, 1, gone, func(string) error { return nil }, false}, "2"); !errors.Is(err,
		procwalk.ErrGone) {
		t.Errorf("%v", err)
	}
}
