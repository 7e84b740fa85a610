package heap

import (
	"runtime"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// UnmapProgram has the kernel forget which pages of the program's file this process has used. Many of them were for
// the start alone, such as the making of commands and their help. As long as they are mapped they count as ours, and
// the kernel keeps them where it is short of memory; what is used again is mapped again, out of the page cache. Where
// it cannot be told which they are, nothing is done.
//
// Source: madvise(2), MADV_DONTNEED: of a private mapping of a file only what was written is lost, and these cannot be
// written.
func UnmapProgram() {
	for _, m := range program() {
		unix.Syscall(unix.SYS_MADVISE, m.StartAddr, m.EndAddr-m.StartAddr, unix.MADV_DONTNEED)
	}
}

// program are the mappings of the program's file that cannot be written: those of the file that this function is in.
func program() (list []*procfs.ProcMap) {
	here, _, _, _ := runtime.Caller(0)
	self, err := procfs.Self()
	if err != nil {
		return nil
	}
	maps, err := self.ProcMaps()
	if err != nil {
		return nil
	}
	for _, code := range maps {
		if here < code.StartAddr || here >= code.EndAddr || code.Inode == 0 {
			continue
		}
		for _, m := range maps {
			if m.Inode == code.Inode && m.Dev == code.Dev && m.Perms.Private && !m.Perms.Write {
				list = append(list, m)
			}
		}
	}
	return list
}
