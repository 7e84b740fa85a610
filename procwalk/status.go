package procwalk

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"bones/procwalk/fields"
	"bones/procwalk/text"
)

// Status is /proc/PID/status: what stat does not say about a process, one field a line.
//
// Source: proc_pid_status(5); fs/proc/array.c, proc_pid_status; fs/proc/task_mmu.c, task_mem. Fields that this kernel
// or this kind of process does not have (a kernel thread has no memory) are 0 or empty; HasMemory tells for memory.
type Status struct {
	Umask                                    int // -1 if not told; since 4.7
	TGID, NGID                               int
	TracerPID                                int
	UID, EUID, SUID, FSUID                   uint32
	GID, EGID, SGID, FSGID                   uint32
	FDSize                                   int
	Groups                                   []uint32 // supplementary groups
	NSpid                                    []int    // the PID in each pid namespace, ours first; since 4.1
	NStgid                                   []int
	NSpgid                                   []int
	NSsid                                    []int
	HasMemory                                bool   // whether the Vm fields were there
	VmPeak, VmSize, VmLck, VmPin             uint64 // bytes
	VmHWM, VmRSS, RssAnon, RssFile, RssShmem uint64
	VmData, VmStk, VmExe, VmLib, VmPTE       uint64
	VmSwap, HugetlbPages                     uint64
	Threads                                  int
	// SigQUsed is how many signals are queued for all processes of the user. A Walker that keeps does not take it for a
	// change of each of them: it is of when something else of this one changed last.
	SigQUsed, SigQLimit                    uint64
	SigPnd, ShdPnd, SigBlk, SigIgn, SigCgt uint64 // masks: bit 0 is signal 1
	CapInh, CapPrm, CapEff, CapBnd, CapAmb uint64 // masks: bit 0 is CAP_CHOWN
	NoNewPrivs                             bool   // since 4.10
	Seccomp                                int    // 0 off, 1 strict, 2 filter; -1 if the kernel has none
	SeccompFilters                         int    // since 5.9
	CpusAllowedList                        text.Text
	MemsAllowedList                        text.Text
	VoluntaryCtxtSwitches                  uint64
	NonvoluntaryCtxtSwitches               uint64

	// Brief: only UID, EUID, NSpid, Threads, HasMemory, VmSize and VmLck are there, and VmRSS if it was wanted. It is so
	// unless WantStatus asks for all, but where a Walker that keeps has read the file.
	Brief bool
	Err   error // why the file could not be read, or not as far as its end; what was not read is 0 or empty
}

// sameProcess reports whether two say the same of the process itself.
func (s *Status) sameProcess(o *Status) bool {
	a, b := *s, *o
	a.SigQUsed, b.SigQUsed = 0, 0
	return reflect.DeepEqual(&a, &b)
}

// ParseStatus reads the whole of status. Lines that it does not know are passed over. The only line that a process
// can write into is Name, where the kernel escapes newlines and backslashes; it is not taken from here.
// A line that is missing leaves 0: who decides by it looks for the line first (fields.Value).
func ParseStatus(b []byte) *Status { return parseStatus(b, false) }

// parseStatus is ParseStatus; where brief is set, only the lines are read that Status.Brief has.
func parseStatus(b []byte, brief bool) *Status {
	s := &Status{Umask: -1, Seccomp: -1, Brief: brief}
	for len(b) > 0 {
		nl := bytes.IndexByte(b, '\n')
		if nl < 0 {
			s.Err = errors.New("status ends within a line") // a value that is cut off is a wrong one
			return s
		}
		line := b[:nl]
		b = b[nl+1:]
		colon := bytes.IndexByte(line, ':')
		if colon < 0 || brief && !inBrief(line[:colon]) {
			continue
		}
		f := fields.Line{Rest: line[colon+1:]}
		if s.set(line[:colon], &f); f.Bad && s.Err == nil {
			s.Err = fmt.Errorf("status: the line %s does not have the form that bones knows", text.New(string(line[:colon])))
		}
	}
	return s
}

// inBrief reports whether Status.Brief has what the line of this key says.
func inBrief(key []byte) bool {
	switch string(key) {
	case "Uid", "NSpid", "Threads", "VmSize", "VmLck", "VmRSS":
		return true
	}
	return false
}

// Long: one case for each line of the file.
func (s *Status) set(key []byte, f *fields.Line) {
	switch string(key) {
	case "Umask":
		s.Umask = int(f.Octal())
	case "Tgid":
		s.TGID = int(f.Int())
	case "Ngid":
		s.NGID = int(f.Int())
	case "TracerPid":
		s.TracerPID = int(f.Int())
	case "Uid":
		s.UID, s.EUID, s.SUID, s.FSUID = f.ID(), f.ID(), f.ID(), f.ID()
	case "Gid":
		s.GID, s.EGID, s.SGID, s.FSGID = f.ID(), f.ID(), f.ID(), f.ID()
	case "FDSize":
		s.FDSize = int(f.Int())
	case "Groups":
		for w := f.Word(); len(w) > 0; w = f.Word() {
			gid, ok := fields.ParseUint(w)
			if !ok || gid > 1<<32-1 {
				f.Bad = true
				return
			}
			s.Groups = append(s.Groups, uint32(gid))
		}
	case "NStgid":
		s.NStgid = f.Ints()
	case "NSpid":
		s.NSpid = f.Ints()
	case "NSpgid":
		s.NSpgid = f.Ints()
	case "NSsid":
		s.NSsid = f.Ints()
	case "VmPeak":
		s.VmPeak = f.KB()
	case "VmSize":
		s.HasMemory, s.VmSize = true, f.KB()
	case "VmLck":
		s.VmLck = f.KB()
	case "VmPin":
		s.VmPin = f.KB()
	case "VmHWM":
		s.VmHWM = f.KB()
	case "VmRSS":
		s.VmRSS = f.KB()
	case "RssAnon":
		s.RssAnon = f.KB()
	case "RssFile":
		s.RssFile = f.KB()
	case "RssShmem":
		s.RssShmem = f.KB()
	case "VmData":
		s.VmData = f.KB()
	case "VmStk":
		s.VmStk = f.KB()
	case "VmExe":
		s.VmExe = f.KB()
	case "VmLib":
		s.VmLib = f.KB()
	case "VmPTE":
		s.VmPTE = f.KB()
	case "VmSwap":
		s.VmSwap = f.KB()
	case "HugetlbPages":
		s.HugetlbPages = f.KB()
	case "Threads":
		s.Threads = int(f.Int())
	case "SigQ":
		used, limit, _ := bytes.Cut(f.Word(), []byte{'/'})
		var ok1, ok2 bool
		s.SigQUsed, ok1 = fields.ParseUint(used)
		s.SigQLimit, ok2 = fields.ParseUint(limit)
		f.Bad = f.Bad || !ok1 || !ok2
	case "SigPnd":
		s.SigPnd = f.Hex()
	case "ShdPnd":
		s.ShdPnd = f.Hex()
	case "SigBlk":
		s.SigBlk = f.Hex()
	case "SigIgn":
		s.SigIgn = f.Hex()
	case "SigCgt":
		s.SigCgt = f.Hex()
	case "CapInh":
		s.CapInh = f.Hex()
	case "CapPrm":
		s.CapPrm = f.Hex()
	case "CapEff":
		s.CapEff = f.Hex()
	case "CapBnd":
		s.CapBnd = f.Hex()
	case "CapAmb":
		s.CapAmb = f.Hex()
	case "NoNewPrivs":
		s.NoNewPrivs = f.Int() == 1
	case "Seccomp":
		s.Seccomp = int(f.Int())
	case "Seccomp_filters":
		s.SeccompFilters = int(f.Int())
	case "Cpus_allowed_list":
		s.CpusAllowedList = text.New(string(f.Word()))
	case "Mems_allowed_list":
		s.MemsAllowedList = text.New(string(f.Word()))
	case "voluntary_ctxt_switches":
		s.VoluntaryCtxtSwitches = f.Uint()
	case "nonvoluntary_ctxt_switches":
		s.NonvoluntaryCtxtSwitches = f.Uint()
	}
}
