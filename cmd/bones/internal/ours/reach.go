package ours

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links are followed on one way, as the kernel does.
//
// Source: path_resolution(7).
const maxLinks = 40

// Reach opens a directory to write into it, which may be another user's. Links are followed only where nobody else can
// have put them: another user could lead us into a directory of root's.
func (k Purpose) Reach(dir string) (*os.Root, error) {
	at, err := k.ReachDir(dir)
	if err != nil {
		return nil, err
	}
	defer at.Close()
	root, err := os.OpenRoot("/proc/self/fd/" + strconv.Itoa(int(at.Fd())))
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: unix.ENOTDIR}
	}
	return root, nil
}

// ReachDir is Reach for whoever works with descriptors: the directory is open as a place alone (O_PATH).
func (k Purpose) ReachDir(dir string) (*os.File, error) {
	start := "."
	if filepath.IsAbs(dir) {
		start = "/"
	}
	const flags = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC
	at, err := unix.Open(start, flags|unix.O_DIRECTORY, 0)
	failed := func(err error) error {
		if err == unix.ENOENT {
			return &fault.Error{Kind: fault.Broken, What: dir, Why: "there is no such directory (ENOENT)",
				Hint: "make it, or name a file in another one", Err: err}
		}
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	if err != nil {
		return nil, failed(err)
	}
	defer func() { unix.Close(at) }()
	links := 0
	for rest := parts(dir); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		next, err := unix.Openat(at, part, flags, 0)
		if err != nil {
			return nil, failed(err)
		}
		var st unix.Stat_t
		if err = unix.Fstat(next, &st); err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
			var to string
			if to, err = k.follow(at, next, &st, dir, part); err == nil {
				if links++; links > maxLinks {
					err = failed(unix.ELOOP)
				}
				rest = append(parts(to), rest...)
				unix.Close(next)
				restart := "."
				if filepath.IsAbs(to) {
					restart = "/"
				}
				if next, _ = unix.Openat(at, restart, flags|unix.O_DIRECTORY, 0); next < 0 && err == nil {
					err = failed(unix.EACCES)
				}
			}
		}
		if err != nil {
			if next >= 0 {
				unix.Close(next)
			}
			return nil, err
		}
		unix.Close(at)
		at = next
	}
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil, failed(unix.ENOTDIR)
	}
	f := os.NewFile(uintptr(at), dir)
	at = -1
	return f, nil
}

func parts(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// follow returns where a link leads that nobody else can have put there.
func (k Purpose) follow(dir, link int, st *unix.Stat_t, path, name string) (string, error) {
	var holder unix.Stat_t
	if err := unix.Fstat(dir, &holder); err != nil {
		return "", err
	}
	me := uint32(os.Geteuid())
	trusted := func(uid uint32) bool { return uid == 0 || uid == me || unmapped(uid) }
	if !trusted(st.Uid) || !trusted(holder.Uid) || holder.Mode&0o022 != 0 && holder.Mode&unix.S_ISVTX == 0 {
		return "", k.foreign(path, "goes through the link "+strconv.Quote(name)+", which another user may have put there")
	}
	b := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(link, "", b)
	if err != nil {
		return "", &os.PathError{Op: "readlink", Path: path, Err: err}
	}
	return string(b[:n]), nil
}
