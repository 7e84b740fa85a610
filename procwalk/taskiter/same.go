package taskiter

import (
	"fmt"
	"unsafe"

	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Most processes of a host sleep. Of one of which nothing that the record depends on is other than when it was written
// last, the program writes its number alone: following the rest of the pointers costs twice as much as comparing.
//
// What others can change is compared by its value: state, priority, session, process group, parent, control groups,
// the sizes of the memory. What only the process itself changes, its credentials, namespaces and times for example,
// goes by the processor time: it cannot have changed them without running. A process with a terminal, whose foreground
// group is somebody else's doing, with several threads, or that is running is written each time, and the others in
// turn. Whatever has it written each time is compared as well: when it ends, the record is another one.

// seenSlot is what the program remembers of a process: a hash of what it compares, and the number that the reader
// knows it by.
type seenSlot struct {
	hash uint64
	pid  uint32
	_    uint32
}

// seen are the program's maps. The first one has a seenSlot for each process, at the place that its number gives: two
// that share one are written each time.
type seen struct {
	slots, settings int // descriptors
	count           int // of slots, a power of two
	now             seenSettings
}

// seenSettings are what the program is told before each read.
type seenSettings struct {
	// generation is part of each hash: another one makes all records be written.
	generation uint64
	// turn is whose records are written in any case, by the remainder of their number in the first pid namespace.
	turn uint64
}

// seenTurns is in how many reads each record is written at least once.
const seenTurns = 32

const slotSize = int(unsafe.Sizeof(seenSlot{}))

// newSeen makes the maps for about so many processes. Kernels before Linux 5.11 count them as locked memory, of which
// a process may have little: without maps all records are written.
func newSeen(processes int) (*seen, error) {
	s := &seen{count: 1 << 10}
	for s.count < 2*processes && s.count < 1<<17 {
		s.count <<= 1
	}
	var err error
	if s.slots, err = newMap("bones_seen", s.count*slotSize); err != nil {
		return nil, err
	}
	if s.settings, err = newMap("bones_settings", int(unsafe.Sizeof(s.now))); err != nil {
		unix.Close(s.slots)
		return nil, err
	}
	return s, nil
}

func (s *seen) close() {
	if s != nil {
		unix.Close(s.slots)
		unix.Close(s.settings)
	}
}

// next tells the program that another read begins. all asks for all records.
func (s *seen) next(all bool) error {
	if all {
		s.now.generation++
	}
	s.now.turn = (s.now.turn + 1) % seenTurns
	if err := setMap(s.settings, unsafe.Pointer(&s.now)); err != nil {
		return fmt.Errorf("telling the program in the kernel which records to write: %w", err)
	}
	return nil
}

// sign is a value that the hash is made of.
type sign struct {
	from, path string // a struct and what leads from it to the value
	or         string // where older kernels have it
	pointer    bool
}

// signs are those without which there is no program.
var signs = []sign{
	{from: "task_struct", path: "start_boottime"},
	{from: "task_struct", path: "__state", or: "state"},
	{from: "task_struct", path: "flags"},
	{from: "task_struct", path: "thread_info.cpu", or: "cpu"},
	{from: "task_struct", path: "static_prio"},
	{from: "task_struct", path: "prio"},
	{from: "task_struct", path: "rt_priority"},
	{from: "task_struct", path: "policy"},
	{from: "task_struct", path: "se.sum_exec_runtime"},
	{from: "task_struct", path: "real_parent", pointer: true},
	{from: "task_struct", path: "signal", pointer: true},
	{from: "signal_struct", path: "pids[2]", pointer: true},
	{from: "signal_struct", path: "pids[3]", pointer: true},
	{from: "signal_struct", path: "nr_threads"},
	{from: "signal_struct", path: "tty", pointer: true},
	{from: "task_struct", path: "mm", pointer: true},
	{from: "mm_struct", path: "total_vm"},
	{from: "mm_struct", path: "locked_vm"},
	{from: "task_struct", path: "nsproxy", pointer: true},
	{from: "task_struct", path: "cgroups", pointer: true},
	{from: "task_struct", path: "cgroups.dfl_cgrp.kn.id"},
}

// Where the program keeps the hash, and the address of the slot, while it writes the record.
const (
	hashAt = scratch - 8
	slotAt = scratch - 16
)

// skipSame writes only the number of a process whose record is the same as in the last read, and leaves the rest of
// the program out.
func (b *builder) skipSame(s *seen) {
	const hash, slot = asm.R8, asm.R9
	settings := func(field uintptr) {
		b.add(asm.LoadMapValue(asm.R1, s.settings, uint32(field)), asm.LoadMem(asm.R1, asm.R1, 0, asm.DWord))
	}
	b.add(asm.Mov.Imm(hash, 0))
	settings(unsafe.Offsetof(s.now.generation))
	b.mix(hash)
	const signal, memory = asm.R4, asm.R5
	b.load(signal, task, "task_struct", "signal")
	b.load(memory, task, "task_struct", "mm")
	bases := map[string]asm.Register{"task_struct": task, "signal_struct": signal, "mm_struct": memory}
	for _, s := range signs {
		paths := []string{s.path}
		if s.or != "" {
			paths = append(paths, s.or)
		}
		b.load(asm.R1, bases[s.from], s.from, paths...)
		if s.pointer {
			b.add(asm.Sub.Reg(asm.R1, task)) // the verifier lets pointers be compared in this way only
		}
		b.mix(hash)
	}
	for i := range layout.Pages {
		b.pageCount(i)
		b.mix(hash)
	}
	b.load(asm.R1, task, "task_struct", "tgid")
	b.add(asm.Mov.Reg(asm.R2, asm.R1), asm.And.Imm(asm.R2, int32(s.count-1)), asm.LSh.Imm(asm.R2, 4),
		asm.LoadMapValue(slot, s.slots, 0), asm.Add.Reg(slot, asm.R2),
		asm.StoreMem(asm.RFP, hashAt, hash, asm.DWord), asm.StoreMem(asm.RFP, slotAt, slot, asm.DWord))

	b.add(asm.And.Imm(asm.R1, seenTurns-1), asm.Mov.Reg(asm.R2, asm.R1))
	settings(unsafe.Offsetof(s.now.turn))
	b.add(asm.JEq.Reg(asm.R1, asm.R2, "whole"))
	b.load(asm.R1, task, "task_struct", "__state", "state")
	b.add(asm.JEq.Imm(asm.R1, 0, "whole"))
	b.load(asm.R1, task, "task_struct", "signal.nr_threads")
	b.add(asm.JNE.Imm(asm.R1, 1, "whole"))
	b.load(asm.R1, task, "task_struct", "signal.tty")
	b.add(asm.JNE.Imm(asm.R1, 0, "whole"))
	b.add(asm.LoadMem(asm.R1, slot, int16(unsafe.Offsetof(seenSlot{}.hash)), asm.DWord),
		asm.JNE.Reg(asm.R1, hash, "whole"),
		asm.LoadMem(asm.R1, slot, int16(unsafe.Offsetof(seenSlot{}.pid)), asm.Word), asm.JEq.Imm(asm.R1, 0, "whole"))
	b.store(at(unsafe.Offsetof(layout.PID)), asm.R1, 4)
	b.add(asm.Mov.Imm(asm.R1, 0))
	b.store(at(unsafe.Offsetof(layout.PPID)), asm.R1, 4)
	b.write(ofSame, sameSize)
	b.add(asm.Ja.Label("out"))
	b.mark("whole")
}

// mix makes the value in R1 part of the hash. Each step has an inverse: where one value alone differs, so does the
// hash.
func (b *builder) mix(hash asm.Register) {
	const factor = -0x61c8864680b583eb // 2^64 divided by the golden ratio, which is odd
	b.add(asm.LoadImm(asm.R2, factor, asm.DWord), asm.Xor.Reg(hash, asm.R1), asm.Mul.Reg(hash, asm.R2),
		asm.Mov.Reg(asm.R2, hash), asm.RSh.Imm(asm.R2, 32), asm.Xor.Reg(hash, asm.R2))
}

// remember notes that the record was written; one that did not fit is written once more in the next read(2).
func (b *builder) remember() {
	b.add(asm.JNE.Imm(asm.R0, 0, "out"),
		asm.LoadMem(asm.R1, asm.RFP, slotAt, asm.DWord), asm.LoadMem(asm.R2, asm.RFP, hashAt, asm.DWord),
		asm.StoreMem(asm.R1, int16(unsafe.Offsetof(seenSlot{}.hash)), asm.R2, asm.DWord),
		asm.LoadMem(asm.R2, asm.RFP, at(unsafe.Offsetof(layout.PID)), asm.Word),
		asm.StoreMem(asm.R1, int16(unsafe.Offsetof(seenSlot{}.pid)), asm.R2, asm.Word))
}
