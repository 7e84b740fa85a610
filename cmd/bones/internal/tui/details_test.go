package tui

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/procwalk"
	"bones/procwalk/detail"
)

// TestHeldDetails: what was read about a process is shown again only while nothing suggests that it changed.
func TestHeldDetails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal.jsonl")
	clock, now, reads := int64(1000), time.Unix(1000, 0), 0
	journal := host.NewJournal(file, time.Now)
	version := journal.Version()
	h := &heldDetails{
		read:    func(context.Context, procwalk.ID) *detail.Detail { reads++; return &detail.Detail{} },
		clock:   func(int) int64 { return clock },
		changes: func() host.Version { return version },
		now:     func() time.Time { return now },
	}
	id := procwalk.ID{PID: 10, Start: 1}
	read := func(what string, anew bool) {
		t.Helper()
		before := reads
		h.Read(context.Background(), id)
		if (reads > before) != anew {
			t.Errorf("%s: read anew: %v, want %v", what, reads > before, anew)
		}
	}
	read("the first time", true)
	now = now.Add(time.Second)
	read("it sleeps", false)
	clock++
	read("it has run", true)
	read("it sleeps again", false)
	h.anew.Add(1)
	read("the user wants everything anew", true)
	id.Start++
	read("another process has its number", true)
	now = now.Add(detailsHold)
	read("that was long ago", true)
	// What bones itself changes on the host is seen at once.
	if err := os.WriteFile(file, []byte("a record\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	version = journal.Version()
	read("bones has changed something", true)
	clock = 0
	read("its clock cannot be read", true)
	read("and cannot be read again", true)
}
