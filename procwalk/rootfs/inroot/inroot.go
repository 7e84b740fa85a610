// Package inroot resolves paths below a directory as chroot(2) would have it: no link and no ".." leads out, whatever
// is renamed meanwhile.
package inroot

import (
	"strings"

	"bones/procwalk/openat2"

	"golang.org/x/sys/unix"
)

// Dir resolves paths below a directory that is held open, as if it were the root. The zero Walk tries openat2 first.
type Dir struct {
	FD   int
	Walk bool // go step by step, without openat2
}

// Open resolves a path, which does not begin with a slash, to an O_PATH descriptor. With O_NOFOLLOW among the flags
// the last part may be a link, which is then opened itself.
//
// Source: openat2(2), RESOLVE_IN_ROOT: absolute links and ".." stay within the root, as chroot(2) has it.
func (d *Dir) Open(path string, flags int) (int, error) {
	flags |= unix.O_PATH
	if d.Walk {
		return d.step(path, flags)
	}
	fd, err := openat2.Open(d.FD, path, flags, unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS)
	if err == unix.ENOSYS || err == unix.EPERM && d.refused() {
		d.Walk = true
		return d.step(path, flags)
	}
	return fd, err
}

// refused reports whether a filter of system calls refuses openat2 whatever it is asked for.
func (d *Dir) refused() bool {
	fd, err := openat2.Open(d.FD, ".", unix.O_PATH, unix.RESOLVE_IN_ROOT)
	if err == nil {
		unix.Close(fd)
	}
	return err == unix.EPERM
}

// maxLinks is how many links are followed, as in the kernel (MAXSYMLINKS).
const maxLinks = 40

// step resolves a path one name at a time, for kernels before 5.6. Each directory on the way is held open, so that
// ".." goes back to where we came from whatever is renamed meanwhile, and never beyond the root.
//
// Long: one loop over the names of a path, whose state each case changes.
func (d *Dir) step(path string, flags int) (int, error) {
	stack := []int{d.FD}
	defer func() {
		for _, fd := range stack[1:] {
			unix.Close(fd)
		}
	}()
	names := strings.Split(path, "/")
	links := 0
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		at := stack[len(stack)-1]
		last := true
		for _, n := range names {
			last = last && n == ""
		}
		switch name {
		case "", ".":
			if last {
				return duplicate(at)
			}
			continue
		case "..":
			if len(stack) > 1 {
				unix.Close(at)
				stack = stack[:len(stack)-1]
			}
			if last {
				return duplicate(stack[len(stack)-1])
			}
			continue
		}
		if len(stack) > 512 {
			return -1, unix.ENAMETOOLONG
		}
		var st unix.Stat_t
		fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return -1, err
		}
		if err := unix.Fstat(fd, &st); err != nil {
			unix.Close(fd)
			return -1, err
		}
		trailing := len(names) > 0
		switch {
		case st.Mode&unix.S_IFMT == unix.S_IFLNK && (!last || flags&unix.O_NOFOLLOW == 0 || trailing):
			target, err := follow(fd)
			unix.Close(fd)
			if err != nil {
				return -1, err
			}
			if links++; links > maxLinks {
				return -1, unix.ELOOP
			}
			if strings.HasPrefix(target, "/") {
				for _, fd := range stack[1:] {
					unix.Close(fd)
				}
				stack = stack[:1]
			}
			names = append(strings.Split(target, "/"), names...)
			if len(names) > unix.PathMax {
				return -1, unix.ENAMETOOLONG
			}
		case last:
			defer unix.Close(fd)
			if trailing && st.Mode&unix.S_IFMT != unix.S_IFDIR {
				return -1, unix.ENOTDIR
			}
			if flags&unix.O_DIRECTORY != 0 && st.Mode&unix.S_IFMT != unix.S_IFDIR {
				return -1, unix.ENOTDIR
			}
			return duplicate(fd)
		case st.Mode&unix.S_IFMT != unix.S_IFDIR:
			unix.Close(fd)
			return -1, unix.ENOTDIR
		default:
			stack = append(stack, fd)
		}
	}
	return duplicate(stack[len(stack)-1])
}

// follow reads a link. Those of a proc file system are not text as a rule: where they lead has nothing to do with what
// they say. The few that are (self, net) hold a number or a name beside them.
func follow(fd int) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(fd, &fs); err != nil {
		return "", err
	}
	s, err := ReadLink(fd)
	if err == nil && fs.Type == unix.PROC_SUPER_MAGIC && (strings.HasPrefix(s, "/") ||
		strings.Trim(s, "0123456789/aefklmnostu") != "") {
		return "", unix.ELOOP
	}
	return s, err
}

// ReadLink reads the link that an O_PATH descriptor stands for.
func ReadLink(fd int) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", unix.ENOENT
	}
	return string(buf[:n]), nil
}

func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3) }
