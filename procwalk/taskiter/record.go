package taskiter

import "unsafe"

// record is what the program in the kernel writes for each process. Times are in nanoseconds, sizes in pages.
type record struct {
	Kind, Len                    uint32
	PID, PPID, PGRP, SID         int32 // as the reader's pid namespace counts them; 0: outside of it
	TTYMajor, TTYMinor           uint32
	TPGID                        int32
	State, ExitState, Flags      uint32
	StaticPrio, Prio, Threads    int32
	EUID, UID                    uint32
	Level                        uint32 // pid namespaces below the reader's
	Policy, RTPriority, CPU      uint32
	TGID                         uint32 // as the first pid namespace counts: what threads name their process by
	Start                        uint64 // since boot, time asleep included
	UTime, STime, Runtime        uint64 // of the first thread
	PastUTime, PastSTime, PastRT uint64 // of threads that have ended
	ShownUTime, ShownSTime       uint64 // what /proc showed last, see adjust
	MinFlt, MajFlt               uint64
	PastMinFlt, PastMajFlt       uint64
	CMinFlt, CMajFlt             uint64
	CUTime, CSTime               uint64
	BlkIODelay                   uint64
	Memory                       uint64 // where the process's memory is described; 0: it has none
	TotalVM, LockedVM            uint64
	Pages                        [4]int64 // in memory: of files, anonymous, swapped out, shared
	ArgStart, ArgEnd, ExecID     uint64
	CSet, Cgroup2                uint64 // the set of its control groups; the id of that of version 2
	TTY                          uint64 // where its terminal is described; 0: it has none
	ChildReaper                  uint64 // of the pid namespace for its children; 0: nobody is in there yet
	Root                         uint64 // where the inode of its root directory is; 0: it has none any more
	NS                           [10]uint32
	NSpid                        [maxLevels]int32 // from the reader's pid namespace to its own
	Comm                         [16]byte
}

// maxLevels is how many pid namespaces within each other the record has room for. There can be 32; those of a process
// further down are read from /proc.
const maxLevels = 8

// threadRecord is what it writes for each thread but the first of a process.
type threadRecord struct {
	Kind, Len             uint32
	TGID, TID             uint32
	UTime, STime, Runtime uint64
	MinFlt, MajFlt        uint64
}

// The kinds of records.
const (
	ofProcess = 1
	ofThread  = 2
	ofSame    = 3 // the first members of a record: the process is as it was
)

const (
	recordSize = int(unsafe.Sizeof(record{}))
	threadSize = int(unsafe.Sizeof(threadRecord{}))
	sameSize   = int(unsafe.Offsetof(record{}.PGRP))
)

// Where each namespace is in record.NS: the first eight are in the order of procwalk.NSType.
const (
	pidForChildren  = 8
	timeForChildren = 9
)
