package watch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/inventory/events"
	"bones/procwalk"
	"bones/procwalk/connector"
)

// TestCutCommandLinesSaySo: three points stand for what an event does not keep of a command line, wherever the end of
// an argument is. What is there only to make room, as behind the title that a program gave itself, is nothing.
func TestCutCommandLinesSaySo(t *testing.T) {
	proc := t.TempDir()
	if err := os.Mkdir(filepath.Join(proc, "1"), 0o755); err != nil {
		t.Fatal(err)
	}
	whole := strings.Repeat("a", events.CommandMax)
	for _, c := range []struct{ what, line, want string }{
		{"whole", whole + "\x00", whole},
		{"cut in an argument", whole + "bc\x00", whole + "..."},
		{"cut between arguments", whole + "\x00bc\x00", whole + "..."},
		{"a title and room behind it", "title" + strings.Repeat("\x00", 1000), "title"},
		{"more than is read, with NULs", "a" + strings.Repeat("\x00", argsRead) + "b\x00", "a..."},
	} {
		if err := os.WriteFile(filepath.Join(proc, "1", "cmdline"), []byte(c.line), 0o644); err != nil {
			t.Fatal(err)
		}
		args := argsReader{proc: proc}
		if got, ok := args.read(1); !ok || got.Raw() != c.want {
			t.Errorf("%s: %q of %d bytes, want %q of %d", c.what, got.Raw(), got.Len(), c.want, len(c.want))
		}
	}
}

// TestStartOfWhoRunsAProgram: a program that runs in a process of which nobody knows when it began tells that, and of
// a known one it is not read again, unless the kernel has left something out: then the PID may be another's.
func TestStartOfWhoRunsAProgram(t *testing.T) {
	var own procwalk.Stat
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil || procwalk.ParseStat(b, &own) != nil {
		t.Fatal(err)
	}
	known := own.StartTime + 1
	for _, c := range []struct {
		what   string
		start  uint64
		missed bool
		want   uint64
	}{{"nobody knows it", 0, false, own.StartTime}, {"it is known", known, false, known},
		{"something was lost", known, true, own.StartTime}} {
		w := &Watcher{config: Config{Proc: "/proc"}, have: map[events.EventKind]int{}, young: map[int]*process{}}
		if w.missed = c.missed; c.start != 0 {
			w.young[own.PID] = &process{start: c.start}
		}
		w.message(&connector.Message{What: connector.Exec, PID: own.PID}, &argsReader{proc: "/proc"})
		if len(w.batch.Events) != 1 || w.batch.Events[0].Start != c.want || w.batch.Events[0].Command.Len() == 0 {
			t.Errorf("%s: %+v, want the start %d", c.what, w.batch.Events, c.want)
		}
	}
}
