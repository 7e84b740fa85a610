package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/record"
	"bones/procwalk/proctest"
)

// TestReplay goes through a recording on a terminal: frames, times, views that have nothing to show, and actions.
func TestReplay(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	path := filepath.Join(t.TempDir(), "past")
	writePast(t, path, tree.Path(), 5) // 5 to 9 processes, a minute apart
	s := newTerminal(t, 110, 24)
	s.line(s.bones + " replay --delay 0.2 --theme mono --ascii --no-mouse --columns pid,command " + path)
	s.until("the last moment", inTable(9, "5/5 live", "[----", "read-only"))
	s.keys(",")
	s.until("the one before", inTable(8, "4/5"))
	s.keys("{", "{")
	s.until("two minutes before", inTable(6, "2/5"))
	s.keys("}", ".")
	s.until("two on", inTable(8, "4/5"))
	s.keys(":")
	s.line("at -150s")
	s.until("a time", inTable(6, "2/5"))
	// A time of day is the last one before the end; a time that is past the end is told from what is shown.
	r, err := record.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	third, end := r.Time(2), r.Last()
	r.Close()
	s.keys(":")
	s.line("at " + third.Add(time.Second).Format(time.TimeOnly)) // moments have fractions
	s.until("a time of day", inTable(7, "3/5"))
	s.keys(":")
	s.line("at " + end.Add(time.Hour).Format(time.RFC3339))
	s.until("after the end", inTable(9, "5/5", "nothing was recorded then: the recording ends at"))
	s.keys(":")
	s.line("at " + third.Add(-30*time.Second).Format(time.RFC3339))
	s.until("between two", inTable(6, "2/5"))
	s.keys(":")
	s.line("at soon")
	s.until("no time", shows("is not a time"))
	s.keys("K")
	s.until("no action", shows("this is the past"))
	s.keys("5")
	s.until("no files", shows("the recording does not have it"))
	s.keys("1", ",", ",")
	s.until("the beginning", inTable(5, "here the recording begins"))
	s.keys(":")
	s.line("live")
	s.until("the end", shows("5/5 live"))
	s.keys("q")
	s.until("the shell", atShell)
	s.line("clear; cat " + path + " | " + s.bones + " replay - --at -1m")
	s.until("what comes through a pipe", shows("] 4/5"))
	s.keys("q")
	s.until("the shell", atShell)
	s.line("clear; echo hello | " + s.bones + " replay -; " + s.bones + " replay --dir /nowhere")
	s.until("what is wrong", shows("not a recording of bones", "/nowhere"))
}

// TestReplayTakesATerminal: elsewhere it says what does without.
func TestReplayTakesATerminal(t *testing.T) {
	a, _, errOut := testApp(t)
	if got := a.run(t.Context(), []string{"replay", "x"}); got != exitFailed ||
		!strings.Contains(errOut.String(), "--from") {
		t.Errorf("status %d, %s", got, errOut)
	}
}

// shows reports whether all these words are on the screen.
func shows(words ...string) func(string) bool {
	return func(screen string) bool {
		for _, w := range words {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	}
}

// TestReplayGoesToEvents presses what goes from one event to the next, in the list of events, and comes to its moment.
func TestReplayGoesToEvents(t *testing.T) {
	path := writeEvents(t) // one with each of the five moments, which is over in the moment after
	s := newTerminal(t, 110, 24)
	s.line(s.bones + " replay --delay 0.2 --theme mono --ascii --no-mouse " + path)
	s.until("the last moment", shows("5/5 live"))
	s.keys("6")
	s.until("the events", shows("begun", "64M", "killed PID 5"))
	patient := proctest.Deadline()
	for screen := s.screen(); !shows("] 4/5")(screen); screen = s.screen() {
		key := "(" // which does nothing as long as the events are not all read
		if shows("] 3/5")(screen) || shows("] 2/5")(screen) || shows("] 1/5")(screen) {
			key = ")" // it was pressed twice before the screen told
		}
		if s.keys(key); time.Now().After(patient) {
			t.Fatalf("it does not go back; the screen:\n%s", s.screen())
		}
		s.until("another moment", func(screen string) bool { return !strings.Contains(screen, " live") })
	}
	s.keys("(")
	s.until("the event before", shows("] 3/5"))
	s.keys(")")
	s.until("the event after", shows("] 4/5"))
	s.keys(":")
	s.line("at -2h")
	s.until("what is before the beginning", shows("the recording begins later", "] 1/5"))
	s.keys(":")
	s.line("live")
	s.until("the end", shows("5/5 live"))
	s.keys("q")
	s.until("the shell", shows("ready$"))
}
