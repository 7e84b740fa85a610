package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"testing"

	"bones/procwalk/proctest"
)

// TestLastMinutes goes back while live: the last minutes are there, nothing can be done about them, and :live is now.
func TestLastMinutes(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	s := newTerminal(t, 120, 24)
	// What others on this machine change with bones meanwhile stands in its journal, and would be among the events.
	journal := filepath.Join(t.TempDir(), "journal")
	s.line(s.bones + " --delay 0.2 --theme mono --ascii --no-mouse --columns pid,command --proc " + tree.Path() +
		" --journal " + journal)
	s.until("some of the past is kept", inTable(9, "s back in "))
	s.keys(",")
	s.until("a moment before", inTable(9, "read-only", "CPU ", " ["))
	s.keys("K")
	s.until("no action", shows("this is the past", ":live"))
	s.keys("5")
	s.until("no files", shows("the recording does not have it"))
	s.keys("1", "{")
	s.until("the beginning", shows("] 1/"))
	s.keys(",")
	s.until("no further", shows("what is kept in memory begins"))
	s.keys(":")
	s.line("at -2h")
	s.until("too far", shows("keeps moments in memory only since"))
	s.keys(":")
	s.line("live")
	s.until("now", shows("s back in ", " old"))
	// The keys that go through events do so while it is live, too.
	s.keys("6")
	s.until("the events", shows(" watch ", "events are watched from here on"))
	s.keys("(")
	s.until("when that was", shows("watch: events are watched from here on", " [", "read-only"))
	s.keys(":")
	s.line("live")
	s.until("now again", shows("s back in ", " old"))
	s.keys("q")
	s.until("the shell", atShell)
}

// inTable looks for a process table with its columns "pid,command", the first of so many rows selected, and for words.
func inTable(rows int, words ...string) func(string) bool {
	title := regexp.MustCompile(fmt.Sprintf(`PID COMMAND +1/%d\b`, rows))
	return func(screen string) bool { return title.MatchString(screen) && shows(words...)(screen) }
}
