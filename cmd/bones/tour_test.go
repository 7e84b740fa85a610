package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// walker takes the tour as somebody does who reads nothing but its panel: what is pressed is what stands there.
type walker struct {
	*tmuxTerminal
	journal string
	guard   int    // the bones that was started
	name    string // of the container
	pid     int    // of its main process
}

// panel is what the tour's panel shows.
type panel struct {
	step  int
	name  string
	text  string
	press []string
	hand  string
}

var (
	panelTitle = regexp.MustCompile(`(?m)^[─-] Tour (\d+)/10: (.*?) [─-]`)
	panelPress = regexp.MustCompile(`(?m)^ press  (.*?) *$`)
	panelHand  = regexp.MustCompile(`(?m)^ by hand: (.*?) *$`)
)

// panelOf reads the panel on a screen; false: there is none.
func panelOf(screen string) (p panel, ok bool) {
	at := panelTitle.FindStringSubmatchIndex(screen)
	if at == nil {
		return p, false
	}
	p.step, _ = strconv.Atoi(screen[at[2]:at[3]])
	p.name = screen[at[4]:at[5]]
	_, rest, _ := strings.Cut(screen[at[0]:], "\n")
	press, hand := panelPress.FindStringSubmatchIndex(rest), panelHand.FindStringSubmatchIndex(rest)
	if hand == nil {
		return p, false // it is being drawn
	}
	p.hand = rest[hand[2]:hand[3]]
	end := hand[0]
	if press != nil {
		p.press = strings.Split(rest[press[2]:press[3]], "  ")
		end = press[0]
	}
	p.text = strings.Join(strings.Fields(rest[:end]), " ")
	return p, true
}

// done reports whether the panel says that its step is done.
func (p panel) done() bool { return strings.HasPrefix(p.text, "Done. ") }

// newWalker starts the tour with these words.
func newWalker(t *testing.T, columns, rows int, words string) *walker {
	t.Helper()
	proctest.Need(t, proctest.Cgroups)
	needPrograms(t, "unshare", "bash")
	term := newTerminal(t, columns, rows)
	w := &walker{tmuxTerminal: term, journal: filepath.Join(filepath.Dir(term.bones), "journal.jsonl")}
	w.begin(words)
	return w
}

func (w *walker) begin(words string) {
	w.t.Helper()
	w.line("clear; " + w.bones + " --journal " + w.journal + " " + words)
	old := w.name // whose screen may still stand there, if it was killed
	screen := w.until("the panel", func(screen string) bool {
		p, ok := panelOf(screen)
		return ok && p.step == 0 && strings.Contains(p.text, "main process, PID ") &&
			(!strings.HasPrefix(old, "tour-") || !strings.Contains(p.text, old+" "))
	})
	p, _ := panelOf(screen)
	m := regexp.MustCompile(`Is (\S+) a virtual .* main process, PID (\d+):`).FindStringSubmatch(p.text)
	if m == nil {
		w.t.Fatalf("the first step does not name the container: %q", p.text)
	}
	w.name, w.pid = m[1], number(w.t, m[2])
	if own, ok := strings.CutPrefix(w.name, "tour-"); ok {
		w.guard = number(w.t, own)
		w.t.Cleanup(func() { shell(w.t, w.bones+" --journal "+w.journal+" demo --stop --name "+w.name) })
	}
}

// tmuxNames are the keys that tmux calls otherwise than the panel does.
var tmuxNames = map[string]string{"Esc": "Escape"}

// press presses what the panel says.
func (w *walker) press(list []string) {
	w.t.Helper()
	for _, k := range list {
		switch {
		case k == "then inside":
			w.until("the program inside", func(screen string) bool {
				_, shown := panelOf(screen)
				return !shown && (given(screen) || strings.Contains(screen, "by hand: ps -o"))
			})
			if slices.Contains(list, `"bones"`) {
				w.until("bones inside", func(screen string) bool {
					return !given(screen) && strings.Contains(screen, "by hand: ps -o") && strings.Contains(screen, "demo-service")
				})
			}
		case strings.HasPrefix(k, `"`):
			w.tmux("send-keys", "-l", strings.Trim(k, `"`))
		case len(k) == 2 && k[0] == '^':
			w.keys("C-" + k[1:])
		case tmuxNames[k] != "":
			w.keys(tmuxNames[k])
		case len(k) == 1:
			w.tmux("send-keys", "-l", k)
		default:
			w.keys(k)
		}
	}
}

// walk does what the panel says until ok accepts it. Nothing is pressed twice while the panel says the same: bones may
// be busy, and a key that was pressed is taken in the end.
func (w *walker) walk(what string, ok func(panel) bool) panel {
	w.t.Helper()
	last, before := "", ""
	for deadline := proctest.Deadline(); ; time.Sleep(50 * time.Millisecond) {
		screen := w.screen()
		p, shown := panelOf(screen)
		now := fmt.Sprint(p)
		settled := shown && now == before // and no half of what is being drawn
		if settled && ok(p) {
			return p
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain for %s; the screen:\n%s", what, screen)
		}
		if !settled || now == last || len(p.press) == 0 {
			before = now
			continue
		}
		last = now
		w.press(p.press)
	}
}

// step does one step and returns what the panel says when it is done.
func (w *walker) step(n int) panel {
	w.t.Helper()
	return w.walk(fmt.Sprintf("the end of step %d", n), func(p panel) bool { return p.step == n && p.done() })
}

// leftNothing checks that nothing is there any more of a tour of its own.
func (w *walker) leftNothing() {
	w.t.Helper()
	until(w.t, "the end of the demo", func() bool { return !alive(w.pid) })
	until(w.t, "the end of its record", func() bool {
		_, err := os.Stat("/run/bones/" + w.name + ".demo.json")
		return os.IsNotExist(err)
	})
	noGroups(w.t, "bones-demo-"+w.name)
	until(w.t, "the end of what removes it", func() bool { return cleanupOf(w.name) == 0 })
	until(w.t, "the end of the tour's record", func() bool {
		left, err := filepath.Glob(filepath.Join(filepath.Dir(w.journal), "tour-*.json"))
		return err == nil && len(left) == 0
	})
	if mounts := readFile(w.t, "/proc/self/mountinfo"); strings.Contains(mounts, w.name) {
		w.t.Errorf("a mount is left:\n%s", mounts)
	}
	if out := shell(w.t, w.bones+" --journal "+w.journal+" undo --dry-run"); !strings.Contains(out, "nothing to undo") {
		w.t.Errorf("a change stands: %s", out)
	}
}

// cleanupOf is the PID of the process that removes the demo of a name at the end; 0: there is none.
func cleanupOf(name string) int {
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, d := range dirs {
		b, err := os.ReadFile(d)
		if err == nil && strings.Contains(string(b), "__tour-cleanup\x00"+name+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(d)))
			return pid
		}
	}
	return 0
}

// TestStoryTour takes all steps by the panel alone, on a terminal of 80 by 24: what it tells to press must lead to the
// end of each step, and what it says must be so.
func TestStoryTour(t *testing.T) {
	w := newWalker(t, 80, 24, "tour -d 0.5")

	limit := func() string {
		group := groupOf(t, w.pid, "memory")
		return strings.TrimSpace(readFile(t, filepath.Join(group, memoryFile(group))))
	}
	before := limit()
	release := strings.TrimSpace(readFile(t, "/proc/sys/kernel/osrelease"))
	for n, says := range []string{
		"Linux " + release, fmt.Sprintf("PID %d (demo-service) is a child of PID ", w.pid),
		fmt.Sprintf("The kernel makes up /proc/%d while", w.pid), fmt.Sprintf("PID %d is 1 inside", w.pid),
		fmt.Sprintf("PID %d on the host is PID 1 inside", w.pid), "The file is gone again",
		"Own: cgroup ipc mnt net pid uts. Shared with the host: ", "PID 1 of a pid namespace",
		"says 128 MiB", "says 1 GiB now, and said 128 MiB before", "says 128 MiB again",
	} {
		if !t.Run(fmt.Sprint(n), func(t *testing.T) {
			w.t = t
			p := w.step(n)
			if n > 0 && p.name != storySteps[n-1].name[strings.Index(storySteps[n-1].name, " ")+1:] {
				t.Errorf("step %d is called %q", n, p.name)
			}
			if !strings.Contains(p.text, says) {
				t.Errorf("step %d says %q, and not %q", n, p.text, says)
			}
			if n == 9 && limit() != "1073741824" {
				t.Errorf("the limit is %s", limit())
			}
			if n == 10 && limit() != before {
				t.Errorf("the limit is %s, and was %s", limit(), before)
			}
			if n < 10 {
				w.walk("the next step", func(p panel) bool { return p.step == n+1 })
			}
		}) {
			break
		}
	}
	w.t = t
	if t.Failed() {
		return
	}
	p, _ := panelOf(w.screen())
	w.press(p.press)
	w.until("the shell", atShell)
	if w.modes() == "" {
		t.Error("the terminal is not given back")
	}
	w.leftNothing()
}

// TestTourKilled kills the tour while a limit stands changed: each of its processes, all at once, and the terminal.
// The demo is gone then, and no undo is offered of what is gone with it.
func TestTourKilled(t *testing.T) {
	for name, end := range map[string]func(w *walker, ui int){
		"the bones that was started": func(w *walker, _ int) { proctest.Signal(w.t, w.guard, unix.SIGKILL) },
		"the UI":                     func(w *walker, ui int) { proctest.Signal(w.t, ui, unix.SIGKILL) },
		"both and what removes the demo": func(w *walker, ui int) {
			proctest.Signal(w.t, cleanupOf(w.name), unix.SIGKILL)
			proctest.Signal(w.t, w.guard, unix.SIGKILL)
			proctest.Signal(w.t, ui, unix.SIGKILL)
			until(w.t, "their end", func() bool { return !alive(w.guard) && !alive(ui) })
			// Nobody is left who could remove it. The next tour does.
			gone := *w
			w.line("stty sane")
			w.begin("tour -d 0.5")
			gone.leftNothingOfDemo()
			w.keys("q")
			w.until("the shell", atShell)
			w.leftNothing()
			w.name, w.pid = gone.name, gone.pid
		},
		"the terminal": func(w *walker, _ int) { w.tmux("respawn-pane", "-k", "sleep", "1000") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWalker(t, 100, 30, "tour -d 0.5")
			ui := w.ui()
			w.set("memory=1g")
			group := groupOf(t, w.pid, "memory")
			until(t, "the changed limit", func() bool {
				b, _ := os.ReadFile(filepath.Join(group, memoryFile(group)))
				return strings.TrimSpace(string(b)) == "1073741824"
			})
			end(w, ui)
			w.leftNothing()
		})
	}
}

// leftNothingOfDemo checks that a demo is gone.
func (w *walker) leftNothingOfDemo() {
	w.t.Helper()
	until(w.t, "the end of the demo", func() bool { return !alive(w.pid) })
	noGroups(w.t, "bones-demo-"+w.name)
}

// ui is the PID of the UI in which the tour is taken, from the tour's record.
func (w *walker) ui() int {
	w.t.Helper()
	left, err := filepath.Glob(filepath.Join(filepath.Dir(w.journal), "tour-*.json"))
	if err != nil || len(left) != 1 {
		w.t.Fatalf("records of tours: %v, %v", left, err)
	}
	var record struct{ Run struct{ PID int } }
	if err := json.Unmarshal([]byte(readFile(w.t, left[0])), &record); err != nil || record.Run.PID <= 1 {
		w.t.Fatalf("%s: %v, %+v", left[0], err, record)
	}
	return record.Run.PID
}

// set changes a limit of the container by the palette.
func (w *walker) set(word string) {
	w.t.Helper()
	w.keys(":")
	w.line("set " + w.name + " " + word)
	w.until("the change", contains("undo: u"))
}

// TestTourOfAContainer takes the tour on a container of the user's own: who leaves while something stands changed is
// asked, and after a kill the next tour says what stands and takes it back.
func TestTourOfAContainer(t *testing.T) {
	m := builtBones(t)
	name := demoName("toured")
	pid := *m.startDemo(t, name, "").PID
	group := groupOf(t, pid, "memory")
	limit := func() string { return strings.TrimSpace(readFile(t, filepath.Join(group, memoryFile(group)))) }
	before := limit()
	w := newWalker(t, 100, 30, "tour -d 0.5 --ascii --no-mouse --theme mono --columns pid,cpid,command "+name)
	w.set("memory=1g")
	w.keys("q")
	w.until("the question", contains("1 change remains"))
	w.keys("Down", "Down", "Enter") // stay
	w.until("the tour goes on", func(screen string) bool { return !strings.Contains(screen, "change remains") })
	if limit() == before {
		t.Error("who stays has the change taken back")
	}
	w.keys("q")
	w.until("the question", contains("1 change remains"))
	w.keys("Enter") // take back
	w.until("the shell", atShell)
	if got := limit(); got != before {
		t.Errorf("the limit is %s, and was %s", got, before)
	}

	w.begin("tour --delay 0.5 " + name)
	w.set("memory=1g")
	pidOfUI := w.ui()
	proctest.Signal(t, parentOf(t, pidOfUI), unix.SIGKILL)
	until(t, "their end", func() bool { return !alive(pidOfUI) })
	if limit() == before || !alive(pid) {
		t.Error("what is the user's own is not as the kill left it")
	}
	w.line("stty sane; clear; " + w.bones + " --journal " + w.journal + " tour " + name)
	w.until("what still stands", func(screen string) bool {
		flat := strings.Join(strings.Fields(screen), " ")
		return strings.Contains(flat, "was killed, and some") && strings.Contains(flat, "Type y to go on")
	})
	w.line("y")
	w.until("the next tour", contains(" Tour 0/10"))
	if got := limit(); got != before {
		t.Errorf("the limit is %s, and was %s", got, before)
	}
	w.keys("q")
	w.until("the shell", atShell)
	if !alive(pid) {
		t.Error("the tour has ended a container of the user's own")
	}
}
