package tour

import (
	"testing"

	"bones/cmd/bones/internal/command"
)

// TestCleanupWritesIntoTheHostsJournal: what removes the demo writes where the tour has written.
func TestCleanupWritesIntoTheHostsJournal(t *testing.T) {
	root := t.TempDir()
	for _, g := range []command.Globals{{HostRoot: root}, {HostRoot: root, Journal: root + "/journal"}} {
		read, err := command.ParseGlobals(g.Args())
		if err != nil {
			t.Fatal(err)
		}
		if c := cleanupConfig(read); c.Root != root || c.Journal != g.Journal {
			t.Errorf("%+v: the journal is %q below %q", g, c.Journal, c.Root)
		}
	}
}
