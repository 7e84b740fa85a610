package watch

import (
	"strconv"

	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// processFiles reads files of processes, one after the other into the same memory and with no more system calls than
// it takes: on a busy host a process begins and ends every few milliseconds. What cannot be read is empty, and what is
// read is good until the next file is.
type processFiles struct {
	name quick.Name
	buf  []byte
}

const (
	statMax = 4096 // bytes
	// groupsMax is more than the cgroup file of a process can have, in bytes: the path of one group of each hierarchy.
	groupsMax = 16 * unix.PathMax
)

func (f *processFiles) stat(proc string, pid int) []byte {
	return f.read(proc, pid, "stat", statMax, quick.Read)
}

func (f *processFiles) cgroup(proc string, pid int) []byte {
	return f.read(proc, pid, "cgroup", groupsMax, quick.ReadWaiting)
}

func (f *processFiles) read(proc string, pid int, file string, most int,
	read func(dirfd int, name quick.Name, buf *[]byte, limit int) (int, error)) []byte {
	if f.buf == nil {
		f.buf = make([]byte, statMax)
	}
	f.name = processFile(f.name[:0], proc, pid, file)
	n, _ := read(unix.AT_FDCWD, f.name, &f.buf, most)
	return f.buf[:min(n, most)]
}

// processFile appends to name that of a file of a process.
func processFile(name quick.Name, proc string, pid int, file string) quick.Name {
	name = strconv.AppendInt(append(append(name, proc...), '/'), int64(pid), 10)
	return append(append(append(name, '/'), file...), 0)
}
