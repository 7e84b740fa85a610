package heap

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"

	"bones/procwalk/proctest"
)

// TestUnmapProgram: what is unmapped is the code and the constants of this program, and they are not resident just
// after that. The test goes on, which it could not if anything else had been.
func TestUnmapProgram(t *testing.T) {
	code, constants, list := false, false, program()
	for _, m := range list {
		if m.Write || m.Inode == 0 {
			t.Errorf("%+v can be written, or is of no file", m)
		}
		code, constants = code || m.Execute, constants || !m.Execute
	}
	if !code || !constants {
		t.Fatalf("code: %v, constants: %v, of %d mappings", code, constants, len(list))
	}
	self, err := procfs.Self()
	if err != nil {
		t.Fatal(err)
	}
	// Of the file alone; memory that comes to the heap meanwhile does not count.
	resident := func() uint64 {
		s, err := self.ProcSMapsRollup()
		if err != nil {
			proctest.Missing(t, "%v", err)
		}
		return s.Rss - s.Anonymous
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for _, m := range list { // all of it is used once
		if _, err := memory.ReadAt(make([]byte, m.To-m.From), int64(m.From)); err != nil {
			t.Fatal(err)
		}
	}
	before := resident()
	UnmapProgram()
	if after := resident(); after >= before {
		t.Errorf("%d bytes of files are resident, %d were", after, before)
	}
}

// TestUnmapProgramKeepsWhatWasWritten: a mapping of the program's file that was written and made read-only after that,
// as the dynamic linker does with the constants of a position-independent program, holds what was written.
func TestUnmapProgramKeepsWhatWasWritten(t *testing.T) {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	b, err := unix.Mmap(int(file.Fd()), 0, 2*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	copy(b, "relocated")
	if err := unix.Mprotect(b, unix.PROT_READ); err != nil {
		t.Fatal(err)
	}
	UnmapProgram()
	if got := string(b[:9]); got != "relocated" {
		t.Errorf("it holds %q", got)
	}
}

// TestUnwritten: of a position-independent program, its constants that the dynamic linker wrote are left alone, in
// memory or in swap; without smaps the code alone is taken, and of code that a debugger wrote nothing.
func TestUnwritten(t *testing.T) {
	maps := ""
	for _, m := range []string{"1000-2000 r--p 0 fe:00 7", "2000-3000 r-xp 0 fe:00 7", "3000-4000 r--p 0 fe:00 7",
		"4000-5000 rw-p 0 fe:00 7", "5000-6000 r-xp 0 fe:00 8", "6000-7000 r--p 0 fe:01 7", "7000-8000 r--s 0 fe:00 7"} {
		maps += m + " /usr/bin/bones-x\n"
	}
	// The constants at 1000 are as in the file, those at 3000 were written.
	block := func(from string, anonymous, swap int) string {
		return fmt.Sprintf("0000%s000-0000%s000 r--p 00000000 fe:00 7          /usr/bin/bones-x\nSize:       4 kB\n"+
			"Rss:        4 kB\nPss:        4 kB\nPrivate_Dirty:  %d kB\nAnonymous:  %d kB\nSwap:       %d kB\n"+
			"THPeligible:    0\nVmFlags: rd mr mw me\n", from, string(from[0]+1), 4, anonymous, swap)
	}
	rest := block("4", 0, 0) + block("5", 0, 0) + block("6", 0, 0) + block("7", 0, 0)
	for name, c := range map[string]struct {
		smaps string
		want  []uint64
	}{
		"relocated":          {block("1", 0, 0) + block("2", 0, 0) + block("3", 4, 0) + rest, []uint64{0x1000, 0x2000}},
		"relocated, in swap": {block("1", 0, 0) + block("2", 0, 0) + block("3", 0, 4) + rest, []uint64{0x1000, 0x2000}},
		"a breakpoint":       {block("1", 0, 0) + block("2", 4, 0) + block("3", 4, 0) + rest, []uint64{0x1000}},
		"not relocated": {block("1", 0, 0) + block("2", 0, 0) + block("3", 0, 0) + rest,
			[]uint64{0x1000, 0x2000, 0x3000}},
		"smaps is not there":  {"", []uint64{0x2000}},
		"smaps is of earlier": {block("1", 0, 0) + rest, []uint64{0x1000}},
	} {
		var got []uint64
		for _, m := range unwritten(maps, 0x2010, []byte(c.smaps)) {
			got = append(got, m.From)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %x, want %x", name, got, c.want)
		}
	}
}
