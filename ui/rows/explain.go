package rows

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/effect"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
	"bones/procwalk/virt/machines"
)

// ExplainFacts are what was read of one process for Explain.
type ExplainFacts struct {
	ProcRoot  string             // "/proc" as a rule: where the commands look
	Snap      *procwalk.Snapshot // with status, cgroups and namespaces
	Process   *procwalk.Process  // its row
	Detail    *detail.Detail     // what was read on demand; may be nil
	HostRoot  detail.Field[mountinfo.Mount]
	Chain     container.Chain   // all that it belongs to
	Container *ExplainContainer // the innermost that it is in; nil: none
	Role      string            // what it is to an engine beside any container: see inventory.Inventory.Role
	Started   []text.Text       // the containers, by name, whose first process is a child of it
	Groups    cgroupview.Groups // its own, one for each line of /proc/PID/cgroup
	GroupsErr error             // why no cgroup file system could be found
	Limits    []ExplainLimit
	Guest     machines.GuestProcess // the virtual machine that it is, or the sandbox that it runs
	IsGuest   bool                  // it is one
	Apart     *ExplainThreads       // its threads that have namespaces of their own; nil: it was not looked for any
	Self      bool                  // it is bones, and will have ended when this is read
	CanTrace  bool                  // whether bones has CAP_SYS_PTRACE
	Users     func(uid uint32) string
	// Isolation tells what it has for itself: see inventory.Inventory.Isolation; nil: without any inventory, it is told
	// from the container's processes.
	Isolation func(nsview.Reference) [procwalk.NSTypes]nsview.Isolation
	// ContainerOf names the container or sandbox that a process of Snap is in, empty for none; may be nil: not known.
	ContainerOf func(p *procwalk.Process) text.Text
}

// ExplainContainer is the container, or sandbox, of a process.
type ExplainContainer struct {
	Name     text.Text
	Runtime  string // empty: not known
	Sandbox  bool   // namespaces and a root of its own, and no engine known
	Guest    bool   // the process is in its pid namespace, and in none of its groups
	PIDs     []int
	Outer    []text.Text // the names of the containers around it, outermost first
	Evidence []string    // safe to print
}

// ExplainThreads are the threads of a process that are in other namespaces than it is.
type ExplainThreads struct {
	Threads []ExplainThread
	Missed  []error // what could not be looked into
}

// ExplainThread is one of them.
type ExplainThread struct {
	TID  int
	In   []nsview.Key
	Next bool // only its children will be in these
}

// ExplainLimit is one limit as it binds a process.
type ExplainLimit struct {
	What  string // memory, tasks, CPU
	Limit cgroupview.Limit
	File  text.Text // the whole path of the file that sets it, or of its own group's where none does; empty: no such file
	Own   bool      // it is its own group that sets it
}

// Explanation is a short walk over what makes a process a container's, or not.
type Explanation struct {
	Kind    string // container, sandbox, beside, pod, init, kernel, service, session, process, inside, vm
	Verdict string
	Steps   []Step
	Errors  map[string]string // what could not be read, and why
}

// Step is one stop of the walk. All text is sanitised.
type Step struct {
	Title   string
	Seen    []Line
	Means   string
	ByHand  string // a command for sh that shows what is seen
	Without string // one sentence: what would happen without it
	Note    string // what is often told wrong, or is unusual here; may be empty
}

// Explain walks over the facts.
func Explain(f *ExplainFacts) *Explanation {
	w := walk{ExplainFacts: f, out: &Explanation{Errors: map[string]string{}}}
	w.gather()
	w.out.Kind, w.out.Verdict = w.verdict()
	w.kernel()
	w.process()
	w.namespaces()
	if !f.Process.KernelThread() {
		w.users()
	}
	w.cgroups()
	if !f.Process.KernelThread() {
		w.limits()
		w.root()
		w.capabilities()
		w.seccomp()
	}
	w.maker()
	return w.out
}

// walk is Explain in the making.
type walk struct {
	*ExplainFacts
	sheet
	out    *Explanation
	host   nsview.Reference
	ns     [procwalk.NSTypes]nsview.Isolation
	status *procwalk.Status // nil: could not be read
	who    *procwalk.Status // as far as who it is; nil: not even that is known
	own    []string         // types of namespaces that nobody else is in, but for visitors
	apart  []string         // types of namespaces that are not the host's: own ones, and those of others
	hosts  []string         // types that are
	untold []string         // types that may be read, but not compared with the host's
	hidden int              // types that may not be read
}

// gather finds out what several steps need.
func (w *walk) gather() {
	p := w.Process
	if p.PID == 1 {
		f := *w.ExplainFacts
		f.Started = nil // it is who orphans are given to
		w.ExplainFacts = &f
	}
	w.host = nsview.HostOf(w.Snap)
	if w.host.PID[procwalk.Mnt] == 0 {
		f := *w.ExplainFacts
		f.HostRoot.Err = errNotRead // of nobody that is certain to be in the host's mount namespace
		w.ExplainFacts = &f
	}
	if w.Isolation != nil {
		w.ns = w.Isolation(w.host)
	} else {
		w.ns = nsview.Groups(w.Snap).Isolation(w.host, w.family())
	}
	for t := range procwalk.NSTypes {
		switch is := w.ns[t]; is.Share {
		case nsview.Unknown:
			switch {
			case is.Inode != 0:
				w.untold = append(w.untold, t.String())
			case p.NS == nil || refused(p.NS.Err[t]):
				w.hidden++
			}
		case nsview.Hosts:
			w.hosts = append(w.hosts, t.String())
		default:
			w.apart = append(w.apart, t.String())
			if is.Share == nsview.Own {
				w.own = append(w.own, t.String())
			}
		}
	}
	if w.Detail != nil && w.Detail.Err == nil && w.Detail.Status != nil && w.Detail.Status.Err == nil {
		w.status = w.Detail.Status
	} else if p.Status != nil && p.Status.Err == nil && !p.Status.Brief {
		w.status = p.Status
	}
	if w.who = w.status; w.who == nil && p.Status != nil && p.Status.Err == nil {
		w.who = p.Status
	}
}

// family is who shares by right: the process first, then its container, or if it is in none its descendants.
func (w *walk) family() []int32 {
	row := func(pid int) int32 {
		at, _ := w.Snap.Position(pid)
		return int32(at)
	}
	self := row(w.Process.PID)
	if w.Container == nil {
		return procwalk.NewTree(w.Snap).Subtree(int(self))
	}
	family := []int32{self}
	for _, pid := range w.Container.PIDs {
		if r := row(pid); r != self && int(r) < len(w.Snap.Processes) && w.Snap.Processes[r].PID == pid {
			family = append(family, r)
		}
	}
	return family
}

// file is the path of a file of the process's folder.
func (w *walk) file(name string) string {
	return strings.TrimSuffix(w.ProcRoot, "/") + "/" + strconv.Itoa(w.Process.PID) + "/" + name
}

// hand is a command line for sh: one command after the other, as long as they succeed.
func hand(commands ...string) string { return strings.Join(commands, " && ") }

// begin starts to gather what a step shows.
func (w *walk) begin(title string) { w.section(title) }

// end makes the step of what was gathered.
func (w *walk) end(s Step) {
	at := w.sections[len(w.sections)-1]
	if s.Seen = at.Lines; s.Title == "" {
		s.Title = at.Title
	}
	w.out.Steps = append(w.out.Steps, s)
}

// missed says that something could not be read, and why; it is kept for JSON under its key.
func (w *walk) missed(key, label string, err error) {
	value, style := w.reason(err)
	w.out.Errors[key] = value
	w.styled(style, label, value)
}

// reason is InWords, but for the one that knows what bones may do.
func (w *walk) reason(err error) (string, Style) {
	if errors.Is(err, errNotRead) {
		return "not read", Dim
	}
	if refused(err) && w.CanTrace {
		return "not permitted although bones has CAP_SYS_PTRACE: it takes all capabilities that the process has too, or " +
			"a security module forbids it", Warn
	}
	return InWords(err)
}

// isInit reports whether it is the first process of the host, as far as that can be told.
func (w *walk) isInit() bool { return w.Process.PID == 1 && !w.Snap.Host.InPIDNS && !w.isContainer() }

// inside is the PID that the process sees itself, 0 if that is not known.
func (w *walk) inside() int {
	if w.who == nil || len(w.who.NSpid) == 0 {
		return 0
	}
	return w.who.NSpid[len(w.who.NSpid)-1]
}

// isContainer reports whether it runs in a container that something has named.
func (w *walk) isContainer() bool { return w.Container != nil && !w.Container.Sandbox }

func (w *walk) process() {
	p := w.Process
	w.begin("An ordinary process")
	value := strconv.Itoa(p.PID)
	if n := w.inside(); n > 0 && n != p.PID {
		value += fmt.Sprintf(" here, %d to itself", n)
	} else if n == 0 {
		value += " here; what it is to itself is not known"
		w.out.Errors["pid_inside"] = "status could not be read"
	}
	w.line("PID", value)
	if pp := w.Snap.Find(p.PPID); pp != nil {
		w.linef("child of", "%d %s", pp.PID, shown(pp.Comm))
	} else {
		w.styled(Dim, "child of", "nobody that is seen here")
	}
	if w.who != nil {
		w.line("user", w.user(w.who.UID))
	}
	var command []byte
	if w.Detail != nil && w.Detail.Cmdline != nil {
		q := *p
		q.Cmdline = w.Detail.Cmdline
		command = AppendCommand(nil, &q)
	} else {
		command = AppendCommand(nil, p)
	}
	w.line("command", clip(string(command)))
	if p.State == 'Z' {
		w.styled(Warn, "state", stateNames['Z'])
	}
	s := Step{
		Means: "It has a row of its own in the process table, and ps, kill and top work on it as on any other: the " +
			"kernel has no object called container.",
		ByHand: hand(effect.Command("ps", "-o", "pid,ppid,user,stat,args", "-p", strconv.Itoa(p.PID)),
			effect.Command("grep", "NSpid", w.file("status"))),
		Without: "Without it there would be nothing to isolate or to limit: namespaces and groups are what processes are " +
			"in.",
	}
	if w.Self {
		s.Note = "This is bones itself, and has ended by now: with /proc/self instead the commands tell of themselves."
	}
	switch {
	case w.hangs():
		s.ByHand = effect.Command("grep", "-E", "^(Name|PPid|Uid|NSpid):", w.file("status"))
		s.Note = "It does not let its memory be read: ps, top and pgrep hang when they ask for its command line."
	case !w.standardProc():
		s.ByHand = effect.Command("cat", w.file("status"))
	}
	switch {
	case p.KernelThread():
		s.Title, s.Means = "A thread of the kernel",
			"It runs the kernel's own code: it has no program, no arguments and no memory of its own."
		s.Without = "Without it the kernel's work that it does would stay undone; no container has threads like this."
	case w.isInit():
		s.Without = "Without it there is no host: when it ends, the kernel panics."
	case p.PID == 1:
		s.Without = "Without it the whole pid namespace goes: when its PID 1 ends, the kernel kills all others in it."
	case w.inside() == 1:
		s.Means += " It sees itself as PID 1: a PID is a number within a pid namespace, and this process has one in each " +
			"around it."
		s.Without = "Without it the whole pid namespace goes: when its PID 1 ends, the kernel kills all others in it."
	}
	w.end(s)
}

// standardProc reports whether commands such as ps see what bones sees.
func (w *walk) standardProc() bool { return strings.TrimSuffix(w.ProcRoot, "/") == "/proc" }

// hangs reports whether it does not let its command line be read.
func (w *walk) hangs() bool {
	return w.Detail != nil && w.Detail.Cmdline != nil && errors.Is(w.Detail.Cmdline.Err, procwalk.ErrStuck)
}

// user is a user's number with its name.
func (w *walk) user(uid uint32) string {
	s := strconv.FormatUint(uint64(uid), 10)
	if w.Users != nil {
		if name := w.Users(uid); name != "" {
			s += " (" + text.Sanitise(name) + " here)"
		}
	}
	return s
}

// clip shortens text that is safe already.
func clip(s string) string {
	const most = 300
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most]) + " ..."
}

func (w *walk) maker() {
	p := w.Process
	if w.Container == nil && w.Chain.Innermost().Kind != container.Conmon && len(w.Started) == 0 {
		return
	}
	w.begin("Who calls it a container")
	for at, n := p, 0; n < 3; n++ {
		pp := w.Snap.Find(at.PPID)
		if pp == nil || pp == at {
			if n == 0 {
				w.styled(Dim, "PID "+strconv.Itoa(at.PID), "a child of nobody that is seen here")
			}
			break
		}
		w.linef("PID "+strconv.Itoa(at.PID), "a child of %d %s", pp.PID, shown(pp.Comm))
		at = pp
	}
	s := Step{
		Means: "Names, images and ids are the engine's business: bones takes them from the names of groups and from " +
			"the files that engines leave.",
		ByHand: effect.Command("ps", "-o", "pid,ppid,args", "-p", strconv.Itoa(p.PID)),
		Without: "Without an engine the process would be isolated all the same: bones demo makes such a container, and " +
			"so do unshare and a few writes to /sys/fs/cgroup.",
	}
	if p.PPID > 0 && w.Snap.Find(p.PPID) != nil {
		s.ByHand += " " + effect.Command("-p", strconv.Itoa(p.PPID))
	}
	if !w.standardProc() || w.hangs() {
		s.ByHand = effect.Command("grep", "PPid", w.file("status"))
	}
	if w.Container != nil {
		for _, e := range w.Container.Evidence {
			w.line("known from", e)
		}
	}
	const listed = 20
	for i, name := range w.Started {
		if i == listed {
			w.linef("started", "%d more", len(w.Started)-i)
			break
		}
		w.line("started", shown(name))
	}
	w.end(s)
}
