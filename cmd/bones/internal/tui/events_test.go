package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/proctest"
)

// oneMoment is a source of the same moment again and again.
type oneMoment struct{ inventory.Source }

func (oneMoment) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) {
	return &inventory.Moment{Snapshot: &procwalk.Snapshot{Taken: time.Now()}}, nil
}

// TestFirstScreenWaitsForNoJournal: what bones changed before is not read for the first moment, however long the
// journal is; it is told a few moments later, once, and what is changed meanwhile is, too.
func TestFirstScreenWaitsForNoJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal.jsonl")
	record := func(id int) {
		t.Helper()
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := fmt.Fprintf(f, `{"id":"%d","phase":"intent","time":%q,"kind":"signal","what":"change %d"}`+"\n", id,
			time.Now().Format(time.RFC3339Nano), id); err != nil {
			t.Fatal(err)
		}
	}
	record(1)
	p := &program{Config: Config{Targets: target.Finder{Proc: "/proc"}, Host: host.New(host.Config{Journal: file})}}
	w, stop := p.watch(oneMoment{})
	defer stop()
	told := func() (n int) {
		if _, err := w.Moment(t.Context(), inventory.Ask{}); err != nil {
			t.Fatal(err)
		}
		list, _, _, _ := w.log.All()
		for i := range list {
			if list[i].Kind == events.Journal {
				n++
			}
		}
		return n
	}
	if n := told(); n != 0 {
		t.Errorf("%d changes were read for the first moment", n)
	}
	for want := 1; want <= 2; want++ {
		n := 0
		proctest.Until(t, "a change that is told", func() bool { n = told(); return n >= want })
		if n != want {
			t.Fatalf("%d changes are told, want %d", n, want)
		}
		record(want + 1)
	}
}
