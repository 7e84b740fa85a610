package rows

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
)

// exact writes a number of bytes for a reader and, where that is rounded, for a calculation.
func exact(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10)
	}
	return Size(n) + " (" + strconv.FormatUint(n, 10) + ")"
}

func (s *sheet) memory() {
	s.section("Memory")
	if st := s.status; s.readable(st, "Memory") {
		if !st.HasMemory {
			s.styled(Dim, "Memory", "none of its own")
		} else {
			s.line("Resident", exact(st.VmRSS))
			s.linef("  of which", "anonymous %s, files %s, shared %s", Size(st.RssAnon), Size(st.RssFile), Size(st.RssShmem))
			s.line("Most resident", exact(st.VmHWM))
			s.line("Address space", exact(st.VmSize))
			s.linef("  of which", "data %s, stack %s, program %s, libraries %s", Size(st.VmData), Size(st.VmStk),
				Size(st.VmExe), Size(st.VmLib))
			s.line("Swapped out", exact(st.VmSwap))
			if st.VmLck != 0 {
				s.line("Locked", exact(st.VmLck))
			}
			if st.HugetlbPages != 0 {
				s.line("Huge pages", exact(st.HugetlbPages))
			}
			s.line("Page tables", exact(st.VmPTE))
		}
	}
	if s.d != nil {
		if m := s.d.Smaps; m.Err != nil {
			s.failed("Its share (PSS)", m.Err)
		} else {
			s.line("Its share (PSS)", exact(m.Value.PSS))
			s.line("Its alone (USS)", exact(m.Value.USS()))
		}
	}
	s.linef("Page faults", "%d, from storage %d; of ended children %d, %d", s.p.MinFlt, s.p.MajFlt, s.p.CMinFlt,
		s.p.CMajFlt)
}

// Source: sched(7), include/uapi/linux/sched.h.
var policyNames = map[int]string{
	0: "OTHER (normal)", 1: "FIFO (real time)", 2: "RR (real time)", 3: "BATCH", 5: "IDLE", 6: "DEADLINE (real time)",
	7: "EXT (by a BPF program)",
}

func (s *sheet) cpu() {
	p := s.p
	s.section("CPU")
	ticks := func(n uint64) string {
		if s.snap == nil || s.snap.Host.TicksPerSec == 0 {
			return strconv.FormatUint(n, 10) + " ticks"
		}
		return s.snap.Host.Ticks(n).Round(10 * time.Millisecond).String()
	}
	s.linef("Time", "%s in its program, %s in the kernel", ticks(p.UTime), ticks(p.STime))
	s.linef("Of ended children", "%s in their programs, %s in the kernel", ticks(uint64(max(p.CUTime, 0))),
		ticks(uint64(max(p.CSTime, 0))))
	policy, ok := policyNames[p.Policy]
	if !ok {
		policy = strconv.Itoa(p.Policy)
	}
	if p.RTPriority > 0 {
		s.styled(Warn, "Scheduling", fmt.Sprintf("%s, real-time priority %d", policy, p.RTPriority))
	} else {
		s.linef("Scheduling", "%s, nice %d (priority %d)", policy, p.Nice, p.Priority)
	}
	s.linef("Last on", "processor %d", p.Processor)
	if st := s.status; st != nil && st.Err == nil {
		s.linef("May run on", "processors %s, memory nodes %s", st.CpusAllowedList, st.MemsAllowedList)
		s.linef("Switches", "%d voluntary, %d involuntary", st.VoluntaryCtxtSwitches, st.NonvoluntaryCtxtSwitches)
	}
	if s.d != nil {
		if v := s.d.Schedstat; v.Err != nil {
			s.failed("Waited for a processor", v.Err)
		} else {
			s.linef("Waited for a processor", "%s (its first thread)", v.Value.Waiting.Round(time.Microsecond))
		}
	}
	if p.BlkIODelay > 0 {
		s.line("Waited for storage", ticks(p.BlkIODelay))
	}
}

func (s *sheet) limits() {
	s.section("Limits")
	if s.d.Limits.Err != nil {
		s.failed("Limits", s.d.Limits.Err)
		return
	}
	for _, l := range s.d.Limits.Value {
		value, style := LimitValue(l.Soft, l.Unit), Plain
		if l.Hard == l.Soft {
			value += ", also at most"
		} else {
			value += ", at most " + LimitValue(l.Hard, l.Unit)
		}
		if l.Soft == detail.Unlimited {
			style = Dim
		}
		s.styled(style, l.Name, value)
	}
}

// LimitValue writes a resource limit with its unit.
func LimitValue(v uint64, unit string) string {
	switch {
	case v == detail.Unlimited:
		return "unlimited"
	case unit == "bytes":
		return exact(v)
	case unit == "":
		return strconv.FormatUint(v, 10)
	}
	return strconv.FormatUint(v, 10) + " " + unit
}

func (s *sheet) inout() {
	v := s.io
	if v == nil {
		return
	}
	s.section("I/O")
	if v.Err != nil {
		s.failed("I/O", v.Err)
		return
	}
	s.linef("From storage", "%s", exact(v.ReadBytes))
	s.linef("To storage", "%s, of which taken back %s", exact(v.WriteBytes), exact(v.CancelledWriteBytes))
	s.linef("Read", "%s in %d calls", exact(v.RChar), v.SyscR)
	s.linef("Written", "%s in %d calls", exact(v.WChar), v.SyscW)
}

func (s *sheet) threads() {
	s.section("Threads")
	t := s.d.Threads
	if t.Err != nil {
		s.failed("Threads", t.Err)
	}
	if t.Err == nil || len(t.Value.List) > 0 {
		s.line("Threads", strconv.Itoa(t.Value.Count))
	}
	for _, th := range t.Value.List {
		busy := strconv.FormatUint(th.UTime+th.STime, 10) + " ticks"
		if s.snap != nil && s.snap.Host.TicksPerSec > 0 {
			busy = s.snap.Host.Ticks(th.UTime + th.STime).Round(10 * time.Millisecond).String()
		}
		s.linef(strconv.Itoa(th.TID), "%s %s, CPU %s, last on %d", text.Sanitise(string(rune(th.State))), th.Comm, busy,
			th.Processor)
	}
	if more := t.Value.Count - len(t.Value.List); t.Err == nil && more > 0 {
		s.styled(Dim, "", fmt.Sprintf("and %d more", more))
	}
}

func (s *sheet) files() {
	s.section("Open files")
	f := s.d.FDs
	if f.Err != nil {
		s.failed("Open files", f.Err)
	}
	if f.Err == nil || len(f.Value.List) > 0 {
		more := ""
		if f.Value.More {
			more = " or more"
		}
		s.linef("Open files", "%d%s", f.Value.Count, more)
	}
	for _, fd := range f.Value.List {
		label := strconv.Itoa(fd.Num)
		if fd.Err != nil {
			s.failed(label, fd.Err)
			continue
		}
		value, style := fd.Kind+" "+fd.Link.Target.String(), Plain
		if fd.Link.Deleted {
			value, style = value+" (deleted)", Warn
		}
		if how := Access(fd.Flags); how != "" {
			value += ", " + how
		}
		if fd.Pos > 0 {
			value += ", at " + strconv.FormatInt(fd.Pos, 10)
		}
		s.styled(style, label, value)
	}
	if more := f.Value.Count - len(f.Value.List); f.Err == nil && more > 0 && len(f.Value.List) >= detail.FDsListed {
		s.styled(Dim, "", fmt.Sprintf("and %d more", more))
	}
}

// Access says what a descriptor was opened for.
//
// Source: open(2), include/uapi/asm-generic/fcntl.h: these numbers are the same on x86 and ARM.
func Access(flags int) string {
	if flags < 0 {
		return ""
	}
	var words []string
	switch {
	case flags&0o10000000 != 0:
		words = append(words, "as a path")
	case flags&3 == 0:
		words = append(words, "read")
	case flags&3 == 1:
		words = append(words, "write")
	case flags&3 == 2:
		words = append(words, "read and write")
	}
	if flags&0o2000 != 0 {
		words = append(words, "append")
	}
	if flags&0o4000 != 0 {
		words = append(words, "without waiting")
	}
	if flags&0o2000000 != 0 {
		words = append(words, "closed on exec")
	}
	return strings.Join(words, ", ")
}

// masked stands for the value of a variable, of whatever length.
const masked = "••••"

func (s *sheet) environment() {
	s.section("Environment")
	e := s.d.Environ
	if e.Err != nil {
		s.failed("Environment", e.Err)
		return
	}
	if len(e.Value.Vars) == 0 {
		s.styled(Dim, "Environment", "empty")
	}
	for i, v := range e.Value.Vars {
		if i == listedVars {
			s.styled(Dim, "", fmt.Sprintf("and %d more", len(e.Value.Vars)-i))
			break
		}
		label := cutLabel(v.Name)
		if v.Name.Len() == 0 {
			label = "(no name)"
		}
		if s.opt.Reveal {
			s.line(label, shown(v.Value))
		} else {
			s.styled(Dim, label, masked)
		}
	}
	if e.Value.Truncated {
		s.styled(Warn, "", fmt.Sprintf("there is more: only %s were read", Size(detail.EnvironMax)))
	}
}

// cutLabel keeps a name that somebody else chose to a length that can be a label.
func cutLabel(name text.Text) string {
	const most = 64
	if raw := name.Raw(); len(raw) > most {
		return text.Sanitise(raw[:most]) + "..."
	}
	return name.String()
}

func (s *sheet) network() {
	s.section("Network")
	n := s.d.Net
	if n.Err != nil {
		s.failed("Network", n.Err)
		return
	}
	if ns := s.p.NS; ns != nil && ns.Err[procwalk.Net] == nil {
		s.styled(Dim, "Counted for", fmt.Sprintf("all of network namespace %d", ns.Inode[procwalk.Net]))
	}
	const listed = 64
	for _, d := range n.Value.Devices[:min(len(n.Value.Devices), listed)] {
		style, trouble := Plain, ""
		if e := d.RxErrors + d.TxErrors; e > 0 {
			style, trouble = Warn, fmt.Sprintf(", %d errors", e)
		}
		s.styled(style, cutLabel(d.Name), fmt.Sprintf("in %s, out %s%s", exact(d.RxBytes), exact(d.TxBytes), trouble))
	}
	if more := len(n.Value.Devices) - listed; more > 0 {
		s.styled(Dim, "", fmt.Sprintf("and %d more", more))
	}
	rx, tx := n.Value.Total()
	if n.Value.More {
		s.styled(Warn, "", "there are more devices than bones reads, and the sum lacks them; net/dev of the process has all")
	}
	s.linef("All but lo", "in %s, out %s", exact(rx), exact(tx))
}
