package rows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

func (w *walk) cgroups() {
	p := w.Process
	w.begin("Its control groups")
	lines := p.Cgroups
	if w.Detail != nil && w.Detail.Err == nil && w.Detail.Cgroups != nil && w.Detail.Cgroups.Err == nil {
		lines = w.Detail.Cgroups
	}
	own := w.groupLines(lines)
	w.directories()
	inner := w.Chain.Innermost()
	if inner.Unit.Len() > 0 {
		w.line("systemd", shown(inner.Unit))
	}
	s := Step{
		Means:   "A control group counts what its processes use together and limits it.",
		ByHand:  effect.Command("cat", w.file("cgroup")),
		Without: "Without a group of its own there would be nothing to count and limit it by, apart from the others.",
		Note: "A common misconception is that it holds the limits: /proc/PID/cgroup only names the groups; the limits are " +
			"files in the cgroup file system.",
	}
	switch {
	case p.KernelThread():
		s.Means = "The kernel's threads are in the root groups, which limit nothing."
		s.Without = "Every process has a group in each hierarchy; being in one makes no container."
	case w.isContainer():
		s.Means += " The name of the group is what tells whose container this is: " + string(cmp.Or(inner.Runtime,
			"its engine")) + " made it."
		if w.Chain.Innermost().Kind != container.Container {
			s.Means = "A control group counts what its processes use together and limits it. That it is this container's is " +
				"not in its name."
		}
	case own:
		s.Means += " Every process is in one, in each hierarchy: a group alone makes no container."
	default:
		s.Means += " It is in the root group of each hierarchy, which limits nothing."
		s.Without = "It has none of its own: what it uses is counted with all others."
	}
	if dir := w.groupDir(); dir != "" {
		s.ByHand = hand(s.ByHand, effect.Command("ls", dir))
	}
	w.end(s)
}

// groupLines shows the lines of /proc/PID/cgroup, those of one path together, and reports whether one names another
// group than the root.
func (w *walk) groupLines(lines *procwalk.Cgroups) (own bool) {
	if lines == nil {
		w.styled(Dim, "groups", "not read")
		return false
	}
	if lines.Err != nil {
		w.missed("cgroups", "groups", lines.Err)
	}
	var paths []string
	names := map[string][]string{}
	for _, l := range lines.Lines {
		path := l.Path.Raw()
		if names[path] == nil {
			paths = append(paths, path)
		}
		name := "v2"
		if !l.V2() {
			name = l.Controllers.String()
		}
		names[path] = append(names[path], name)
		own = own || path != "/"
	}
	const listed = 20
	for i, path := range paths {
		if i == listed {
			w.linef("", "and %d more", len(paths)-i)
			break
		}
		slices.Sort(names[path])
		style, value := Plain, shown(text.New(path))
		if path == "/" {
			style, value = Dim, "/, the root"
		}
		w.styled(style, "group", value+"  ("+strings.Join(names[path], " ")+")")
	}
	return own
}

// directories shows where the groups are in the cgroup file system, and which cannot be reached.
func (w *walk) directories() {
	if w.GroupsErr != nil {
		w.missed("cgroup_files", "directory", w.GroupsErr)
		return
	}
	if dir := w.groupDir(); dir != "" {
		w.line("directory", shown(text.New(dir)))
	}
	seen := map[string]bool{}
	for _, e := range w.Groups.Errors {
		if why := fault.Line(e.Err); !seen[why] && len(seen) < 5 {
			seen[why] = true
			w.out.Errors["cgroup."+cmp.Or(e.Line.Controllers.String(), "v2")] = why
			w.styled(Warn, "not reached", cmp.Or(e.Line.Controllers.String(), "v2")+": "+why)
		}
	}
}

// groupDir is the directory of the group that says most: that with the memory controller, or one below a root.
func (w *walk) groupDir() string {
	if g := w.Groups.With("memory"); g != nil {
		return g.Dir.Raw()
	}
	dir := ""
	for _, g := range w.Groups.List {
		if dir == "" || g.Path.Raw() != "/" {
			dir = g.Dir.Raw()
		}
	}
	return dir
}

func (w *walk) limits() {
	w.begin("The limits that bind it")
	s := Step{Means: "Of a group's own limit and those of the groups around it the least binds.",
		ByHand: effect.Command("grep", "MemTotal", strings.TrimSuffix(w.ProcRoot, "/")+"/meminfo")}
	var files []string
	bound, outer, memory, free := false, false, false, false // free: it is known that memory has no limit
	for _, l := range w.Limits {
		if f := l.File.Raw(); f != "" && !slices.Contains(files, f) {
			files = append(files, f)
		}
		if l.Limit.Err != nil {
			w.out.Errors["limit."+l.What] = fault.Line(l.Limit.Err)
			w.styled(Warn, l.What, fault.Line(l.Limit.Err))
			continue
		}
		if l.Limit.Unlimited {
			free = free || l.What == "memory"
			w.styled(Dim, l.What, "none, up to the root")
			continue
		}
		bound, outer = true, outer || !l.Own
		memory = memory || l.What == "memory"
		value := Size(l.Limit.Value) + fmt.Sprintf(" (%d)", l.Limit.Value)
		switch l.What {
		case "tasks":
			value = fmt.Sprint(l.Limit.Value)
		case "CPU":
			value = Processors(l.Limit.Value)
		}
		if l.Limit.File == "memory.high" {
			value += ", above which the kernel slows it down (memory.high)"
		}
		if from := l.Limit.From; from != nil {
			value += ", set by " + shown(from.Path)
			if l.Own {
				value += ", its own group"
			} else {
				value += ", around its own group"
			}
		}
		w.line(l.What, value)
	}
	if len(w.Limits) == 0 {
		why := "none of its groups can be reached"
		if len(w.Groups.List) > 0 {
			why = "no group that can be reached counts memory, tasks or CPU"
		}
		w.out.Errors["limits"] = why
		w.styled(Dim, "limits", why)
	}
	if len(files) > 0 {
		s.ByHand = effect.Command(append([]string{"grep", "-H", "."}, files...)...)
	}
	if outer {
		s.Means += " Here that is one around it: to raise its own would change nothing."
	}
	all := "all that the machine has"
	if total := w.Snap.Host.MemTotal; total > 0 {
		all += " (" + Size(total) + ")"
	}
	verb := "Without a memory limit it could take "
	switch {
	case memory:
		verb = "Without the memory limit it could take "
	case free:
		verb = "Without a memory limit, as it is, it may take "
	}
	s.Without = verb + all + ", and when that runs out the kernel may end a process of somebody else."
	if !bound && free && w.isContainer() {
		s.Note = "A container is not limited by being one: unless somebody sets a limit there is none."
	}
	w.end(s)
}

// Processors writes a quota in thousandths of a processor.
func Processors(thousandths uint64) string {
	s := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", thousandths/1000, thousandths%1000), "0"), ".")
	if s == "1" {
		return "1 processor's time"
	}
	return s + " processors' time"
}
