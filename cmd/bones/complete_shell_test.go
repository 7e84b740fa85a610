package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestShellsComplete presses Tab in real shells. That bash does without the package bash-completion is tried as well.
func TestShellsComplete(t *testing.T) {
	needRoot(t)
	for _, program := range []string{"tmux", "bash", "zsh", "fish"} {
		if _, err := exec.LookPath(program); err != nil {
			skipMissing(t, "%s is not installed", program)
		}
	}
	const bashCompletion = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(bashCompletion); err != nil {
		skipMissing(t, "bash-completion is not installed")
	}
	m := builtBones(t)
	name := demoName("tab")
	row := m.startDemo(t, name, "")
	for _, file := range []string{"$(touch pwned)1", "$(touch pwned)2", "spot", "colon:one"} {
		if err := os.WriteFile(filepath.Join("/proc", strconv.Itoa(*row.PID), "root/tmp", file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	// story types what a user types, up to Tab, and waits for what the shell makes of it.
	story := func(t *testing.T, s *tmuxTerminal) {
		for typed, want := range map[string]string{
			"bones pid " + name[:len(name)-3]:          "bones pid " + name + " ",
			"bones enter name:" + name[:len(name)-3]:   "bones enter name:" + name + " ",
			"bones kill " + name + " -s HU":            "bones kill " + name + " -s HUP ",
			"bones set " + name + " memory=51":         "bones set " + name + " memory=512M ",
			"bones set " + name + " pids=50 mem":       "bones set " + name + " pids=50 memory",
			"bones enter " + name + " -n pid,ne":       "bones enter " + name + " -n pid,net ",
			"bones files cat " + name + " /tmp/sp":     "bones files cat " + name + " /tmp/spot ",
			"bones files cat " + name + " /et":         "bones files cat " + name + " /etc/",
			"bones files cat " + name + " /tmp/colon:": "bones files cat " + name + " /tmp/colon:one ",
			"bones frobnicate x":                       "bones frobnicate x",
			"bones top nosuch":                         "bones top nosuch",
		} {
			var screen string
			proctest.Until(t, "completion of "+typed, func() bool {
				// What was not found within a second is not offered: where the host is busy, it is typed again.
				s.keys("C-u")
				s.line("clear")
				s.until("a clear screen", func(screen string) bool { return strings.TrimSpace(screen) == "ready$" })
				s.tmux("send-keys", "-l", typed)
				s.until("what was typed", contains(typed))
				s.keys("Tab")
				// What comes behind the cursor on the line tells a blank that was inserted.
				s.tmux("send-keys", "-l", "Z")
				screen = s.until("what Tab did to "+typed, func(screen string) bool {
					return strings.Contains(screen, "Z")
				})
				return strings.Contains(strings.ReplaceAll(screen, `\,`, ","), want+"Z") // bash quotes more than it must
			})
			if got := strings.TrimSpace(screen); !strings.HasPrefix(strings.ReplaceAll(got, `\,`, ","), "ready$ "+want) ||
				strings.Contains(got, "not found") {
				t.Errorf("%s: the screen says\n%s", typed, got)
			}
		}
		// Hostile names are not inserted, so that nothing obeys them at the next Tab.
		s.keys("C-u")
		s.line("clear; bones files cat " + name + " '/tmp/$(touch pwned)1' && echo nothing in it")
		s.until("the file by its name", contains("nothing in it"))
		s.line("clear")
		s.tmux("send-keys", "-l", "bones files cat "+name+" /tmp/")
		s.keys("Tab", "Tab")
		if screen := s.until("what there is", contains("colon:one")); strings.Contains(screen, "touch") {
			t.Errorf("hostile names are offered:\n%s", screen)
		}
		s.keys("C-u")
		s.line("clear; ls pwned; echo lo''oked")
		if screen := s.until("ls", contains("looked")); !strings.Contains(screen, "No such file") {
			t.Errorf("a file's name was obeyed:\n%s", screen)
		}
	}
	setup := func(s *tmuxTerminal) {
		s.line("cd " + m.dir + "; PATH=" + m.dir + ":$PATH; HISTFILE=")
	}
	t.Run("bash", func(t *testing.T) {
		s := newTerminal(t, 100, 30)
		setup(s)
		s.line("source <(bones completion bash); echo rea''dy")
		s.until("the script", contains("ready\n"))
		story(t, s)
	})
	t.Run("bash with its package", func(t *testing.T) {
		s := newTerminal(t, 100, 30)
		setup(s)
		s.line("source " + bashCompletion + "; source <(bones completion bash); echo rea''dy")
		s.until("the script", contains("ready\n"))
		story(t, s)
	})
	t.Run("zsh", func(t *testing.T) {
		s := newTerminal(t, 100, 30)
		setup(s)
		s.line("clear; PS1='ready$ ' ZDOTDIR=/nonexistent zsh -f")
		s.line("autoload -U compinit; compinit -D -u; source <(bones completion zsh); echo rea''dy")
		s.until("zsh", contains("ready\n"))
		story(t, s)
	})
	t.Run("fish", func(t *testing.T) {
		home := t.TempDir()
		fish := func(line string) string {
			c := exec.Command("fish", "--no-config", "-c", "source (bones completion fish | psub); complete -C '"+line+"'")
			c.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_DATA_HOME=" + home, "LC_ALL=C.UTF-8",
				"TERM=xterm", "PATH=" + m.dir + ":" + os.Getenv("PATH")}
			out, err := c.CombinedOutput()
			if err != nil {
				t.Errorf("fish: %v %s", err, out)
			}
			return string(out)
		}
		for line, want := range map[string]string{
			"bones pid " + name[:len(name)-3]:      name + "\tbones PID " + strconv.Itoa(*row.PID) + "\n",
			"bones kill " + name + " -s HU":        "HUP\t1, ends it",
			"bones set " + name + " memory=51":     "memory=512M",
			"bones files cat " + name + " /tmp/sp": "/tmp/spot",
			"bones fil":                            "files\t",
			"bones enter " + name + " -n pid,ne":   "pid,net",
		} {
			got := ""
			proctest.Until(t, "fish offers something for "+line, func() bool { got = fish(line); return got != "" })
			if !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
				t.Errorf("%s: fish offers %q, want %q", line, got, want)
			}
		}
		if got := fish("bones top nosuch"); strings.TrimSpace(got) != "" {
			t.Errorf("nothing begins so: %q", got)
		}
	})
}
