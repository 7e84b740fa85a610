package heap

import (
	"bytes"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"bones/procwalk/smaps"
)

// UnmapProgram has the kernel forget which pages of the program's file this process has used. Many of them were for
// the start alone, such as the making of commands and their help. As long as they are mapped they count as ours, and
// the kernel keeps them where it is short of memory; what is used again is mapped again, out of the page cache. Where
// it cannot be told which they are, nothing is done. A disk that does not answer may stop the program afterwards: this
// is not for one that others rely on to go on.
//
// Source: madvise(2), MADV_DONTNEED: of a private mapping of a file what was written to it is lost.
func UnmapProgram() {
	for _, m := range program() {
		unix.Syscall(unix.SYS_MADVISE, uintptr(m.From), uintptr(m.To-m.From), unix.MADV_DONTNEED)
	}
}

// program are the mappings of the program's file that hold what the file holds: those of the file that this function
// is in.
func program() []smaps.Mapping {
	here, _, _, _ := runtime.Caller(0)
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	sizes, _ := os.ReadFile("/proc/self/smaps")
	return unwritten(string(maps), uint64(here), sizes)
}

// unwritten are those of the mappings of the file that has the code at here which cannot be written, and never were,
// by what smaps says. That they cannot be written now is not enough: the dynamic linker writes the addresses into the
// constants of a position-independent program and makes them read-only after that, and a debugger writes into the
// code. Where smaps cannot be read, the code alone is taken.
//
// Source: proc_pid_smaps(5); ld.so(8), RELRO.
func unwritten(maps string, here uint64, sizes []byte) (list []smaps.Mapping) {
	var all []smaps.Mapping
	var code smaps.Mapping
	for line := range strings.Lines(maps) {
		m, ok := smaps.ParseMapping(line)
		if !ok {
			return nil // whether it is ours cannot be told
		}
		if all = append(all, m); here >= m.From && here < m.To {
			code = m
		}
	}
	if code.Inode == 0 {
		return nil
	}
	clean := cleanMappings(sizes)
	for _, m := range all {
		if m.Inode != code.Inode || m.Device != code.Device || m.Shared || m.Write {
			continue
		}
		if clean[addresses{m.From, m.To}] || len(clean) == 0 && m.Execute {
			list = append(list, m)
		}
	}
	return list
}

// addresses are where a mapping begins, and where the next one may.
type addresses struct{ from, to uint64 }

// cleanMappings returns the mappings of a smaps of which no page was written, neither those in memory nor others that
// are in swap now: such a page is no longer one of the file. Dirty is another thing, a file just written is dirty.
func cleanMappings(sizes []byte) map[addresses]bool {
	clean := map[addresses]bool{}
	var of addresses
	var block []byte
	end := func() {
		if r, err := smaps.Parse(block); err == nil && r.Anonymous == 0 && r.Swap == 0 {
			clean[of] = true
		}
	}
	for line := range bytes.Lines(sizes) {
		if m, ok := smaps.ParseMapping(string(line)); ok {
			end()
			of, block = addresses{m.From, m.To}, nil
		}
		block = append(block, line...)
	}
	end()
	return clean
}
