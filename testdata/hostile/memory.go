package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"unsafe"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// memoryKinds tell the kernel lies about their memory.
func memoryKinds() []kind {
	return []kind{{
		name: "args-4g",
		doc:  "a command line of 4 GiB (PR_SET_MM_MAP), of one argument that never ends",
		make: func(s *stage, _ int) ([]int, error) {
			pid, err := s.startSelf("huge")
			return []int{pid}, err
		},
	}}
}

// mmMap is struct prctl_mm_map of linux/prctl.h.
type mmMap struct {
	startCode, endCode, startData, endData, startBrk, brk, startStack, argStart, argEnd, envStart, envEnd uint64
	auxv                                                                                                  uint64
	auxvSize, exeFD                                                                                       uint32
}

// hugeArguments reserves 4 GiB of addresses, of which it fills the first 2 MiB, and tells the kernel that these are
// the arguments. It takes no privilege, and 2 MiB of memory; the rest reads as NUL. The kernel shows only anonymous
// memory.
func hugeArguments() error {
	const filled, total = 2 << 20, 4 << 30
	const flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_NORESERVE
	memory, err := unix.MmapPtr(-1, 0, nil, total, unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		return fmt.Errorf("mmap: %w", err)
	}
	copy(unsafe.Slice((*byte)(memory), filled), bytes.Repeat([]byte("\x1b[31mnever ending "), filled/18))
	start := uint64(uintptr(memory))
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	f := procwalk.StatFields(stat)
	field := func(n int) uint64 {
		v, _ := strconv.ParseUint(f[n-1], 10, 64)
		return v
	}
	brk, _, _ := unix.RawSyscall(unix.SYS_BRK, 0, 0, 0)
	m := mmMap{
		startCode: field(26), endCode: field(27), startStack: field(28), startData: field(45), endData: field(46),
		startBrk: field(47), brk: uint64(brk), argStart: start, argEnd: start + total,
		envStart: field(50), envEnd: field(51), exeFD: ^uint32(0),
	}
	if err := unix.Prctl(unix.PR_SET_MM, unix.PR_SET_MM_MAP, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m),
		0); err != nil {
		return fmt.Errorf("PR_SET_MM_MAP: %w", err)
	}
	return nil
}
