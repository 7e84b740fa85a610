package tour

import (
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/ui/kit"
)

// Step is one of the tour: something to look at or to do, in one or more parts, each with something to press.
type Step struct {
	Number int
	Name   string
	parts  []part
	saw    func(*Facts) string // what was to be seen, said once all parts are done
	hand   func(*Facts) string // the command that shows, or does, the same
}

// part is something to press, and how the tour notices that it was.
type part struct {
	say   func(*Facts) string           // what to look at, and why
	keys  func(*Facts, *Seen) []Press   // what leads on from what the UI shows now
	done  func(*Facts, *Seen) bool      // from what the UI and the kernel show
	needs func(f *Facts) (lacks string) // why it cannot be done here; nil: it always can
}

// Press is one thing to press or to type.
type Press struct {
	Key    string // by the name that it has in the key table; empty: Text is typed
	Action string // of the key table: its key is asked for when it is shown. Key is what it has if nobody moved it
	Text   string
	Inside bool // it is for the program that the keys before have started
}

func key(names ...string) []Press {
	var list []Press
	for _, n := range names {
		list = append(list, Press{Key: n})
	}
	return list
}

// line has a line typed, and Enter.
func line(text string) []Press { return []Press{{Text: text}, {Key: "Enter"}} }

func action(key, name string) []Press { return []Press{{Key: key, Action: name}} }

// view leads to a view where nothing is in the way.
func view(n int) []Press { return action(fmt.Sprint(n), viewNames[n]) }

var viewNames = map[int]string{kit.Processes: "Processes", kit.Containers: "Containers", kit.Namespaces: "Namespaces",
	kit.Cgroups: "Cgroups", kit.Files: "Files"}

// clearing leads out of what is in the way; nil: nothing is.
func clearing(s *Seen) []Press {
	if s.Dialog != "" || s.Typing || s.Details {
		return key("Esc")
	}
	return nil
}

// word leads through the palette: it is opened, and the words are typed.
func word(s *Seen, words string) []Press {
	switch {
	case s.Dialog == dialogPalette:
		return line(words)
	case clearing(s) != nil:
		return clearing(s)
	}
	return append(action(":", "command"), line(words)...)
}

// selected leads to a view in which the container's main process is selected; nil: it is.
func selected(f *Facts, s *Seen, n int) []Press {
	switch {
	case s.View == n && s.PID == f.PID:
		return clearing(s)
	case hidden(f, s, n) && clearing(s) == nil:
		return action("O", "sandboxes")
	case s.Dialog == dialogPalette || s.PID != f.PID && clearing(s) == nil:
		return word(s, words[n]+" "+fmt.Sprint(f.PID))
	case clearing(s) != nil:
		return clearing(s)
	}
	return view(n)
}

// hidden reports whether view 2 is shown, and does not show the container because no engine knows it.
func hidden(f *Facts, s *Seen, n int) bool {
	return n == kit.Containers && s.View == n && s.PID != f.PID && f.Runtime == "" &&
		strings.Contains(s.Status+"  ", " hidden  ")
}

// words are those of the palette that go to a view.
var words = map[int]string{kit.Processes: "pid", kit.Containers: "containers", kit.Namespaces: "ns",
	kit.Cgroups: "cgroup", kit.Files: "files"}

// on reports whether a view is shown in which the container's main process is selected.
func on(f *Facts, s *Seen, n int) bool { return s.View == n && s.PID == f.PID && s.Dialog == "" }

// inDir reports whether view 5 shows a directory within the container's root.
func inDir(f *Facts, s *Seen, dir string) bool {
	where, rest, ok := strings.Cut(s.Status, "): ")
	shown, _, _ := strings.Cut(rest, "  ")
	return ok && on(f, s, kit.Files) && strings.HasPrefix(where, fmt.Sprintf("root of PID %d ", f.PID)) && shown == dir
}

func inProc(f *Facts, s *Seen) bool {
	return on(f, s, kit.Files) && strings.HasPrefix(s.Status, fmt.Sprintf("/proc/%d of PID %d ", f.PID, f.PID))
}

// limitFile is the path of the file with the memory limit.
func (f *Facts) limitFile() string { return f.Dir + "/" + f.File }

// onGroup and onFile report whether view 4 shows the container's group, or the file of its limit.
func onGroup(f *Facts, s *Seen) bool {
	return on(f, s, kit.Cgroups) && (s.Hand == "grep -s . "+effect.Command(f.Dir)+"/*" ||
		strings.HasPrefix(s.Hand, strings.TrimSuffix(effect.Command("cat", f.Dir+"/x"), "x")))
}

func onFile(f *Facts, s *Seen) bool {
	return s.View == kit.Cgroups && s.PID == f.PID && s.Hand == effect.Command("cat", f.limitFile())
}

// Steps are those of the tour, in the order of the story that it tells.
func Steps() []Step {
	return []Step{kernel(), tree(), folder(), members(), backing(), file(), namespaces(), unshared(), groups(), limit(),
		back()}
}

func kernel() Step {
	title := func(f *Facts) string { return fmt.Sprintf("Explain PID %d ", f.PID) }
	return Step{Number: 0, Name: "the kernel",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("Is %s a virtual machine or a container? Have bones explain its main process, PID %d: the "+
					"first heading says which kernel it runs on.", f.Name, f.PID)
			},
			keys: func(f *Facts, s *Seen) []Press { return word(s, fmt.Sprintf("explain %d", f.PID)) },
			done: func(f *Facts, s *Seen) bool { return strings.HasPrefix(s.Dialog, title(f)) },
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("%s runs on Linux %s, the very kernel of this host, and uname says so on both sides. A virtual "+
				"machine would have a kernel of its own.", f.Name, f.Kernel)
		},
		hand: func(*Facts) string { return "uname -r" },
	}
}

func tree() Step {
	return Step{Number: 1, Name: "the process tree",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("All processes of this host are in one tree, those of containers, too. Go to PID %d in it, "+
					"which is %s in the container %s.", f.PID, f.Comm, f.Name)
			},
			keys: func(f *Facts, s *Seen) []Press { return selected(f, s, kit.Processes) },
			done: func(f *Facts, s *Seen) bool { return on(f, s, kit.Processes) },
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("PID %d (%s) is a child of PID %d (%s), and one of the host's %d processes: an ordinary one, "+
				"which ps and top see as well.", f.PID, f.Comm, f.Parent, f.ParentComm, f.Host)
		},
		hand: func(*Facts) string { return "ps axjf" },
	}
}

func folder() Step {
	return Step{Number: 2, Name: "the folder in proc",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("The kernel shows each process as a folder, /proc/PID. View 5 has the files of PID %d: first "+
					"its root, and with another key its folder.", f.PID)
			},
			keys: func(f *Facts, s *Seen) []Press {
				if on(f, s, kit.Files) && clearing(s) == nil {
					return action(".", "/proc or root")
				}
				return selected(f, s, kit.Files)
			},
			done: inProc,
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("The kernel makes up /proc/%d while it is read: status says what the process is and may do, "+
				"ns and cgroup what it is in, and root leads to its files.", f.PID)
		},
		hand: func(f *Facts) string { return fmt.Sprintf("ls /proc/%d; cat /proc/%d/status", f.PID, f.PID) },
	}
}

func members() Step {
	return Step{Number: 3, Name: "the processes of the container",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("View 2 lists the containers, whichever engine made them. The line of %s says how many "+
					"processes it has and what they use.", f.Name)
			},
			keys: func(f *Facts, s *Seen) []Press { return selected(f, s, kit.Containers) },
			done: func(f *Facts, s *Seen) bool { return on(f, s, kit.Containers) },
		}, {
			say: func(f *Facts) string {
				return fmt.Sprintf("Enter leads from the container %s to its processes in the tree. The column PID is the host's "+
					"number, INSIDE the one that the process sees itself.", f.Name)
			},
			keys: func(f *Facts, s *Seen) []Press {
				if on(f, s, kit.Containers) && clearing(s) == nil {
					return key("Enter")
				}
				return selected(f, s, kit.Containers)
			},
			done: func(f *Facts, s *Seen) bool { return on(f, s, kit.Processes) },
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("What is in the container %s: %s. They are ordinary processes of the host with a second "+
				"number.", f.Name, f.pairs())
		},
		hand: func(f *Facts) string {
			switch {
			case f.Runtime == "docker" || f.Runtime == "podman":
				return effect.Command(f.Runtime, "top", f.Name)
			case f.Dir == "":
				return fmt.Sprintf("ps --ppid %d", f.PID)
			}
			return effect.Command("cat", f.Dir+"/cgroup.procs")
		},
	}
}

// pairs are the processes of the container with both of their numbers.
func (f *Facts) pairs() string {
	var list []string
	for _, m := range f.Processes[:min(3, len(f.Processes))] {
		inside := "?"
		if m.Inside > 0 {
			inside = fmt.Sprint(m.Inside)
		}
		list = append(list, fmt.Sprintf("PID %d is %s inside", m.PID, inside))
	}
	if n := len(f.Processes) - len(list) + f.More; n > 0 {
		list = append(list, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(list, ", ")
}

func backing() Step {
	return Step{Number: 4, Name: "the PID that backs it",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("The name %s stands for one process, the first that was started in it: when that ends, the "+
					"container ends. View 2 has its PID, and says why it is that one.", f.Name)
			},
			keys: func(f *Facts, s *Seen) []Press { return selected(f, s, kit.Containers) },
			done: func(f *Facts, s *Seen) bool { return on(f, s, kit.Containers) },
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("PID %d on the host is PID %d inside: one process with two numbers, one in each of the pid "+
				"namespaces that it is in.", f.PID, f.Inside)
		},
		hand: func(f *Facts) string {
			by := fmt.Sprintf("grep NSpid /proc/%d/status", f.PID)
			if f.Runtime == "docker" || f.Runtime == "podman" {
				by = effect.Command(f.Runtime, "inspect", "-f", "{{.State.Pid}}", f.Name) + "; " + by
			}
			return by
		},
	}
}
