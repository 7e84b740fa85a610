package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// anyColour is a sequence that sets a colour, and not the terminal's own: that is 39, and 49.
var anyColour = regexp.MustCompile(`\x1b\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]`)

// TestTerminalRemembers goes through a whole life of the configuration: what is wrong is said, what is changed is
// found again, a key that was moved works.
func TestTerminalRemembers(t *testing.T) {
	s := newTerminal(t, 120, 35)
	home := filepath.Dir(s.bones)
	dir := filepath.Join(home, "bones-config", "bones")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte("theme = \"neon\"\n[keys]\nquit = \"Q\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.line("export XDG_CONFIG_HOME=" + filepath.Dir(dir) + "; clear")
	gone := func(screen string) bool {
		return strings.Contains(screen, "ready$") && !strings.Contains(screen, "1 Processes")
	}
	s.start("")
	s.until("what is wrong with the file", contains("line 1: theme: there is no theme"))
	s.keys("j")
	s.until("the key that quits now", contains("Q quit"))
	s.keys(":")
	s.until("the palette", contains("Enter: do"))
	s.line("theme mono")
	s.until("the theme", contains("theme mono"))
	s.keys("i")
	s.until("no details", func(screen string) bool { return !strings.Contains(screen, "Details") })
	out := filepath.Join(home, "out.json")
	s.keys(":")
	s.until("the palette", contains("Enter: do"))
	s.line("export " + out)
	s.until("the export", contains("rows written to "+out))
	if list := decoded(t, out); len(list) < 2 {
		t.Errorf("%d processes were exported", len(list))
	}
	s.keys("Q")
	s.until("the shell, and once more what is wrong", func(screen string) bool {
		return gone(screen) &&
			strings.Contains(screen, "there is no theme")
	})
	// The prompt that bones was started at is on the screen before bones has ended.
	var b []byte
	proctest.Until(t, "state.toml", func() bool {
		var err error
		b, err = os.ReadFile(filepath.Join(dir, "state.toml"))
		return err == nil
	})
	if !strings.Contains(string(b), `theme = "mono"`) || !strings.Contains(string(b), "details = false") ||
		strings.Contains(string(b), "wrap") {
		t.Errorf("%s", b)
	}
	if b, _ := os.ReadFile(config); !strings.HasPrefix(string(b), "theme = \"neon\"") {
		t.Errorf("the user's file is now %q", b)
	}
	s.line("clear")
	s.start("")
	if screen := s.screen(); strings.Contains(screen, "Details") {
		t.Errorf("the details are back:\n%s", screen)
	}
	if colours := s.tmux("capture-pane", "-p", "-e"); anyColour.MatchString(colours) {
		t.Errorf("the theme mono has colours:\n%q", colours)
	}
	s.keys("Q")
	s.until("the shell", gone)
}
