package procwalk

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk/dirfile"
	"bones/procwalk/fields"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Stat is /proc/PID/stat: one line of numbers behind the command's name, cheap to read, and answered for any
// process and by any process, whatever its state.
//
// Source: proc_pid_stat(5); fs/proc/array.c, do_task_stat. Times are in clock ticks (see Machine.Ticks).
//
// A Bulk that was not asked for WantStat leaves out RSSLim, StartCode to WChan, ExitSignal, GuestTime, CGuestTime and
// ExitCode: they are 0.
type Stat struct {
	PID        int
	Comm       text.Text // the name the process gives itself, 15 bytes; kernel threads may have more
	State      byte      // R S D T t Z X I
	PPID       int       // 0 for init and kthreadd, and where the parent is outside of this pid namespace
	PGRP       int
	Session    int
	TTYNr      uint32 // device number as the kernel encodes it; 0: no controlling terminal
	TPGID      int    // foreground process group of that terminal, -1 if none
	Flags      uint64 // PF_*
	MinFlt     uint64
	CMinFlt    uint64
	MajFlt     uint64
	CMajFlt    uint64
	UTime      uint64 // ticks in user mode, all threads
	STime      uint64 // ticks in kernel mode, all threads
	CUTime     int64  // ticks of children that were waited for
	CSTime     int64
	Priority   int
	Nice       int
	NumThreads int
	StartTime  uint64 // ticks since boot
	VSize      uint64 // bytes of address space
	RSS        uint64 // pages in memory; inexact by design of the kernel
	RSSLim     uint64 // bytes
	StartCode  uint64 // addresses are 0 or 1 where ptrace would not be permitted
	EndCode    uint64
	StartStack uint64
	KstkESP    uint64
	KstkEIP    uint64
	Signal     uint64 // the old 31-bit masks; the whole ones are in status
	Blocked    uint64
	SigIgnore  uint64
	SigCatch   uint64
	WChan      uint64 // 1: blocked in the kernel, 0: not
	ExitSignal int
	Processor  int
	RTPriority int
	Policy     int
	BlkIODelay uint64 // ticks spent waiting for block I/O
	GuestTime  uint64
	CGuestTime int64
	ExitCode   int
}

var errStatForm = errors.New("stat does not have the form PID (NAME) STATE NUMBERS")

// cutStat cuts the line of stat into its first two fields and the rest, which begins with the state.
//
// The name may itself hold spaces, newlines and parentheses: it ends at the last ')' of the line.
func cutStat(line []byte) (pid, comm, rest []byte, ok bool) {
	open := bytes.IndexByte(line, '(')
	end := bytes.LastIndexByte(line, ')')
	if open < 2 || end < open || end+4 > len(line) || line[end+1] != ' ' || line[end+3] != ' ' {
		return nil, nil, nil, false
	}
	return bytes.TrimRight(line[:open], " "), line[open+1 : end], line[end+2:], true
}

// StatFields returns the fields of a line of stat as the kernel wrote them: field N of proc_pid_stat(5) at N-1, the
// name without its parentheses. It is for those who want a field that Stat does not have; nil says that the line has
// another form.
func StatFields(line []byte) []string {
	pid, comm, rest, ok := cutStat(line)
	if !ok {
		return nil
	}
	return append([]string{string(pid), string(comm)}, strings.Fields(string(rest))...)
}

// ParseStat reads the line of /proc/PID/stat into s, keeping s.Comm's memory where the name is what it was. A line
// without a start time is an error: without one there is no identity.
func ParseStat(line []byte, s *Stat) error {
	number, comm, rest, ok := cutStat(line)
	if !ok {
		return errStatForm
	}
	pid, ok := fields.ParseInt(number)
	if !ok || pid <= 0 {
		return errStatForm
	}
	s.PID = int(pid)
	if s.Comm.Raw() != string(comm) {
		s.Comm = text.New(string(comm))
	}
	s.State = rest[0]
	f := fields.Line{Rest: rest[2:]}
	s.PPID = int(f.Int())
	s.PGRP = int(f.Int())
	s.Session = int(f.Int())
	s.TTYNr = uint32(f.Int())
	s.TPGID = int(f.Int())
	s.Flags = f.Uint()
	s.MinFlt = f.Uint()
	s.CMinFlt = f.Uint()
	s.MajFlt = f.Uint()
	s.CMajFlt = f.Uint()
	s.UTime = f.Uint()
	s.STime = f.Uint()
	s.CUTime = f.Int()
	s.CSTime = f.Int()
	s.Priority = int(f.Int())
	s.Nice = int(f.Int())
	s.NumThreads = int(f.Int())
	f.Int() // itrealvalue, always 0 since 2.6.17
	if len(f.Rest) <= 1 {
		return errStatForm
	}
	s.StartTime = f.Uint()
	s.VSize = f.Uint()
	s.RSS = uint64(max(f.Int(), 0))
	s.RSSLim = f.Uint()
	s.StartCode = f.Uint()
	s.EndCode = f.Uint()
	s.StartStack = f.Uint()
	s.KstkESP = f.Uint()
	s.KstkEIP = f.Uint()
	s.Signal = f.Uint()
	s.Blocked = f.Uint()
	s.SigIgnore = f.Uint()
	s.SigCatch = f.Uint()
	s.WChan = f.Uint()
	f.Uint() // nswap, not maintained
	f.Uint() // cnswap
	s.ExitSignal = int(f.Int())
	s.Processor = int(f.Int())
	s.RTPriority = int(f.Int())
	s.Policy = int(f.Int())
	s.BlkIODelay = f.Uint()
	s.GuestTime = f.Uint()
	s.CGuestTime = f.Int()
	for range 7 { // start_data end_data start_brk arg_start arg_end env_start env_end
		f.Uint()
	}
	s.ExitCode = int(f.Int())
	if f.Bad {
		return errStatForm
	}
	return nil
}

// Ended reports whether nothing of the process runs any more: it is a zombie, and not one whose first thread has ended
// while others go on.
func (s *Stat) Ended() bool { return (s.State == 'Z' || s.State == 'X') && s.NumThreads < 2 }

// StartTime returns when whoever has this PID started, in clock ticks since boot: with the PID, its identity. A zombie
// has one, too. procRoot is "/proc" as a rule. The error is ErrGone if there is no such process.
func StartTime(procRoot string, pid int) (uint64, error) {
	s, err := ReadStat(procRoot, pid)
	return s.StartTime, err
}

// ReadStat reads the stat of whoever has this PID. The error is ErrGone if there is no such process.
func ReadStat(procRoot string, pid int) (Stat, error) {
	var s Stat
	name := procRoot + "/" + strconv.Itoa(pid) + "/stat"
	b, err := dirfile.Read(unix.AT_FDCWD, name, make([]byte, 4<<10))
	if gone(err) {
		return Stat{}, ErrGone
	}
	if err == nil {
		err = ParseStat(b, &s)
	}
	if err != nil {
		return Stat{}, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}
