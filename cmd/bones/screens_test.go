package main

import (
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/proctest"
)

// update reports whether -update was given: the screens of the README are written anew. The flag is fakehost's.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

const readme = "../../README.md"

// readmeScreens are those of the README, in the order in which a user comes to them. One that the README has no place
// for is not taken.
var readmeScreens = []struct {
	name string
	goTo func(s *tmuxTerminal)
}{
	{"processes", func(s *tmuxTerminal) {
		s.keys("F3")
		s.until("the prompt", contains("\nfind:"))
		s.line("demo-service")
		s.until("the container's process, and a share of the processor", func(screen string) bool {
			return regexp.MustCompile(`(?m)^>.* \d+\.\d .*__demo-service`).MatchString(screen) &&
				strings.Contains(screen, "PID inside") && !strings.Contains(screen, "\nfind:")
		})
	}},
	{"containers", func(s *tmuxTerminal) {
		s.keys("2")
		s.until("what it uses", regexp.MustCompile(`(?m)^>web +\d+ running +\S+ +3 +\d+\.\d `).MatchString)
		s.until("why it is that PID", contains("backed by"))
	}},
	{"explain", func(s *tmuxTerminal) {
		s.keys("x")
		s.until("the walk", contains("Explain PID"))
	}},
	{"namespaces", func(s *tmuxTerminal) {
		s.escape("Explain PID")
		s.keys("3")
		s.until("who has which of its own", contains("WHO"))
		s.keys("m")
		s.until("its namespaces", contains("Isolation of PID"))
	}},
	{"cgroups", func(s *tmuxTerminal) {
		s.keys("4")
		s.until("its group", contains("/sys/fs/cgroup/bones-demo-web/*"))
		s.keys("Enter")
		s.find("memory.max", "cat /sys/fs/cgroup/bones-demo-web/memory.max")
		s.until("about the file", contains("The most memory"))
	}},
	{"edit", func(s *tmuxTerminal) {
		s.keys("e")
		s.until("the dialog", contains("Esc: no"))
		s.keys("C-u")
		s.tmux("send-keys", "-l", "96M")
		s.until("what would be written", contains("writes 100663296 to memory.max"))
	}},
	{"files", func(s *tmuxTerminal) {
		s.escape("Esc: no")
		s.keys("5")
		s.until("its root", contains("etc/"))
		s.until("about an entry of it", contains("Mode  "))
	}},
}

// TestReadmeScreens takes the tour in a virtual machine, whose host is the same everywhere, in tmux. What the README
// shows must be what is drawn: titles, heads of columns, boxes, keys and commands; numbers may differ. With -update it
// is written anew.
func TestReadmeScreens(t *testing.T) {
	if update() {
		t.Setenv("CI", "true") // what is missing is a failure: nobody would notice that nothing was written
	}
	for _, p := range []string{"qemu-system-x86_64", "busybox", "memcached", "ldd", "apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(p); err != nil {
			skipMissing(t, "this needs %s: Debian has it", p)
		}
	}
	s := newTerminal(t, 100, 28)
	line := machine(t, fetchKernel(t), "../../testdata/screens/host.sh", "v2", memcachedFiles(t),
		"-rtc", "base=2026-01-05T09:00:00")
	s.line("clear; " + effect.Command(line...))
	b, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	s.until("the process table", contains("by hand: ps"))
	places := 0
	for _, screen := range readmeScreens {
		shown, around, ok := block(text, screen.name)
		if !ok {
			continue
		}
		places++
		screen.goTo(s)
		if update() {
			text = around[0] + "```\n" + s.settled() + "```\n" + around[1]
			continue
		}
		drawn, want := "", strings.Join(skeleton(shown), "\n")
		for deadline := proctest.Deadline(); strings.Join(skeleton(drawn), "\n") != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("the README's screen %s is not what bones draws; make screens writes it anew. It shows\n%s\nand bones "+
					"draws\n%s\nof which this counts:\n%s\nand\n%s",
					screen.name, shown, drawn, want, strings.Join(skeleton(drawn), "\n"))
				break
			}
			drawn = s.screen()
		}
	}
	if all := strings.Count(text, "<!-- screen "); places != all || places < 5 {
		t.Errorf("the README has places for %d screens, and %d of them are of the tour", all, places)
	}
	if update() && text != string(b) && !t.Failed() {
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Error(err)
		}
	}
	s.keys("q")
	s.until("the end of the machine", func(screen string) bool {
		return strings.HasSuffix(strings.TrimSpace(screen),
			"ready$")
	})
}

// escape leaves what shows a text, if it is shown. What comes right after Escape would be another key.
func (s *tmuxTerminal) escape(text string) {
	s.t.Helper()
	if strings.Contains(s.screen(), text) {
		s.keys("Escape")
		s.until(text+" gone", func(screen string) bool { return !strings.Contains(screen, text) })
	}
}

// settled is the screen once all of it is drawn: it comes over a serial line.
func (s *tmuxTerminal) settled() string {
	s.t.Helper()
	before, since := "", time.Now()
	screen := s.until("a screen that stays", func(screen string) bool {
		if _, below, _ := strings.Cut(screen, "\n"); below != before {
			before, since = below, time.Now()
		}
		return time.Since(since) > 300*time.Millisecond // and the next refresh is yet to come
	})
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(screen, "\n ") + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// block is a screen of the README, and what is before and behind it.
func block(text, name string) (screen string, around [2]string, ok bool) {
	begin := "<!-- screen " + name + " -->\n"
	before, rest, ok := strings.Cut(text, begin)
	screen, after, ended := strings.Cut(rest, "<!-- end -->")
	screen = strings.TrimSuffix(strings.TrimPrefix(screen, "```\n"), "```\n")
	return screen, [2]string{before + begin, "<!-- end -->" + after}, ok && ended
}

var (
	screenTitles = regexp.MustCompile(`^1( \w+)?(  \d( \w+)?)+`)
	screenHeads  = regexp.MustCompile(`^[A-Z%]{1,10}( [A-Z%]{1,10})+$`)
	// which of how many rows is selected stands behind the heads
	screenPosition = regexp.MustCompile(`\b\d+/\d+`)
	screenBox      = regexp.MustCompile(`┌─ ([^─]+) ─`)
	// of two lines of keys, the second ends so
	screenKeys   = regexp.MustCompile(`^\w+ .*\? help  q quit$|^\S+ [a-z ]+(  \S+ [a-z ]+){3,}$`)
	screenHand   = regexp.MustCompile(`^by hand: .*$`)
	screenWalk   = regexp.MustCompile(`^│(\d+\. .*?) *│`)
	screenDialog = regexp.MustCompile(`│ ((?:new: |writes |Enter: ).*?) *│`)
	digits       = regexp.MustCompile(`\d+`)
)

// skeleton is what makes up a screen, without what changes from run to run.
func skeleton(screen string) (parts []string) {
	for line := range strings.Lines(screen) {
		line = strings.TrimRight(line, " \n")
		if m := screenTitles.FindString(line); m != "" {
			parts = append(parts, m)
		}
		plain, _, _ := strings.Cut(line, "┌")
		plain = strings.Join(strings.Fields(strings.ReplaceAll(plain, "│", " ")), " ")
		plain = strings.Join(strings.Fields(screenPosition.ReplaceAllString(plain, "")), " ")
		if screenHeads.MatchString(plain) {
			parts = append(parts, plain)
		}
		for _, part := range []*regexp.Regexp{screenBox, screenDialog, screenWalk} {
			for _, m := range part.FindAllStringSubmatch(line, -1) {
				parts = append(parts, digits.ReplaceAllString(m[1], "N"))
			}
		}
		if screenKeys.MatchString(line) {
			parts = append(parts, line)
		}
		if screenHand.MatchString(line) {
			parts = append(parts, digits.ReplaceAllString(line, "N"))
		}
	}
	return parts
}

// memcachedFiles are memcached and what it links to.
func memcachedFiles(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	makeRoot(t, root)
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, root+"/")
		if err == nil && d.Type().IsRegular() && !strings.HasPrefix(name, "etc/") && name != "bin/busybox" {
			files[name] = path
			if filepath.Base(name) == "memcached" {
				files["bin/memcached"] = path
				delete(files, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestSkeletonTellsScreensApart: what makes a screen of the README stale, and what does not.
func TestSkeletonTellsScreensApart(t *testing.T) {
	text := readFile(t, readme)
	for _, c := range []struct {
		screen, old, changed string
		stale                bool
	}{
		{"processes", "PID INSIDE ", "PID WITHIN ", true},
		{"processes", "4 Cgroups", "4 Groups", true},
		{"processes", "F9 signal", "F8 signal", true},
		{"processes", "/status", "/stat", true},
		{"processes", "─ Details ", "─ About ", true},
		{"processes", "memcached", "redis", false},
		{"processes", " Ssl ", " R   ", false},
		{"containers", "MEM% OOM", "MEM%", true},
		{"namespaces", "INSIDE", "WITHIN", true},
		{"cgroups", " E VALUE", " VALUE", true},
		{"edit", "Enter: change", "Enter: go", true},
		{"edit", "memory.max of", "a file of", true},
		{"files", "OWNER ", "USER  ", true},
		{"files", "2026-01-05", "2027-02-06", false},
	} {
		shown, _, ok := block(text, c.screen)
		changed := strings.Replace(shown, c.old, c.changed, 1)
		if !ok || changed == shown {
			t.Errorf("%s: the README does not show %q", c.screen, c.old)
			continue
		}
		if stale := strings.Join(skeleton(changed), "\n") != strings.Join(skeleton(shown), "\n"); stale != c.stale {
			t.Errorf("%s: with %q for %q it counts as stale: %v", c.screen, c.changed, c.old, stale)
		}
	}
}
