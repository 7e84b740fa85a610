package rows

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/idmap"
	"bones/procwalk/signals"
	"bones/procwalk/text"
)

// capNames are the capabilities by number.
//
// Source: capabilities(7), include/uapi/linux/capability.h.
var capNames = [...]string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// CapName returns the name of a capability without CAP_, or its number if it has none here.
func CapName(n int) string {
	if n >= 0 && n < len(capNames) {
		return capNames[n]
	}
	return strconv.Itoa(n)
}

// CapSet writes a set of capabilities in words: "none", "all", "all but" a few, or the names. known is the mask of
// those that the kernel has; 0 if that is not known, when all are those that have a name here.
func CapSet(set, known uint64) string {
	if known == 0 {
		known = 1<<len(capNames) - 1
	}
	if set == 0 {
		return "none"
	}
	missing := known &^ set
	if missing == 0 && set&^known == 0 {
		return "all"
	}
	if set&^known == 0 && ones(missing) <= ones(set)/4 {
		return "all but " + capList(missing)
	}
	return capList(set)
}

func capList(set uint64) string {
	var names []string
	for n := range 64 {
		if set>>n&1 != 0 {
			names = append(names, CapName(n))
		}
	}
	return strings.Join(names, " ")
}

func ones(set uint64) (n int) {
	for ; set != 0; set &= set - 1 {
		n++
	}
	return n
}

// SignalSet writes a mask of signals in names: bit 0 is signal 1.
func SignalSet(mask uint64) string {
	if mask == 0 {
		return "none"
	}
	if mask == 1<<64-1 {
		return "all"
	}
	list := func(mask uint64) string { return strings.Join(signals.Names(mask), " ") }
	if ones(mask) > 48 {
		return "all but " + list(^mask)
	}
	return list(mask)
}

// readable reports whether status is there, and says why not.
func (s *sheet) readable(st *procwalk.Status, label string) bool {
	if st == nil {
		s.styled(Dim, label, "not read")
		return false
	}
	if st.Err != nil {
		s.failed(label, st.Err)
		return false
	}
	return true
}

func (s *sheet) users() {
	s.section("Users")
	st := s.status
	if !s.readable(st, "User") {
		return
	}
	s.ids("User", s.opt.User, st.UID, st.EUID, st.SUID, st.FSUID)
	s.ids("Group", s.opt.Group, st.GID, st.EGID, st.SGID, st.FSGID)
	const listed = 64
	var groups []string
	for _, g := range st.Groups[:min(len(st.Groups), listed)] {
		groups = append(groups, named(s.opt.Group, g))
	}
	switch {
	case len(st.Groups) == 0:
		s.styled(Dim, "Other groups", "none")
	case len(st.Groups) > listed:
		s.linef("Other groups", "%s and %d more", strings.Join(groups, " "), len(st.Groups)-listed)
	default:
		s.line("Other groups", strings.Join(groups, " "))
	}
	if st.Umask >= 0 {
		s.linef("Umask", "%04o", st.Umask)
	}
	if s.d == nil {
		return
	}
	s.idMap("User map", s.d.UIDMap)
	s.idMap("Group map", s.d.GIDMap)
}

func (s *sheet) ids(label string, name func(uint32) string, real, effective, saved, fs uint32) {
	if real == effective && real == saved && real == fs {
		s.line(label, named(name, real))
		return
	}
	s.styled(Warn, label, fmt.Sprintf("real %s, effective %s, saved %s, of the file system %s", named(name, real),
		named(name, effective), named(name, saved), named(name, fs)))
}

// named is the number of a user or group with the whole of its name, where it has one.
func named(name func(uint32) string, id uint32) string {
	number := strconv.FormatUint(uint64(id), 10)
	if name != nil {
		if n := name(id); n != "" {
			return number + " (" + text.Sanitise(n) + ")"
		}
	}
	return number
}

// idMap shows the map of a user namespace: nothing to say where every ID maps to itself.
func (s *sheet) idMap(label string, f detail.Field[idmap.Map]) {
	switch {
	case f.Err != nil:
		s.failed(label, f.Err)
	case f.Value.Whole():
		s.styled(Dim, label, "every ID maps to itself")
	case len(f.Value) == 0:
		s.styled(Warn, label, "empty: no ID is mapped yet")
	}
	if f.Err != nil || f.Value.Whole() {
		return
	}
	for i, r := range f.Value {
		if i > 0 {
			label = ""
		}
		s.linef(label, "%d to %d inside are %d to %d outside", r.Inside, r.Inside+(r.Count-1), r.Outside,
			r.Outside+(r.Count-1))
	}
}

func (s *sheet) security() {
	s.section("Security")
	st := s.status
	if s.readable(st, "Capabilities") {
		known := uint64(0)
		if s.snap != nil {
			if init := s.snap.Find(2); init != nil && init.KernelThread() && init.Status != nil && init.Status.Err == nil {
				known = init.Status.CapBnd // kthreadd has all that this kernel has
			}
		}
		for _, c := range []struct {
			label string
			set   uint64
		}{{"Effective", st.CapEff}, {"Permitted", st.CapPrm}, {"Inheritable", st.CapInh}, {"Bounding", st.CapBnd},
			{"Ambient", st.CapAmb}} {
			style := Plain
			if c.set == 0 {
				style = Dim
			}
			s.styled(style, c.label, CapSet(c.set, known))
		}
		switch st.Seccomp {
		case 0:
			s.styled(Dim, "Seccomp", "off")
		case 1:
			s.line("Seccomp", "strict: read, write, exit and sigreturn only")
		case 2:
			s.linef("Seccomp", "filter (%d)", st.SeccompFilters)
		case -1:
			s.styled(Dim, "Seccomp", "this kernel has none")
		default:
			s.styled(Warn, "Seccomp", "mode "+strconv.Itoa(st.Seccomp))
		}
		if st.NoNewPrivs {
			s.line("No new privileges", "yes: set-user-ID programs gain nothing")
		} else {
			s.styled(Dim, "No new privileges", "no")
		}
		if st.TracerPID != 0 {
			s.styled(Warn, "Traced by", strconv.Itoa(st.TracerPID))
		}
		s.signals(st)
	}
	switch {
	case s.d != nil && s.d.Label.Err == nil && s.d.Label.Value.Len() > 0:
		s.line("Label", s.d.Label.Value.String())
	case s.d != nil && errors.Is(s.d.Label.Err, procwalk.ErrUnsupported), s.d != nil && s.d.Label.Err == nil:
		s.styled(Dim, "Label", "no Linux security module sets one")
	case s.d != nil:
		s.failed("Label", s.d.Label.Err)
	case s.p.Label != nil && s.p.Label.Err == nil && s.p.Label.Name.Len() > 0:
		s.line("Label", s.p.Label.Name.String())
	}
	if s.d == nil {
		return
	}
	if v := s.d.OOMScoreAdj; v.Err != nil {
		s.failed("When memory runs out", v.Err)
	} else if score := s.d.OOMScore; score.Err != nil {
		s.failed("When memory runs out", score.Err)
	} else {
		what := ""
		if v.Value == -1000 {
			what = ": never killed"
		}
		s.linef("When memory runs out", "score %d, adjusted by %d%s", score.Value, v.Value, what)
	}
}

func (s *sheet) signals(st *procwalk.Status) {
	for _, m := range []struct {
		label string
		mask  uint64
	}{{"Signals pending", st.SigPnd | st.ShdPnd}, {"Signals blocked", st.SigBlk}, {"Signals ignored", st.SigIgn},
		{"Signals caught", st.SigCgt}} {
		style := Plain
		if m.mask == 0 {
			style = Dim
		}
		s.styled(style, m.label, SignalSet(m.mask))
	}
}

// namespaces compares each with that of PID 1 of the snapshot, the host's own as far as this /proc goes.
func (s *sheet) namespaces() {
	ns := s.p.NS
	if ns == nil {
		return
	}
	s.section("Namespaces")
	var host *procwalk.Namespaces
	if s.snap != nil {
		if init := s.snap.Find(1); init != nil {
			host = init.NS
		}
	}
	for t := range procwalk.NSTypes {
		if err := ns.Err[t]; err != nil {
			s.failed(t.String(), err)
			continue
		}
		inode, whose, style := ns.Inode[t], "", Plain
		switch {
		case host == nil || host.Err[t] != nil:
		case host.Inode[t] == inode:
			whose, style = "  the host's own", Dim
		default:
			whose = "  its own, or its container's"
		}
		s.styled(style, t.String(), strconv.FormatUint(inode, 10)+whose)
	}
	if ns.PIDForChildren != 0 && ns.PIDForChildren != ns.Inode[procwalk.PID] && ns.Err[procwalk.PID] == nil {
		s.styled(Warn, "pid of children", strconv.FormatUint(ns.PIDForChildren,
			10)+"  its children are in another than itself")
	}
	if ns.TimeForChildren != 0 && ns.TimeForChildren != ns.Inode[procwalk.Time] && ns.Err[procwalk.Time] == nil {
		s.styled(Warn, "time of children", strconv.FormatUint(ns.TimeForChildren,
			10)+"  its children are in another than itself")
	}
}

func (s *sheet) cgroupLines() {
	c := s.cgroups
	if c == nil {
		return
	}
	s.section("Cgroups")
	for _, l := range c.Lines {
		label := "v2"
		if !l.V2() {
			label = "v1 " + text.Sanitise(l.Controllers.Raw())
		}
		style := Plain
		if strings.HasSuffix(l.Path.Raw(), " (deleted)") {
			style = Warn
		} else if l.Path.Raw() == "/" {
			style = Dim
		}
		s.styled(style, label, shown(l.Path))
	}
	if c.Err != nil {
		s.failed("", c.Err)
	}
}
