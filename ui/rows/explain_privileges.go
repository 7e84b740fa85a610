package rows

import (
	"errors"
	"fmt"
	"io/fs"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/mountinfo"
)

var errNotRead = errors.New("not read")

// onDemand returns why nothing was read on demand, or nil.
func (w *walk) onDemand() error {
	switch {
	case w.Detail == nil:
		return errNotRead
	case w.Detail.Err != nil:
		return w.Detail.Err
	}
	return nil
}

func (w *walk) users() {
	w.begin("Its users")
	var outside string // who UID 0 in it is
	if w.status != nil {
		w.line("runs as", "UID "+w.user(w.status.EUID))
	} else {
		w.missed("user", "runs as", cmpStatus(w.Process))
	}
	if err := w.onDemand(); err != nil {
		w.missed("uid_map", "user map", err)
	} else if m := w.Detail.UIDMap; m.Err != nil {
		w.missed("uid_map", "user map", m.Err)
	} else {
		w.idMap("user map", m)
		for _, r := range m.Value {
			if r.Inside == 0 && !m.Value.Whole() {
				outside = w.user(r.Outside)
			}
		}
	}
	s := Step{ByHand: hand(effect.Command("cat", w.file("uid_map"), w.file("gid_map")),
		effect.Command("grep", "-E", "^[UG]id", w.file("status")))}
	switch share := w.ns[procwalk.User].Share; {
	case w.isInit():
		s.Means = "Its user numbers are the host's: UID 0 is root, whom capabilities make what it is."
		s.Without = "No process is without a user namespace; in one of its own, root is an ordinary user outside."
	case share == nsview.Hosts && w.Snap.Host.InPIDNS:
		s.Means = "Its user numbers are those of PID 1 here."
		if hosts, _ := nsview.IsFirst(procwalk.User, w.ns[procwalk.User].Inode); hosts {
			s.Means = "Its user numbers are those of PID 1 here, and those of the host: its user namespace has the number " +
				"of the first one."
		}
		s.Without = "It is without a user namespace of its own; in one, its root would be an ordinary user out here."
	case share == nsview.Hosts:
		s.Means = "Its user numbers are those of the host: UID 0 in it is UID 0 of the host, root, held back by nothing " +
			"but the steps below."
		s.Without = "It is without a user namespace of its own; in one, its root would be an ordinary user out here."
	case share == nsview.Unknown:
		s.Means = "Whether it is in a user namespace of its own cannot be told."
		s.Without = "Without one, root in it would be root of the host."
	case outside != "":
		s.Means = "It is in a user namespace of its own: root inside is UID " + outside +
			" outside, and its capabilities count for what belongs to that namespace alone."
		s.Without = "Without it root inside would be root of the host, held back by nothing but the steps below."
	default:
		s.Means = "It is in a user namespace of its own, in which nobody outside is UID 0."
		s.Without = "Without it its users would be the host's."
	}
	w.end(s)
}

// cmpStatus is why the status of a row is not known.
func cmpStatus(p *procwalk.Process) error {
	if p.Status != nil && p.Status.Err != nil {
		return p.Status.Err
	}
	return errNotRead
}

// anotherRoot reports whether its root is another than the host's; known is false if that cannot be told.
func (w *walk) anotherRoot() (another, known bool) {
	if w.onDemand() != nil {
		return false, false
	}
	if l := w.Detail.Root; l.Err == nil && l.Value.Target.Raw() != "/" {
		return true, true
	}
	m := w.Detail.Mounts
	if m.Err != nil || m.Value.Root.Err != nil || w.HostRoot.Err != nil {
		return false, false
	}
	own, host := m.Value.Root.Value, w.HostRoot.Value
	return own.Device != host.Device || own.Root != host.Root, true
}

func (w *walk) root() {
	w.begin("Its root directory")
	s := Step{ByHand: hand(effect.Command("readlink", w.file("root")), effect.Command("awk", `$5 == "/"`,
		w.file("mountinfo")))}
	overlay := false
	if err := w.onDemand(); err != nil {
		w.missed("root", "root", err)
	} else {
		if l := w.Detail.Root; l.Err != nil {
			w.missed("root", "root", l.Err)
		} else if target := l.Value.Target; target.Raw() != "/" {
			w.line("root", shown(target)+", as seen from here")
		}
		if m := w.Detail.Mounts; m.Err != nil {
			w.missed("mounts", "mounts", m.Err)
		} else {
			if r := m.Value.Root; r.Err != nil {
				w.missed("root_mount", "mounted on it", r.Err)
			} else {
				overlay = r.Value.FSType.Raw() == "overlay"
				w.line("mounted on it", mountText(r.Value))
			}
			w.linef("mounts", "%d that it sees", m.Value.Count)
		}
	}
	if w.HostRoot.Err == nil && w.Process.PID != 1 {
		w.styled(Dim, "the host's", mountText(w.HostRoot.Value))
	}
	another, known := w.anotherRoot()
	switch own := w.ns[procwalk.Mnt].Share; {
	case w.isInit():
		s.Means = "Its / is what the whole host takes for it."
		s.Without = "Without a root there is no file at all: every process has one, its own or another's."
	case !known:
		s.Means = "Whether its root is the host's cannot be told."
		s.Without = "Without a root of its own it would see the host's files."
	case another && overlay:
		s.Means = "Its / is another directory than the host's: the layers of an image, joined by overlay, with one on " +
			"top that it writes to."
		s.Without = "Without it, it would see the host's files, and no image's."
	case another && own == nsview.Hosts:
		s.Means = "Its / is another directory than the host's, but the mounts are the host's: a chroot, which root in it " +
			"can leave."
		s.Without = "Without it, it would see the host's files."
	case another:
		s.Means = "Its / is another directory than the host's, in mounts of its own."
		s.Without = "Without it, it would see the host's files."
	case own == nsview.Hosts || own == nsview.Unknown:
		s.Means = "Its / is the host's."
		s.Without = "It is without a root of its own: it sees the host's files, as far as it may."
	default:
		s.Means = "Its / is the host's, although it is in mounts of its own: what is mounted in there later is not seen " +
			"outside."
		s.Without = "It is without a root of its own: it sees the host's files, as far as it may."
	}
	w.end(s)
}

// mountText says what is mounted.
func mountText(m mountinfo.Mount) string {
	s := shown(m.FSType) + " of " + shown(m.Source) + " (device " + m.Device + ")"
	if m.Root.Raw() != "/" {
		s += ", of it " + shown(m.Root)
	}
	return s
}

// defaultCaps are sets that engines leave a container's root with.
//
// Source: moby, oci/caps/defaults.go; containers/common, pkg/config/default.go.
var defaultCaps = map[uint64]string{0xa80425fb: "the 14 that Docker leaves", 0x800405fb: "the 11 that Podman leaves"}

func (w *walk) capabilities() {
	w.begin("Its capabilities")
	s := Step{
		Means: "What root may do comes in some forty parts. Effective are those that it uses now; bounding is the most " +
			"that it, or a program that it starts, can get.",
		ByHand: effect.Command("grep", "Cap", w.file("status")),
		Without: "Without this cut its root could load modules, mount file systems, set the clock and read any file: all " +
			"that root of the host can.",
	}
	if w.status == nil {
		w.missed("capabilities", "capabilities", cmpStatus(w.Process))
		w.end(s)
		return
	}
	known := uint64(1<<len(capNames) - 1)
	if init := w.Snap.Find(2); init != nil && init.KernelThread() && init.Status != nil && init.Status.Err == nil &&
		init.Status.CapBnd != 0 {
		known = init.Status.CapBnd // kthreadd has all that this kernel has
	}
	for _, c := range []struct {
		label string
		set   uint64
	}{{"effective", w.status.CapEff}, {"bounding", w.status.CapBnd}} {
		value := CapSet(c.set, known)
		if c.set != 0 {
			value = fmt.Sprintf("%d of %d: %s", ones(c.set), ones(known), value)
		}
		if who := defaultCaps[c.set]; who != "" {
			value += " (" + who + ")"
		}
		style := Plain
		if c.set>>sysAdmin&1 != 0 && w.isContainer() {
			style = Warn
		}
		w.styled(style, c.label, value)
	}
	switch mine := w.ns[procwalk.User].Share == nsview.Own || w.ns[procwalk.User].Share == nsview.Neighbour; {
	case mine:
		s.Means += " They count within its user namespace alone, and for nothing that belongs to the host."
	case w.status.CapBnd&known == known || ones(known&^w.status.CapBnd) <= 2:
		s.Without = "It is without such a cut: root in it can do what root of the host can."
	}
	if w.isContainer() && w.unconfined() {
		s.Note = "With SYS_ADMIN and no filter a container holds nobody back who is root in it: docker run --privileged " +
			"makes such."
	}
	w.end(s)
}

func (w *walk) seccomp() {
	w.begin("What it may ask of the kernel")
	s := Step{
		Means: "A seccomp filter refuses system calls, whoever makes them; no_new_privs keeps set-user-ID programs " +
			"from gaining anything.",
		ByHand:  effect.Command("grep", "-E", "Seccomp|NoNewPrivs", w.file("status")),
		Without: "Without a filter every system call of the kernel can be tried, and so every mistake in one.",
	}
	if w.status == nil {
		w.missed("seccomp", "seccomp", cmpStatus(w.Process))
	} else {
		switch w.status.Seccomp {
		case 0:
			w.styled(Dim, "seccomp", "off: all system calls")
			s.Without = "It is without a filter: every system call of the kernel can be tried, and so every mistake in one."
		case 1:
			w.line("seccomp", "strict: read, write, exit and sigreturn only")
		case 2:
			w.line("seccomp", "a filter of system calls"+map[bool]string{true: fmt.Sprintf(" (%d)",
				w.status.SeccompFilters)}[w.status.SeccompFilters > 1])
		case -1:
			w.styled(Dim, "seccomp", "this kernel has none")
		default:
			w.styled(Warn, "seccomp", fmt.Sprintf("mode %d", w.status.Seccomp))
		}
		w.line("no_new_privs", map[bool]string{true: "yes", false: "no"}[w.status.NoNewPrivs])
	}
	if err := w.onDemand(); err == nil {
		switch l := w.Detail.Label; {
		case l.Err == nil && l.Value.Len() > 0:
			w.line("label", shown(l.Value)+", of a Linux security module")
			s.ByHand = hand(s.ByHand, effect.Command("cat", w.file("attr/current")))
		case l.Err == nil, errors.Is(l.Err, procwalk.ErrUnsupported), errors.Is(l.Err, fs.ErrNotExist):
			w.styled(Dim, "label", "no Linux security module sets one")
		default:
			w.missed("label", "label", l.Err)
		}
	}
	if w.isContainer() && w.status != nil && w.status.Seccomp == 0 && !w.unconfined() {
		s.Note = "Docker and Podman filter by default; this container was started without, or by something that does not."
	}
	w.end(s)
}
