package rows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
)

func (w *walk) namespaces() {
	p := w.Process
	w.begin("Its namespaces")
	w.unreadNamespaces()
	for t := range procwalk.NSTypes {
		is := w.ns[t]
		if is.Inode == 0 {
			continue
		}
		number := strconv.FormatUint(is.Inode, 10) + "  "
		switch is.Share {
		case nsview.Unknown:
			w.styled(Warn, t.String(), number+"whether it is the host's cannot be told: PID 1 may not be looked into "+
				"(CAP_SYS_PTRACE)")
			w.out.Errors["ns."+t.String()] = "PID 1 may not be looked into, to compare"
		case nsview.Hosts:
			w.line(t.String(), number+w.hostsOwn(t))
		case nsview.Neighbour:
			w.styled(Plain, t.String(),
				number+"not the host's, but shared with "+w.neighbours(is.Others)+": "+nsTypes[t].isolates)
		default:
			value := number + "its own: " + nsTypes[t].isolates
			if len(is.Guests) > 0 {
				value += "; visited by " + w.neighbours(is.Guests)
			}
			w.line(t.String(), value)
		}
	}
	w.threadNamespaces()
	s := Step{Note: "A common misconception: the user namespace isolates user and group IDs; the cgroup namespace " +
		"isolates " +
		"the cgroup root, and limits nothing."}
	switch {
	case w.isInit():
		s.Means = "They are the host's by definition: a namespace of its own is one that differs from these."
		s.Without = "No process is without: each is in one namespace of each type, its own or another's."
	case len(w.apart) > 0:
		s.Means = "A namespace is what a process sees of one kind of thing. In " + list(w.apart) +
			" this one sees something else than the host does."
		s.Without = "Without " + them(len(w.apart)) + " it would see and reach what the host's processes do: " +
			w.would(w.apart) + "."
	case len(w.untold) > 0:
		s.Means = "A namespace is what a process sees of one kind of thing. As far as can be told this one sees what the " +
			"host does."
		s.Without = "Without namespaces of its own it would see what the host's processes do."
	case len(w.hosts) > 0 && w.Snap.Host.InPIDNS:
		s.Means = "It sees what PID 1 of here sees, no more and no less."
		s.Without = "Without namespaces of its own nothing separates it from the others in here."
	case len(w.hosts) > 0:
		s.Means = "It is in the host's own namespaces: it sees what every process of the host sees."
		s.Without = "It is without any of its own: nothing separates it from the other processes here but users and " +
			"permissions."
	default:
		s.Means = "A namespace is what a process sees of one kind of thing. Which ones this process is in cannot be told."
		s.Without = "Without namespaces of its own it would see what the host's processes do."
	}
	if w.isContainer() && (w.ns[procwalk.Net].Share == nsview.Hosts || w.ns[procwalk.PID].Share == nsview.Hosts) {
		s.Note = "Whoever started it asked for the host's (docker run --net host, --pid host, or the like): there it is " +
			"not contained. " + s.Note
	}
	s.ByHand = effect.Command("ls", "-l", w.file("ns"))
	if host := w.host.PID[procwalk.Mnt]; (host == 1 || host == 2) && host != p.PID {
		s.ByHand = effect.Command("ls", "-l", strings.TrimSuffix(w.ProcRoot, "/")+"/"+strconv.Itoa(host)+"/ns", w.file("ns"))
	}
	w.end(s)
}

// threadNamespaces tells of threads with namespaces of their own: what was said of the process is not true of them.
func (w *walk) threadNamespaces() {
	if w.Apart == nil {
		return
	}
	for i, t := range w.Apart.Threads {
		if i == threadsTold {
			w.styled(Warn, "", fmt.Sprintf("and %d more threads", len(w.Apart.Threads)-i))
			break
		}
		var parts []string
		for _, k := range t.In {
			parts = append(parts, k.String())
		}
		what := "has namespaces of its own: "
		if t.Next {
			what = "has other namespaces for its children: "
		}
		w.styled(Warn, "thread "+strconv.Itoa(t.TID), what+list(parts))
	}
	for _, err := range w.Apart.Missed {
		w.styled(Warn, "threads", "not all could be looked into: "+fault.Line(err))
	}
}

// threadsTold is how many threads with namespaces of their own are told of one by one.
const threadsTold = 20

// unreadNamespaces shows those that could not be read, with each reason once.
func (w *walk) unreadNamespaces() {
	why := func(t procwalk.NSType) error {
		switch {
		case w.ns[t].Err != nil:
			return w.ns[t].Err
		case w.Process.NS == nil:
			return errNotRead
		}
		return procwalk.ErrNone
	}
	var done []string
	for t := range procwalk.NSTypes {
		if w.ns[t].Inode != 0 || slices.Contains(done, t.String()) {
			continue
		}
		var same []string
		for u := t; u < procwalk.NSTypes; u++ {
			if w.ns[u].Inode == 0 && why(u).Error() == why(t).Error() {
				same = append(same, u.String())
				value, _ := w.reason(why(u))
				w.out.Errors["ns."+u.String()] = value
			}
		}
		done = append(done, same...)
		label := strings.Join(same, " ")
		if len(same) == int(procwalk.NSTypes) {
			label = "all types"
		}
		value, style := w.reason(why(t))
		w.styled(style, label, value)
	}
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// hostsOwn says that a namespace is the host's, or what stands for it.
func (w *walk) hostsOwn(t procwalk.NSType) string {
	switch is, known := nsview.IsFirst(t, w.ns[t].Inode); {
	case w.host.PID[t] > 2 || w.host.PID[t] == 0:
		return "the host's, which has this fixed number: " + nsTypes[t].shared
	case !w.Snap.Host.InPIDNS:
	case is:
		return "as PID 1 here, and the host's own: that has this fixed number"
	case known:
		return "as PID 1 here, but not the host's: that has a fixed number, and another"
	default:
		return "as PID 1 here; whether it is the host's cannot be told"
	}
	if w.Process.PID == 1 || w.Process.KernelThread() {
		return "the host's: " + nsTypes[t].isolates
	}
	return "the host's: " + nsTypes[t].shared
}

// neighbours names the first of those who share a namespace.
func (w *walk) neighbours(rows []int32) string {
	var words []string
	for i, row := range rows {
		if i == 3 {
			words = append(words, fmt.Sprintf("%d more", len(rows)-i))
			break
		}
		q := &w.Snap.Processes[row]
		words = append(words, fmt.Sprintf("PID %d %s", q.PID, shown(q.Comm)))
	}
	return list(words)
}

// would says what is seen without namespaces of these types.
func (w *walk) would(types []string) string {
	var words []string
	for _, t := range []procwalk.NSType{procwalk.PID, procwalk.Mnt, procwalk.Net, procwalk.IPC, procwalk.UTS,
		procwalk.User, procwalk.Cgroup, procwalk.Time} {
		if slices.Contains(types, t.String()) {
			words = append(words, nsTypes[t].without)
		}
	}
	return list(words)
}
