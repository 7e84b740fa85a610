package taskiter

import (
	"bytes"
	"math/bits"

	"bones/procwalk"
)

// The kernel's own numbers for what the record says.
//
// Source: include/linux/sched.h; fs/proc/array.c, get_task_state and do_task_stat.
const (
	exiting  = 0x00000004                      // PF_EXITING
	report   = 0x7f                            // TASK_REPORT: the states that /proc has letters for
	idle     = 0x402                           // TASK_IDLE: TASK_UNINTERRUPTIBLE | TASK_NOLOAD
	rtlock   = 0x1000                          // TASK_RTLOCK_WAIT, since Linux 5.16
	frozen   = 0x8000                          // TASK_FROZEN, since Linux 6.1
	prioBase = 100                             // MAX_RT_PRIO
	niceBase = 120                             // DEFAULT_PRIO
	tick     = 1_000_000_000 / procwalk.UserHZ // nanoseconds
)

// letters are those of TASK_RUNNING, TASK_INTERRUPTIBLE, TASK_UNINTERRUPTIBLE, __TASK_STOPPED, __TASK_TRACED,
// EXIT_DEAD, EXIT_ZOMBIE, TASK_PARKED and idle.
const letters = "RSDTtXZPI"

// state returns the letter of stat. False where kernels differ in what they show: a frozen task is D or R, and an idle
// one that may be frozen I or D; and of a process that is just being reaped /proc shows what it no longer has.
func (r *record) state() (letter byte, ok bool) {
	s := (r.State | r.ExitState) & report
	switch {
	case r.State == idle:
		return 'I', true
	case r.State&idle == idle, r.State&(rtlock|frozen) != 0:
		return 0, false
	}
	letter = letters[bits.Len32(s)]
	return letter, letter != 'X'
}

func (r *record) comm() []byte {
	name, _, _ := bytes.Cut(r.Comm[:], []byte{0})
	return name
}

// stat fills in everything but the name. more is the sum over the threads beside the first, nil if there are none.
//
// Source: fs/proc/array.c, do_task_stat; kernel/sched/cputime.c, thread_group_cputime.
func (r *record) stat(s *procwalk.Stat, state byte, more *threadRecord, pageSize uint64) {
	s.PID, s.PPID, s.PGRP, s.Session = int(r.PID), int(r.PPID), int(r.PGRP), int(r.SID)
	s.State, s.Flags = state, uint64(r.Flags)
	s.TPGID = -1
	if r.TTY != 0 {
		s.TPGID = int(r.TPGID)
		s.TTYNr = r.TTYMinor&0xff | r.TTYMajor<<8 | r.TTYMinor&^0xff<<12 // new_encode_dev
	}
	user, system, sum := r.UTime+r.PastUTime, r.STime+r.PastSTime, r.Runtime+r.PastRT
	s.MinFlt, s.MajFlt = r.MinFlt+r.PastMinFlt, r.MajFlt+r.PastMajFlt
	if more != nil {
		user, system, sum = user+more.UTime, system+more.STime, sum+more.Runtime
		s.MinFlt, s.MajFlt = s.MinFlt+more.MinFlt, s.MajFlt+more.MajFlt
	}
	s.CMinFlt, s.CMajFlt = r.CMinFlt, r.CMajFlt
	user, system = adjust(user, system, sum, r.ShownUTime, r.ShownSTime)
	s.UTime, s.STime = user/tick, system/tick
	s.CUTime, s.CSTime = int64(r.CUTime/tick), int64(r.CSTime/tick)
	s.Priority, s.Nice = int(r.Prio)-prioBase, int(r.StaticPrio)-niceBase
	s.NumThreads, s.StartTime = int(r.Threads), r.Start/tick
	s.Processor, s.RTPriority, s.Policy = int(r.CPU), int(r.RTPriority), int(r.Policy)
	s.BlkIODelay = r.BlkIODelay / tick
	if r.hasMemory() {
		s.VSize = r.TotalVM * pageSize
		s.RSS = r.resident()
	}
}

// hasMemory reports whether the process has an address space of its own. A kernel thread may borrow one.
func (r *record) hasMemory() bool { return r.Memory != 0 && r.Flags&procwalk.KernelThreadFlag == 0 }

// resident is how many pages are in memory, as stat counts them: each of the counters may be behind, and below 0.
func (r *record) resident() uint64 {
	return uint64(max(r.Pages[0], 0) + max(r.Pages[1], 0) + max(r.Pages[3], 0))
}

// status gives the row what Status.Brief says: the status of the snapshot before, if that still holds. Of a process
// that has been asleep since it does, also where it is more than brief and has the resident size from statm: the
// counts here are behind that.
func (r *record) status(row, old *procwalk.Process, pageSize uint64, asleep bool) {
	is := procwalk.Status{Umask: -1, Seccomp: -1, Brief: true, UID: r.UID, EUID: r.EUID, Threads: int(r.Threads)}
	if r.hasMemory() {
		is.HasMemory, is.VmLck, is.VmSize = true, r.LockedVM*pageSize, r.TotalVM*pageSize
		is.VmRSS = r.resident() * pageSize
	}
	if old != nil && old.Status != nil && old.Status.Err == nil {
		was := old.Status
		if was.UID == is.UID && was.EUID == is.EUID && was.Threads == is.Threads && was.HasMemory == is.HasMemory &&
			was.VmLck == is.VmLck && was.VmSize == is.VmSize && (asleep || was.Brief && was.VmRSS == is.VmRSS) {
			row.Status = was
			return
		}
		is.NSpid = was.NSpid // for an identity they never change
	} else {
		is.NSpid = make([]int, r.Level+1)
		for i := range is.NSpid {
			is.NSpid[i] = int(r.NSpid[i])
		}
	}
	status := is
	row.Status = &status
}
