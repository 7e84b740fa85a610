package quick

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// List appends to pids the numbers that stand in the directory dirfd, in ascending order. Other names are passed over.
// It allocates nothing when pids and buf have room. To inos, unless that is nil, it appends the inode of each: the
// directory of another process that has the same number is another one. Where the numbers do not ascend, inos is
// emptied.
//
// Source: getdents64(2), struct linux_dirent64.
func List(dirfd int, pids []int, inos *[]uint64, buf []byte) ([]int, error) {
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
