package filetree

import (
	"strconv"
	"time"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// entry is a file held open with O_PATH, and what is known of it.
type entry struct {
	fd              int
	mode            uint32 // with the type
	uid, gid        uint32
	size            int64
	links           uint32
	dev, ino, mount uint64
	mtime           time.Time
	born            time.Time // zero where the file system does not tell
}

func (e *entry) kind() uint32 { return e.mode & unix.S_IFMT }
func (e *entry) isDir() bool  { return e.kind() == unix.S_IFDIR }
func (e *entry) close()       { unix.Close(e.fd) }

func (e *entry) same(o *entry) bool { return e.dev == o.dev && e.ino == o.ino }

// givenGroup reports whether what was made has another group than ours: the directory around it gave it that.
func (e *entry) givenGroup() bool {
	own, _ := unix.SetfsgidRetGid(-1)
	return e.gid != uint32(own)
}

// kindName is what a file is, for people.
func (e *entry) kindName() string {
	switch e.kind() {
	case unix.S_IFREG:
		return "file"
	case unix.S_IFDIR:
		return "directory"
	case unix.S_IFLNK:
		return "link"
	case unix.S_IFIFO:
		return "fifo"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFCHR:
		return "character device"
	case unix.S_IFBLK:
		return "block device"
	}
	return "file of an unknown kind"
}

const entryMask = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID

// stat describes a descriptor, or a name in a directory, links themselves.
func stat(dir int, name string) (*entry, error) {
	var st unix.Statx_t
	if err := unix.Statx(dir, name, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW, entryMask, &st); err != nil {
		return nil, fault.NoCall("statx", "4.11", err)
	}
	e := &entry{fd: -1, mode: uint32(st.Mode), uid: st.Uid, gid: st.Gid, size: int64(st.Size), links: st.Nlink,
		dev: unix.Mkdev(st.Dev_major, st.Dev_minor), ino: st.Ino, mount: st.Mnt_id,
		mtime: time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec))}
	if st.Mask&unix.STATX_BTIME != 0 {
		e.born = time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
	}
	return e, nil
}

// open holds a name in a directory, a link itself.
func open(dir int, name string) (*entry, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	e, err := stat(fd, "")
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	e.fd = fd
	return e, nil
}

// reopen opens what is held for reading or the like. Only files and directories are: a FIFO would wait, and a device
// can do anything.
func (e *entry) reopen(flags int) (int, error) {
	return unix.Open(selfFD(e.fd), flags|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
}

func selfFD(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func readLink(fd int) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err == nil && n == 0 {
		err = unix.ENOENT
	}
	return string(buf[:max(n, 0)]), err
}

// names gives the names in a directory that is open for reading, until each fails, which is the second error.
func names(dir int, each func(name string) error) (unread, failed error) {
	buf := make([]byte, 32<<10)
	for {
		n, err := unix.ReadDirent(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err, nil
		}
		_, _, list := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range list {
			if err := each(name); err != nil {
				return nil, err
			}
		}
	}
}
