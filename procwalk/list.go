package procwalk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// list finds out which processes there are, and returns the batch that their rows come from; nil: /proc.
//
// Listing the directory costs as much as half a batch. Where there is a batch it tells who is there, but for those
// that the kernel hides from it: what was hidden before, or has had one of the numbers that were given out since.
func (w *Walker) list(want Want) (batch Batch, err error) {
	w.inos = w.inos[:0]
	if w.only != nil {
		w.pids = w.only
		return nil, nil
	}
	last, known := w.lastPID()
	b := w.bulk
	if b != nil && b.bulk != nil {
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
		if fresh := last - b.last; batch != nil && known && b.last > 0 && fresh >= 0 && fresh <= fewNumbers &&
			w.passes%rereadEvery != 0 {
			w.pids = append(w.pids[:0], w.unseen...)
			w.hiddenAmong(batch, b.last+1, last)
			b.last = last
			return batch, nil
		}
	}
	if !w.clocks {
		w.pids, err = listPIDs(w.rootfd, w.pids[:0], w.dents)
	} else {
		w.pids, err = listEntries(w.rootfd, w.pids[:0], &w.inos, w.dents)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the processes: %s: %w", w.root, err)
	}
	if batch == nil {
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
	}
	if batch != nil {
		b.last = last
	}
	return batch, nil
}

// fewNumbers is how many numbers are looked up one by one, which costs less than listing all.
const fewNumbers = 256

// lastPID returns the number that was given to a task last in our pid namespace: the next one is higher, or the lowest
// that is free. false: it cannot be told.
//
// Source: proc_loadavg(5); fs/proc/loadavg.c.
func (w *Walker) lastPID() (pid int, ok bool) {
	b, err := readAt(w.rootfd, "loadavg", w.dents)
	if err != nil {
		return 0, false
	}
	f := fields{rest: bytes.TrimSpace(b)}
	f.rest = f.rest[bytes.LastIndexByte(f.rest, ' ')+1:]
	n := f.uint()
	return int(n), !f.bad && n > 0 && n < 1<<30
}

// hiddenAmong adds the processes whose numbers are among these and that the batch does not have. The folder of a
// thread can be opened as well.
func (w *Walker) hiddenAmong(batch Batch, first, last int) {
	for at, pid := batch.Position(first), first; pid <= last; pid++ {
		if at < batch.Len() && batch.PID(at) == pid {
			at++
			continue
		}
		b, err := readAt(w.rootfd, strconv.Itoa(pid)+"/status", w.dents)
		if err == nil && parseStatus(b).TGID == pid && !slices.Contains(w.pids, pid) {
			w.pids = append(w.pids, pid)
		}
	}
	slices.Sort(w.pids)
}

// listPIDs appends to pids the numbers that stand in the directory dirfd, in ascending order. Other names are passed
// over. It allocates nothing when pids and buf have room.
//
// Source: getdents64(2), struct linux_dirent64.
func listPIDs(dirfd int, pids []int, buf []byte) ([]int, error) {
	return listEntries(dirfd, pids, nil, buf)
}

// listEntries is listPIDs, and appends to inos, unless that is nil, the inode of each: the directory of another
// process that has the same number is another one. Where the numbers do not ascend, inos is emptied.
func listEntries(dirfd int, pids []int, inos *[]uint64, buf []byte) ([]int, error) {
	if _, err := unix.Seek(dirfd, 0, unix.SEEK_SET); err != nil {
		return pids, err
	}
	for {
		n, err := unix.Getdents(dirfd, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return pids, err
		}
		if n == 0 {
			break
		}
		for rest := buf[:n]; len(rest) > 19; {
			size := int(binary.NativeEndian.Uint16(rest[16:]))
			if size < 20 || size > len(rest) {
				break
			}
			if pid, ok := pidName(rest[19:size]); ok {
				pids = append(pids, pid)
				if inos != nil {
					*inos = append(*inos, binary.NativeEndian.Uint64(rest))
				}
			}
			rest = rest[size:]
		}
	}
	// The kernel lists them in order; fixtures on other file systems do not.
	if !slices.IsSorted(pids) {
		slices.Sort(pids)
		if inos != nil {
			*inos = (*inos)[:0]
		}
	}
	return pids, nil
}

// pidName reads a NUL-terminated decimal number above 0.
func pidName(name []byte) (int, bool) {
	pid := 0
	for i, c := range name {
		if c == 0 {
			return pid, i > 0 && pid > 0
		}
		if c < '0' || c > '9' || pid > 1<<30 {
			return 0, false
		}
		pid = pid*10 + int(c-'0')
	}
	return 0, false
}
