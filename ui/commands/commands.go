// Package commands is the words of the palette that are called as the commands of bones, docker and ps are: each goes
// to the view that shows the same, or does the same, so that whoever knows the command line finds it here.
package commands

import (
	"cmp"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Program is the UI as the words see it.
type Program interface {
	// Go shows a view, and there what a TARGET names; empty: what is selected. It says why it cannot, and reports that.
	Go(view int, target string) bool
	// Filter filters the view that is shown.
	Filter(text string)
	// Act does what a key of the view that is shown does, by its name.
	Act(action string)
	// OnContainer goes to a container in view 2, and does something with it as soon as it is shown there.
	OnContainer(target string, do func())
	// Limits asks for the limits of the container that the selected process is in.
	Limits()
	// Change and Freeze are about the container that is selected in view 2.
	Change(words []string)
	Freeze(frozen bool)
	// Signal sends a signal to the process that a TARGET names, once the user agrees.
	Signal(target string, number int)
	// Signals are those that can be sent.
	Signals() []kit.SignalChoice
	// Enter asks for a program inside of what is selected; the words are filled in already.
	Enter(program string)
	// Logs opens what the container that a TARGET names prints, empty: the selected one, and reports whether it can.
	Logs(target string) bool
	// LogsByHand is the command that shows the logs of the container that a TARGET names.
	LogsByHand(target string) (string, error)
	// History lists what was changed, and Undo takes back a change by its number.
	History()
	Undo(number string)
	// Ports and Net show the sockets and the interfaces of what a TARGET names, empty: of the host; Reach whether two
	// reach each other, or what is selected and one.
	Ports(target string)
	Net(target string)
	Reach(ends string)
	// Storage shows what a TARGET has mounted; empty: what is selected.
	Storage(target string)
	// Copy copies a file out of a container, or into it.
	Copy(c Copy)
	// Files shows the files of what a TARGET names, at a path in there.
	Files(target, path string)
	// Tune changes how the kernel treats a process, as `bones tune` takes it; without an assignment it asks.
	Tune(typed string)
	// Namespace goes to a namespace by what names it, and reports whether the word is such a name.
	Namespace(word string) bool
	Notice(style rows.Style, line string)
	// Targets are the names of containers, and the PIDs, that a TARGET can be.
	Targets(rest string) []kit.Item
}

// Words makes the words. off says for an action of the key table why it cannot be used now.
func Words(p Program, off func(action string) string) []kit.Word {
	view := func(words string, number int, help string) kit.Word {
		return kit.Word{Words: words, Args: "[TARGET]", Help: help, Offers: p.Targets,
			Do: one(p, func(rest string) { p.Go(number, rest) })}
	}
	return append([]kit.Word{
		{Words: "top ps", Args: "[TARGET]", Help: "the processes, or those of a container", Offers: p.Targets,
			Do: one(p, func(rest string) { top(p, rest) })},
		view("containers stats ls docker", kit.Containers, "the containers with what they use, at one of them"),
		{Words: "ns namespaces", Args: "[TARGET|INODE]",
			Help:   "the namespaces of a container or process, or one of them",
			Offers: p.Targets, Do: one(p, func(rest string) {
				if rest == "" || !p.Namespace(rest) {
					p.Go(kit.Namespaces, rest)
				}
			})},
		view("cgroup", kit.Cgroups, "the control groups of a container or process"),
		{Words: "files", Args: "[TARGET] [PATH]", Help: "the files that a container or process sees, at a path in there",
			Offers: firstOnly(p.Targets), Do: func(rest string) { files(p, rest) }},
		{Words: "pid which inspect", Args: "TARGET",
			Help:   "the process that backs a container, or one by its PID, with details",
			Offers: p.Targets, Do: one(p, func(rest string) {
				if needed(p, "which", rest) {
					p.Go(kit.Processes, rest)
				}
			})},
		{Words: "set update", Args: "TARGET memory=1g cpus=1.5 pids=100", Changes: true, Off: off("edit"),
			Offers: p.Targets,
			Help:   "change the limits of a container; --memory 1g and so on are understood as well",
			Do:     func(rest string) { set(p, rest) }},
		{Words: "limits", Action: "limits", Changes: true, Off: off("edit"), Do: func(string) { p.Limits() },
			Help: "change the limits of the container that the selected process is in"},
		{Words: "storage df du mounts", Args: "[TARGET]", Off: off("storage"), Offers: p.Targets, Do: one(p, p.Storage),
			Help: "mounts and volumes with how full they are; s there measures the writable layer"},
		{Words: "tune renice", Action: "tune", Args: "[TARGET] [nice=5]",
			Changes: true, Off: off("tune"), Offers: p.Targets, Do: p.Tune,
			Help: "nice value, processors, I/O priority, OOM score and limits of a process or of a container's"},
		{Words: "freeze", Action: "freeze", Args: "[TARGET]", Help: "freeze the processes of a container",
			Changes: true, Off: off("freeze"),
			Offers: p.Targets, Do: one(p, func(rest string) { freeze(p, rest, true) })},
		{Words: "thaw unpause", Args: "[TARGET]", Help: "thaw them", Changes: true, Off: off("freeze"), Offers: p.Targets,
			Do: one(p, func(rest string) { freeze(p, rest, false) })},
		{Words: "kill", Args: "[-SIGNAL] TARGET", Help: "send a signal to a process, or to the one that backs a container",
			Changes: true, Off: off("signal"), Offers: p.Targets, Do: func(rest string) { kill(p, rest) }},
		{Words: "exec enter", Args: "[TARGET [PROGRAM]]", Help: "a shell or a program inside of a container or process",
			Changes: true, Off: off("shell"), Offers: p.Targets, Do: func(rest string) { enter(p, rest) }},
		{Words: "logs", Args: "[TARGET]", Help: "what a container has printed, and goes on to print", Offers: p.Targets,
			Do: one(p, func(rest string) { logs(p, rest) })},
		{Words: "ports ss netstat", Args: "[TARGET]", Off: off("ports"), Offers: p.Targets, Do: one(p, p.Ports),
			Help: "what a container or process, or the host, listens on and is connected to"},
		{Words: "net ip ifconfig", Args: "[TARGET]", Off: off("ports"), Offers: p.Targets, Do: one(p, p.Net),
			Help: "network interfaces, with their addresses and what is at their other ends"},
		{Words: "reach ping", Args: "[TARGET] TARGET", Off: off("ports"), Offers: p.Targets, Do: p.Reach,
			Help: "whether two, or the selected one and another, reach each other, and what stands between"},
		{Words: "history", Action: "changes",
			Help: "what bones changed on this host, to look at and to take back", Off: off("changes"),
			Do: func(string) { p.History() }},
		{Words: "undo", Action: "undo", Args: "[NUMBER]",
			Help:    "take back the last change, or one of the history by its number",
			Changes: true, Off: off("undo"), Do: p.Undo},
	}, copyWords(p, off)...)
}

// one is what a word does that takes one TARGET, which may be quoted.
func one(p Program, do func(target string)) func(rest string) {
	return func(rest string) {
		target, err := kit.OneWord(rest)
		if err != nil {
			p.Notice(rows.Warn, err.Error())
			return
		}
		do(target)
	}
}

// split splits what follows a word, and says what is wrong with it.
func split(p Program, rest string) (words []string, ok bool) {
	words, err := kit.SplitWords(rest)
	if err != nil {
		p.Notice(rows.Warn, err.Error())
	}
	return words, err == nil
}

// files shows files, also where a path stands behind the TARGET, with a blank or a colon between, or alone.
func files(p Program, rest string) {
	target, behind, _, err := kit.CutBefore(rest)
	path, wrong := kit.Unquote(behind) // a path may have blanks, and no quotes
	if err = cmp.Or(err, wrong); err != nil {
		p.Notice(rows.Warn, err.Error())
		return
	}
	if of, at := inside(target); at != "" {
		target, path = of, at+path
	}
	p.Files(target, strings.TrimLeft(path, " \t"))
}

// needed says that a TARGET is missing, and reports whether it is there.
func needed(p Program, word, rest string) bool {
	if rest == "" {
		p.Notice(rows.Warn, fmt.Sprintf("of which container or process? :%s NAME, or a PID", word))
	}
	return rest != ""
}

// top shows the processes of a container as a list of its own; of a PID it selects that.
func top(p Program, rest string) {
	if !p.Go(kit.Processes, rest) || rest == "" {
		return
	}
	if strings.Trim(rest, "0123456789") != "" {
		p.Filter("container:" + strings.TrimPrefix(rest, "name:"))
	}
}

// set changes limits, written as `bones set` or `docker update` want them.
func set(p Program, rest string) {
	given, ok := split(p, rest)
	if !ok {
		return
	}
	target, words, problem := Assignments(given)
	if problem != "" {
		p.Notice(rows.Warn, problem)
		return
	}
	p.OnContainer(target, func() {
		if len(words) == 0 {
			p.Act("edit")
		} else {
			p.Change(words)
		}
	})
}

// docker are the flags of `docker update` and the names that `bones set` has for them.
var docker = map[string]string{"memory": "memory", "m": "memory", "cpus": "cpus", "pids-limit": "pids", "pids": "pids"}

// Assignments makes of the words of a command line the TARGET and NAME=VALUE words: --memory 1g, --memory=1g and -m 1g
// are memory=1g. problem says what is wrong with them.
func Assignments(words []string) (target string, list []string, problem string) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		flag := strings.TrimLeft(w, "-")
		switch {
		case w == "--persist":
			list = append(list, w)
		case flag != w:
			name, value, given := strings.Cut(flag, "=")
			if docker[name] == "" {
				return "", nil, fmt.Sprintf("%s is not known here; there are --memory, --cpus and --pids", text.Line(w))
			}
			if !given {
				if i++; i == len(words) {
					return "", nil, text.Line(w) + " wants a value: 512m, 1.5 or max"
				}
				value = words[i]
			}
			list = append(list, docker[name]+"="+value)
		case strings.Contains(w, "="):
			list = append(list, w)
		case target == "":
			target = w
		default:
			return "", nil, fmt.Sprintf("%q is neither a limit nor the one target: give NAME=VALUE, as memory=1g", text.New(w))
		}
	}
	return target, list, ""
}

func freeze(p Program, rest string, frozen bool) {
	if rest == "" {
		p.Act("freeze")
		return
	}
	p.OnContainer(rest, func() { p.Freeze(frozen) })
}

// kill sends a signal that is named, and else lets the user choose one.
func kill(p Program, rest string) {
	words, ok := split(p, rest)
	if !ok {
		return
	}
	target, number := "", 0
	for i := 0; i < len(words); i++ {
		name, flag := strings.CutPrefix(words[i], "-")
		if flag && (name == "s" || name == "-signal") && i+1 < len(words) {
			i++
			name = words[i]
		}
		if !flag {
			target = words[i]
			continue
		}
		if number = signal(p.Signals(), name); number == 0 {
			p.Notice(rows.Warn, fmt.Sprintf("there is no signal %q; :kill -TERM NAME, :kill -9 PID", text.New(name)))
			return
		}
	}
	switch {
	case target == "" && number == 0:
		p.Act("signal")
	case target == "":
		needed(p, "kill", "")
	case number == 0:
		if p.Go(kit.Processes, target) {
			p.Act("signal")
		}
	default:
		p.Signal(target, number)
	}
}

// signal is the number of a signal by its name or number; 0: there is none.
func signal(choices []kit.SignalChoice, name string) int {
	name = strings.TrimPrefix(strings.ToUpper(name), "SIG")
	for _, c := range choices {
		if c.Name == name || fmt.Sprint(c.Number) == name {
			return c.Number
		}
	}
	return 0
}

// enter asks for a program; the flags of `docker exec -it` mean nothing here, where there is a terminal anyway.
func enter(p Program, rest string) {
	target, program, ok, err := kit.CutWord(rest)
	for ok && strings.HasPrefix(target, "-") && strings.Trim(target, "-it") == "" {
		target, program, ok, err = kit.CutWord(program)
	}
	if next, behind, _, e := kit.CutWord(program); e == nil && next == "--" {
		program = behind
	}
	switch {
	case err != nil:
		p.Notice(rows.Warn, err.Error())
	case !ok:
		p.Enter("")
	case p.Go(kit.Processes, target):
		p.Enter(program) // with its quotes: it is split where it is started
	}
}

// logs shows what a container prints, or tells the command: it is kept by its engine.
func logs(p Program, rest string) {
	if p.Logs(rest) {
		return
	}
	by, err := p.LogsByHand(rest)
	if err != nil {
		p.Notice(rows.Warn, kit.ErrorLine(err))
		return
	}
	p.Notice(rows.Plain, "its engine keeps what it prints; by hand: "+by)
}

// Logs is the command that shows the logs of a container of a runtime.
func Logs(runtime, name, id string) (string, error) {
	switch runtime {
	case "docker", "podman":
		return effect.Command(runtime, "logs", "--follow", name), nil
	case "containerd":
		return effect.Command("nerdctl", "logs", "--follow", name), nil
	case "cri", "cri-o":
		return effect.Command("crictl", "logs", "--follow", id), nil
	case "systemd-nspawn":
		return effect.Command("journalctl", "--follow", "--machine", name), nil
	}
	return "", fmt.Errorf("%s keeps no logs of a container that are known to bones", text.Line(runtime))
}
