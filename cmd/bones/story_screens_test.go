package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func treeOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.gotoPID(s.pid)
	term.keys("i") // without the details there is room for the columns of ps
	term.keys("/")
	term.line("container:" + s.name)
	term.until("the container's processes alone",
		contains(fmt.Sprintf(`filter "container:%s": %d`, s.name, len(s.processes(t)))))
	tree := []string{"PID", "PPID", "PGID", "SID", "TTY", "STAT", "DEPTH", "COMMAND"}
	agrees(t, "the tree", func() string { return columnsOf(screenProcesses(term.screen()), s.family(t), tree...) },
		func() string { return columnsOf(psTree(piped(t, "ps", "axjf")), s.family(t), tree...) })

	term.keys("t")
	term.until("the list", contains("6 Events  list"))
	list := []string{"PID", "USER", "TTY", "STAT", "DEPTH", "COMMAND"}
	agrees(t, "the list", func() string { return columnsOf(screenProcesses(term.screen()), s.processes(t), list...) },
		func() string { return columnsOf(psList(piped(t, "ps", "aux")), s.processes(t), list...) })

	term.keys("t")
	term.gotoPID(s.root)
	term.keys("-")
	below := len(regexp.MustCompile(`\(\d+\)`).FindAllString(piped(t, "pstree", "-pT", strconv.Itoa(s.root)), -1)) - 1
	term.until("what is folded", func(screen string) bool {
		return strings.Contains(screen, fmt.Sprintf("▸ (+%d) ", below)) && len(screenProcesses(screen)) > 0 &&
			columnsOf(screenProcesses(screen), s.family(t), "PID") == fmt.Sprintf("PID=%d \n", s.root)
	})
	term.keys("+")
	agrees(t, "the tree unfolded", func() string {
		return columnsOf(screenProcesses(term.screen()), s.family(t),
			tree...)
	},
		func() string { return columnsOf(psTree(piped(t, "ps", "axjf")), s.family(t), tree...) })
	term.keys("Escape")
	term.until("all processes", func(screen string) bool { return !strings.Contains(screen, `filter "`) })
	term.keys("i")
}

func folderOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	pid := strconv.Itoa(s.pid)
	term.gotoPID(s.pid)
	term.keys("5")
	term.until("its root", contains("root of PID "+pid))
	agrees(t, "its root", func() string {
		list := names(term.screen())
		slices.Sort(list)
		return strings.Join(list,
			"\n")
	},
		func() string {
			list := strings.Fields(s.inside(t, "ls", "-A", "/"))
			slices.Sort(list)
			return strings.Join(list, "\n")
		})
	term.keys(".")
	count := len(strings.Fields(piped(t, "ls", "-A", "/proc/"+pid)))
	screen := term.until("its folder", contains(fmt.Sprintf("/proc/%s of PID %s (%s): /  %d entries", pid, pid,
		comm(s.pid), count)))
	there := strings.Fields(piped(t, "ls", "-A", "/proc/"+pid))
	for _, name := range names(screen) {
		if !slices.Contains(there, name) {
			t.Errorf("ls does not know %s of the screen", name)
		}
	}
	term.find("status", "/proc/"+pid+"/status")
	term.keys("Enter")
	uid := strings.Fields(regexp.MustCompile(`(?m)^Uid:.*$`).FindString(readFile(t, "/proc/"+pid+"/status")))
	term.until("the users of its status", regexp.MustCompile(`│Uid:?\s+`+uid[1]+`\s`).MatchString)
	term.keys("Escape")
	term.until("the folder again", contains("entries"))
	term.keys(".")
	term.until("the root again", contains("root of PID "+pid))
	// What it may do is among the details of view 1.
	term.keys("1")
	term.until("view 1", contains("by hand: ps -o"))
	term.keys("Enter", "g")
	term.until("into the details", contains("─ Details (Esc: back) "))
	for title, want := range securityOf(t, s.pid) {
		line := regexp.MustCompile(`│` + title + ` +` + want)
		term.until(line.String(), func(screen string) bool {
			if line.MatchString(screen) {
				return true
			}
			// A key that is answered late takes the line away again: from the end the search begins anew.
			if at := scrolled.FindStringSubmatch(screen); at != nil && at[1] == at[2] {
				term.keys("g")
			} else {
				term.keys("j")
			}
			return false
		})
		term.keys("g")
	}
	term.keys("Escape")
	term.until("out of the details", contains("─ Details  "))
}

// scrolled is how far the details are shown, and how many lines they have.
var scrolled = regexp.MustCompile(`Details \(Esc: back\)  (\d+)/(\d+) `)

// securityOf are security settings by the titles of the details, as /proc/PID/status has them.
func securityOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	status := readFile(t, fmt.Sprintf("/proc/%d/status", pid))
	value := func(name string) string {
		return regexp.MustCompile(`(?m)^` + name + `:\s+(\S+)$`).FindStringSubmatch(status)[1]
	}
	effective := "(all|[A-Z])"
	if strings.Trim(value("CapEff"), "0") == "" {
		effective = "none"
	}
	return map[string]string{
		"Effective":         effective,
		"Seccomp":           map[string]string{"0": "off", "1": "strict", "2": "filter"}[value("Seccomp")],
		"No new privileges": map[string]string{"0": "no", "1": "yes"}[value("NoNewPrivs")],
	}
}

func processesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.keys("2")
	term.keys("/")
	term.line(s.name)
	// On a busy machine the table may come after the filter: Enter is for a row that is there.
	term.until("the container", regexp.MustCompile(fmt.Sprintf(`>%s +%d `, regexp.QuoteMeta(s.name), s.pid)).MatchString)
	term.until("the filter", contains("filter \""+s.name+"\""))
	term.keys("Enter")
	term.until("its process in the tree", contains(fmt.Sprintf("-p %d; cat", s.pid)))
	term.until("the PID that it sees itself", regexp.MustCompile(`PID inside +1 `).MatchString)
	term.keys("3")
	term.until("its namespaces", contains(fmt.Sprintf("/proc/%d/ns/", s.pid)))
	term.keys(":")
	term.line("ns " + nsLink(t, s.pid, "pid"))
	var pairs strings.Builder
	inside := insidePIDs(t, s.processes(t))
	for _, pid := range s.processes(t) {
		fmt.Fprintf(&pairs, "%d is %d inside\n", pid, inside[pid])
	}
	row := regexp.MustCompile(`│[> *] *(\d+) +(\d+) `)
	agrees(t, "who is in its pid namespace", func() string {
		var b strings.Builder
		for line := range strings.Lines(term.screen()) {
			if m := row.FindStringSubmatch(line); m != nil {
				fmt.Fprintf(&b, "%s is %s inside\n", m[1], m[2])
			}
		}
		return b.String()
	}, pairs.String)
	if !strings.Contains(pairs.String(), fmt.Sprintf("%d is 1 inside\n", s.pid)) {
		t.Errorf("the kernel's own files: %s", &pairs)
	}
}

func pidOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.keys("2")
	term.until("its PID and how many there are", regexp.MustCompile(fmt.Sprintf(`(?m)^>%s +%d +\S+ +\S+ +%d `, s.name, s.pid,
		len(s.processes(t)))).MatchString)
	term.until("why it is that PID", regexp.MustCompile(fmt.Sprintf(`backed by +PID %d`, s.pid)).MatchString)
}

func filesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	root := fmt.Sprintf("/proc/%d/root", s.pid)
	inTmp := func() []string { return strings.Fields(s.inside(t, "ls", "/tmp")) }
	term.keys("5")
	term.until("its root", contains(fmt.Sprintf("root of PID %d (%s): /  ", s.pid, comm(s.pid))))
	term.find("tmp", root+"/tmp")
	term.keys("Enter")
	term.until("its /tmp", contains("): /tmp"))
	term.keys(footerKey(t, term.screen(), "new file"))
	term.until("the prompt", contains("\nnew file:"))
	term.line("from-the-screen")
	term.confirmed("the file seen inside", func() bool { return slices.Contains(inTmp(), "from-the-screen") })
	term.until("the file on the screen", func(screen string) bool {
		return slices.Contains(names(screen),
			"from-the-screen")
	})
	s.inside(t, "touch", "/tmp/from-there")
	term.until("the file made inside", func(screen string) bool { return slices.Contains(names(screen), "from-there") })
	term.keys("u")
	term.confirmed("the file gone inside", func() bool { return !slices.Contains(inTmp(), "from-the-screen") })
	term.until("the file gone from the screen", func(screen string) bool {
		return !slices.Contains(names(screen),
			"from-the-screen")
	})
	term.keys("h")
	term.until("its root", contains("): /  "))
}

func namespacesOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.keys("3")
	term.keys(":")
	term.line("ns " + nsLink(t, s.pid, "uts"))
	screen := term.until("its UTS namespace", contains(fmt.Sprintf("Isolation of PID %d", s.pid)))
	for ns, shared := range s.shared(t) {
		whose := "own"
		if shared {
			whose = "host"
		}
		if want := regexp.MustCompile(fmt.Sprintf(`│%s +%s +%s`, ns, whose,
			nsLink(t, s.pid, ns))); !want.MatchString(screen) {
			screen = term.until(want.String(), want.MatchString)
		}
	}
}

func unshareOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.keys("C")
	term.until("the dialog", contains("A program in new namespaces"))
	term.tmux("send-keys", "-l", "bash --norc --noprofile")
	term.keys("Enter")
	term.until("the session", given)
	term.line(`echo num''ber $$ of $(ps -e -o comm= | grep -c bash) in $(readlink /proc/self/ns/pid)`)
	screen := term.until("its PID", regexp.MustCompile(`number 1 of \d+ in pid:\[\d+\]`).MatchString)
	if strings.Contains(screen, "in pid:["+nsLink(t, os.Getpid(), "pid")+"]") {
		t.Errorf("it is in the host's pid namespace:\n%s", screen)
	}
	// the second is the $()
	if !strings.Contains(screen, "number 1 of 1 in") && !strings.Contains(screen, "number 1 of 2 in") {
		t.Errorf("it sees more than itself:\n%s", screen)
	}
	term.line("exit 3")
	term.until("the UI", contains("ended with status 3"))
	term.until("view 3 again", contains("by hand: readlink"))
}

func groupsOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	var want []string
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/cgroup", s.pid))) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		want = append(want, groupDir(t, f[1], f[2]))
	}
	memory := groupOf(t, s.pid, "memory")
	byHand := func(dir string) string { return "by hand: grep -s . " + dir + "/*" }
	term.keys("4")
	term.until("its group where memory is limited", contains(byHand(memory)))
	var seen []string
	for range want { // m goes from hierarchy to hierarchy
		dir, _, _ := strings.Cut(strings.TrimPrefix(byHandLine(term.screen()), "grep -s . "), "/*")
		seen = append(seen, dir)
		if len(want) > 1 {
			term.keys("m")
			term.until("the next hierarchy", func(screen string) bool {
				line := byHandLine(screen)
				return line != "" && !strings.Contains(line, dir+"/")
			})
		}
	}
	slices.Sort(seen)
	slices.Sort(want)
	if !slices.Equal(seen, want) {
		t.Errorf("m led to\n%s\nand /proc/PID/cgroup names\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
	screen := term.until("the first again", contains(byHand(memory)))
	entries, err := os.ReadDir(memory)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string // a name that is too long has a ~ for what is left out
	for _, m := range regexp.MustCompile(`│[ *>]([a-z][^ │]*)`).FindAllStringSubmatch(screen, -1) {
		shown = append(shown, m[1])
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() && !slices.ContainsFunc(shown, func(cell string) bool {
			begins, ends, cut := strings.Cut(cell, "~")
			return cell == name || cut && len(begins)+len(ends) >= 16 && strings.HasPrefix(name, begins) &&
				strings.HasSuffix(name, ends)
		}) {
			t.Errorf("the file %s is missing:\n%s", name, screen)
		}
	}
	file := filepath.Join(memory, memoryFile(memory))
	term.keys("Enter")
	term.find(memoryFile(memory), "cat "+file)
	value := strings.TrimSpace(piped(t, "cat", file))
	term.until("its value among the details", regexp.MustCompile(`│Value +│\n.*│`+value+` `).MatchString)
}

func limitOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	s.before = s.limit(t)
	file := memoryFile(groupOf(t, s.pid, "memory"))
	term.keys("e")
	term.until("the dialog", contains("Enter: change   Esc: no"))
	term.keys("C-u")
	term.tmux("send-keys", "-l", "1G")
	term.until("what would be written", contains("writes 1073741824 to "+file))
	term.keys("Enter")
	term.confirmed("what the engine says", func() bool { return s.limit(t) == s.gibibyte })
	term.until("the value on the screen", regexp.MustCompile(regexp.QuoteMeta(file)+` +e 1073741824`).MatchString)
}

func backOnScreen(t *testing.T, s *story, term *tmuxTerminal) {
	term.keys("u")
	term.confirmed("what the engine says", func() bool { return s.limit(t) == s.before })
	term.until("the value on the screen", func(screen string) bool { return !strings.Contains(screen, " e 1073741824") })
}
