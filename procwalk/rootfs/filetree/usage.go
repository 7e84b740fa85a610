package filetree

import (
	"errors"
	"io"
	"os"
	"path"

	"bones/procwalk/openat2"

	"golang.org/x/sys/unix"
)

// TreeUse is what a directory and all below it take on the disk, as du -sx has it.
type TreeUse struct {
	Bytes  uint64 // of disk blocks; what has several names counts once
	Files  uint64 // entries that were looked at
	Unread uint64 // directories that could not be read; what is in them is missing
	Why    string // of the first of them
	Links  bool   // there were more files with several names than are remembered: some count more than once
	Path   string // where it is now
}

const (
	linksMost = 1 << 20 // files with several names that are remembered
	tellUsage = 1000    // entries
)

// Usage measures the directory that top stands for, which is called dir, and all below it that is on the same file
// system. tell is called now and then; false ends it.
func Usage(top int, dir string, tell func(TreeUse) bool) (u TreeUse, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(top, &st); err != nil {
		return u, Explain(dir, err)
	}
	u.Bytes, u.Files = uint64(st.Blocks)*512, 1
	device, seen := st.Dev, map[uint64]bool{}
	left := []string{"."}
	for len(left) > 0 {
		at := left[len(left)-1]
		left = left[:len(left)-1]
		u.Path = path.Join(dir, at)
		// Beneath the top, whatever is renamed meanwhile, and never through a link or onto another mount.
		fd, err := openat2.Open(top, at, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW,
			unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_XDEV)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EXDEV) || errors.Is(err, unix.ELOOP) ||
			errors.Is(err, unix.ENOTDIR) {
			continue // it is gone, or something else by now
		}
		if err == nil {
			left, err = u.directory(fd, at, device, seen, left, tell)
		}
		if errors.Is(err, ErrGivenUp) {
			return u, err
		}
		if err != nil {
			if u.Unread++; u.Why == "" {
				u.Why = Explain(u.Path, openat2.Missing(err)).Error()
			}
		}
	}
	return u, nil
}

// directory adds the entries of one directory, and notes those below it that are to be read. It closes fd.
func (u *TreeUse) directory(fd int, at string, device uint64, seen map[uint64]bool, left []string,
	tell func(TreeUse) bool) ([]string, error) {
	f := os.NewFile(uintptr(fd), at)
	defer f.Close()
	for {
		names, err := f.Readdirnames(1024)
		for _, name := range names {
			var st unix.Stat_t
			if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT); err != nil {
				continue // it is gone
			}
			if u.Files++; u.Files%tellUsage == 0 && !tell(*u) {
				return left, ErrGivenUp
			}
			if st.Dev != device {
				continue
			}
			if st.Mode&unix.S_IFMT == unix.S_IFDIR {
				left = append(left, path.Join(at, name))
			} else if st.Nlink > 1 {
				if seen[st.Ino] {
					continue
				}
				if len(seen) < linksMost {
					seen[st.Ino] = true
				} else {
					u.Links = true
				}
			}
			u.Bytes += uint64(st.Blocks) * 512
		}
		if err == io.EOF {
			return left, nil
		}
		if err != nil {
			return left, err
		}
	}
}
