package tour

import (
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk/effect"
	"bones/ui/kit"
)

// The steps in which something is changed, or a program is run.

func file() Step {
	lacks := func(f *Facts) string { return f.NoFile }
	return Step{Number: 5, Name: "a file in its root",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("The container's files are not hidden: /proc/%d/root is its root, seen from the host. Go to "+
					"%s in view 5.", f.PID, f.Folder)
			},
			keys: func(f *Facts, s *Seen) []Press {
				switch {
				case s.View != kit.Files || s.PID != f.PID:
					return selected(f, s, kit.Files)
				case inProc(f, s):
					return action(".", "/proc or root")
				}
				return word(s, "cd "+f.Folder)
			},
			done:  func(f *Facts, s *Seen) bool { return inDir(f, s, f.Folder) },
			needs: lacks,
		}, {
			say: func(f *Facts) string {
				return fmt.Sprintf("Make a file here, with the name %s. Whoever looks into %s inside of the container sees it at "+
					"once.", FileName, f.Folder)
			},
			keys: func(f *Facts, s *Seen) []Press {
				switch {
				case s.Dialog == dialogConfirm:
					return key("y")
				case s.Typing:
					return line(FileName)
				}
				return append(action("a", "new file"), line(FileName)...)
			},
			done:  func(f *Facts, _ *Seen) bool { return f.Made },
			needs: lacks,
		}, {
			say: func(f *Facts) string {
				host, inside := f.Path()
				return fmt.Sprintf("Made as %s, it is %s inside. Now take that back: bones has written down what it did.", host,
					inside)
			},
			keys:  undo,
			done:  func(f *Facts, _ *Seen) bool { return !f.Made },
			needs: lacks,
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("The file is gone again. Nothing was mounted and nobody was asked: /proc/%d/root leads into "+
				"the mount namespace of PID %d.", f.PID, f.PID)
		},
		hand: func(f *Facts) string {
			host, _ := f.Path()
			return effect.Command("touch", host) + "; " + effect.Command("rm", host)
		},
	}
}

// undo leads to what takes the last change back.
func undo(_ *Facts, s *Seen) []Press {
	switch {
	case s.Dialog == dialogConfirm:
		return key("y")
	case clearing(s) != nil:
		return clearing(s)
	}
	return action("u", "undo")
}

func namespaces() Step {
	return Step{Number: 6, Name: "its namespaces",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("What a process sees of the system, its namespaces decide. View 3 shows for %s which of the "+
					"eight types are its own, and which the host's.", f.Name)
			},
			keys: func(f *Facts, s *Seen) []Press { return selected(f, s, kit.Namespaces) },
			done: func(f *Facts, s *Seen) bool { return on(f, s, kit.Namespaces) },
		}, {
			say: func(f *Facts) string {
				with := "The shell is the container's own; `echo $$` says its PID inside, `exit` leads back."
				switch {
				case f.Bones:
					with = "There is no shell in it, but bones: it shows what there is to see inside, and q leads back."
				case !f.Shell:
					with = "It has no shell: \"host tools\" brings the host's. `echo $$` says its PID, `exit` leads back."
				}
				return fmt.Sprintf("Own: %s. Shared: %s. Now step in. %s", some(f.Private), some(f.Shared), with)
			},
			keys: func(f *Facts, s *Seen) []Press {
				switch {
				case !strings.HasPrefix(s.Dialog, "Shell inside "):
					if clearing(s) != nil {
						return clearing(s)
					}
					return action("s", "shell")
				case f.Shell:
					return append(key("Enter"), inShell()...)
				case f.Bones:
					return append(line("bones"), Press{Key: "q", Inside: true})
				}
				return append(key("Up", "Space", "Enter"), inShell()...)
			},
			done:  func(_ *Facts, s *Seen) bool { return s.Entered > 0 },
			needs: func(f *Facts) string { return f.NoEnter },
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("Own: %s. Shared with the host: %s. What you ran was a process of the host that had joined the "+
				"namespaces of PID %d: that is all of docker exec.", some(f.Private), some(f.Shared), f.PID)
		},
		hand: func(f *Facts) string {
			return fmt.Sprintf("lsns -p %d; nsenter -t %d -a", f.PID, f.PID)
		},
	}
}

// inShell is what is typed into a shell that the keys before have started.
func inShell() []Press {
	list := append(line("echo $$"), line("exit")...)
	for i := range list {
		list[i].Inside = true
	}
	return list
}

func some(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, " ")
}

// unshareTitle is that of the dialog for a program in new namespaces.
const unshareTitle = "A program in new namespaces"

func unshared() Step {
	return Step{Number: 7, Name: "a shell in new namespaces",
		parts: []part{{
			say: func(*Facts) string {
				return "A container begins as this: a program in new namespaces. Start a shell in a new pid and mount " +
					"namespace; `echo $$` there says 1, and `exit` ends them."
			},
			keys: func(_ *Facts, s *Seen) []Press {
				if s.Dialog == unshareTitle {
					return append(key("Enter"), inShell()...)
				}
				return word(s, "unshare")
			},
			done:  func(_ *Facts, s *Seen) bool { return s.Unshared > 0 },
			needs: func(f *Facts) string { return f.NoUnshare },
		}},
		saw: func(*Facts) string {
			return "The shell was PID 1 of a pid namespace that began and ended with it. An engine does the same, and adds a " +
				"root of files and control groups with limits."
		},
		hand: func(*Facts) string { return "unshare --fork --pid --mount-proc bash" },
	}
}

func groups() Step {
	lacks := func(f *Facts) string {
		if f.Dir == "" {
			return f.NoLimit
		}
		return ""
	}
	return Step{Number: 8, Name: "its control groups",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("What the container may use, its control groups decide: directories of a file system. View 4 "+
					"goes to the one in which memory is limited, %s.", f.Dir)
			},
			keys:  func(f *Facts, s *Seen) []Press { return toGroup(f, s) },
			done:  onGroup,
			needs: lacks,
		}, {
			say: func(f *Facts) string {
				return fmt.Sprintf("Its files are at the right: what it uses, and what it may. Enter goes there, and the next "+
					"keys find %s.", f.File)
			},
			keys:  toFile,
			done:  onFile,
			needs: lacks,
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("%s says %s. /proc/%d/cgroup only names the group; the limit is a file of the cgroup file "+
				"system.", f.File, f.human(f.Value), f.PID)
		},
		hand: func(f *Facts) string {
			by := fmt.Sprintf("cat /proc/%d/cgroup", f.PID)
			if f.Dir != "" {
				by += "; " + effect.Command("cat", f.limitFile())
			}
			return by
		},
	}
}

// toGroup leads to the container's group in view 4.
func toGroup(f *Facts, s *Seen) []Press {
	if keys := selected(f, s, kit.Cgroups); keys != nil {
		return keys
	}
	return action("m", "next hierarchy")
}

// toFile goes to the file of the limit, in the group that has it.
func toFile(f *Facts, s *Seen) []Press {
	switch {
	case s.Typing && s.View == kit.Cgroups:
		return line(f.File)
	case !onGroup(f, s):
		return toGroup(f, s)
	case strings.HasPrefix(s.Hand, "grep"):
		return key("Enter")
	}
	return append(action("F3", "find"), line(f.File)...)
}

// human is a value of the limit's file as people say it.
func (f *Facts) human(value string) string {
	n, err := strconv.ParseUint(value, 10, 64)
	switch {
	case value == "max" || err == nil && n >= 1<<62: // version 1 says it by the largest number of whole pages
		return "no limit"
	case err != nil:
		return value
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return value + " bytes"
}

func limit() Step {
	lacks := func(f *Facts) string { return f.NoLimit }
	return Step{Number: 9, Name: "the memory limit",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("Change that limit while %s runs: to %s, from %s. The dialog shows what would be written, "+
					"and what speaks against it.", f.Name, f.Try, f.human(f.Before))
			},
			keys: func(f *Facts, s *Seen) []Press {
				switch {
				case s.Dialog == dialogConfirm:
					return key("y")
				case s.Dialog == dialogEdit:
					return append(key("^u"), line(f.Try)...)
				case onFile(f, s):
					return action("e", "edit")
				}
				return toFile(f, s)
			},
			done:  func(f *Facts, s *Seen) bool { return f.Value != f.Before && s.Dialog == "" },
			needs: lacks,
		}},
		saw: func(f *Facts) string {
			return fmt.Sprintf("%s says %s now, and said %s before: the kernel keeps to it from this moment on. No engine was "+
				"asked, and nothing was started again.", f.File, f.human(f.Value), f.human(f.Before))
		},
		hand: func(f *Facts) string {
			if f.Dir == "" {
				return "echo 1G > /sys/fs/cgroup/GROUP/memory.max"
			}
			return "echo " + f.Try + " > " + effect.Command(f.limitFile())
		},
	}
}

func back() Step {
	return Step{Number: 10, Name: "put back",
		parts: []part{{
			say: func(f *Facts) string {
				return fmt.Sprintf("Put the limit back to %s. bones knows what the file held, and a restart of bones does not "+
					"make it forget.", f.human(f.Before))
			},
			keys:  undo,
			done:  func(f *Facts, _ *Seen) bool { return f.Value == f.Before },
			needs: func(f *Facts) string { return f.NoLimit },
		}},
		saw: func(f *Facts) string {
			end := "the container is as it was."
			if f.Own {
				end = "the container ends with the tour."
			}
			if f.NoLimit != "" {
				return "That is the tour: processes, namespaces, control groups and a root of files; " + end
			}
			return fmt.Sprintf("%s says %s again, and %s That was all: processes, namespaces, control groups, a root of files.",
				f.File, f.human(f.Value), end)
		},
		hand: func(f *Facts) string {
			if f.Dir == "" {
				return "bones history"
			}
			return "echo " + f.Before + " > " + effect.Command(f.limitFile()) + "; bones history"
		},
	}
}
