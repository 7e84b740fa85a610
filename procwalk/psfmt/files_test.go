package psfmt

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestUnansweredIsSaid: a process that keeps its smaps_rollup from answering costs one wait, and that the sums are not
// known is said.
func TestUnansweredIsSaid(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 5, Start: 50, Missing: []string{"smaps_rollup"}})
	silent := filepath.Join(tree.Path(), "5/smaps_rollup")
	if err := unix.Mkfifo(silent, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &procwalk.Process{Stat: procwalk.Stat{PID: 5, StartTime: 50}}
	c := &context{o: &Options{Files: NewFiles(tree.Path(), "/sys")}}
	if said := c.o.Files.Unanswered(); said != "" {
		t.Errorf("nothing was asked for, and it is said that %q", said)
	}
	rollup(c, p)
	if said := c.o.Files.Unanswered(); !strings.Contains(said, "smaps_rollup") {
		t.Errorf("it is said that %q", said)
	}
	if w, err := os.OpenFile(silent, os.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
		w.Close() // the reader goes on
	}
}
