package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// gotoPID selects a process by number, in view 1.
func (s *tmuxTerminal) gotoPID(pid int) {
	s.t.Helper()
	s.keys("1")
	s.keys(":")
	s.line(strconv.Itoa(pid))
	s.until(fmt.Sprintf("process %d", pid), contains(fmt.Sprintf("-p %d; cat", pid)))
}

// find moves to the line that holds a text, which the line "by hand" tells.
func (s *tmuxTerminal) find(text, byHand string) {
	s.t.Helper()
	for range 5 { // other names may hold the text too
		before := byHandLine(s.screen())
		if command, _, _ := strings.Cut(before, "  # "); strings.HasSuffix(command, byHand) { // whose it is stands behind
			return
		}
		s.keys("F3")
		s.until("the prompt", contains("\nfind:"))
		s.line(text)
		s.until("what was found", func(screen string) bool {
			line := byHandLine(screen)
			return line != before && line != "" && !strings.Contains(screen, "\nfind:") // it moves while one types
		})
	}
	s.t.Fatalf("%s is not found; the screen:\n%s", text, s.screen())
}

var byHandText = regexp.MustCompile(`(?m)^by hand: (.*?) *$`)

func byHandLine(screen string) string {
	if m := byHandText.FindStringSubmatch(screen); m != nil {
		return m[1]
	}
	return ""
}

// confirmed says yes to a question if there is one, and waits for the end of what it is about.
func (s *tmuxTerminal) confirmed(what string, done func() bool) {
	s.t.Helper()
	asked := false
	s.look(what, func(screen string) bool {
		if !asked && (strings.Contains(screen, "Are you sure?") || strings.Contains(screen, "This is grave")) {
			asked = true
			s.keys("y")
		}
		return done()
	})
}

// footerKey is the key that the last lines of the screen have for an action.
func footerKey(t *testing.T, screen, action string) string {
	t.Helper()
	lines := strings.Split(strings.TrimRight(screen, "\n"), "\n")
	for _, line := range lines[max(len(lines)-2, 0):] {
		if m := regexp.MustCompile(`(?:^|  )(\S+) ` + regexp.QuoteMeta(action) + `(?:  |\s*$)`).FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	t.Fatalf("the last lines have no key for %q:\n%s", action, screen)
	return ""
}
