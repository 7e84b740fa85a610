package rootfs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/fault"
	"bones/procwalk/fdinfo"
	"bones/procwalk/mountinfo"
	"bones/procwalk/rootfs/inroot"

	"golang.org/x/sys/unix"
)

// FileKind is the type of a file.
type FileKind string

const (
	Regular   FileKind = "file"
	Directory FileKind = "directory"
	Link      FileKind = "link"
	FIFO      FileKind = "fifo"
	Socket    FileKind = "socket"
	Char      FileKind = "character device"
	Block     FileKind = "block device"
	Unknown   FileKind = "unknown"
)

// Info is what is known about a file without opening it.
type Info struct {
	Name    string // the last part of its path; hostile text
	Kind    FileKind
	Mode    uint32 // permission bits, with set-user-ID and the like
	UID     uint32 // on this host
	GID     uint32
	UIDIn   int64 // in the process's user namespace; -1 if it has no number there
	GIDIn   int64
	Size    int64 // bytes, as the file system claims
	Links   uint64
	ModTime time.Time
	Target  string // of a link; hostile text
	Dev     uint64 // which file it is
	Ino     uint64
	Rdev    uint64 // of a device node
	MountID uint64 // 0 if the kernel does not tell
	Err     string // why nothing else is known
}

// FileMount is a mount of the process's mount namespace.
type FileMount struct {
	ID     uint64
	Point  string // where it is, as the process sees it
	FSType string
	Source string
	Root   string // what of the file system is mounted
	Kind   string // what it is for a container: "image", "root", "volume", "tmpfs", "kernel", "other"
}

// Stat tells about a file; a link itself, unless follow is set.
func (r *Root) Stat(path string, follow bool) (Info, error) {
	flags := unix.O_PATH
	if !follow {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := r.open(path, flags)
	if err != nil {
		return Info{}, explain(path, err)
	}
	defer unix.Close(fd)
	return r.info(fd, base(path))
}

func base(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// info describes what an O_PATH descriptor stands for.
func (r *Root) info(fd int, name string) (Info, error) {
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW, infoMask, &st); err != nil {
		return Info{}, explain(name, fault.NoCall("statx", "4.11", err))
	}
	i := r.fromStatx(&st, name)
	if i.MountID == 0 {
		i.MountID = mountOf(fd)
	}
	if i.Kind == Link {
		i.Target, _ = inroot.ReadLink(fd)
	}
	return i, nil
}

const infoMask = unix.STATX_BASIC_STATS | unix.STATX_MNT_ID

// fromStatx is what statx tells; the mount is 0 where the kernel does not.
func (r *Root) fromStatx(st *unix.Statx_t, name string) Info {
	i := Info{Name: name, Kind: kindOf(uint32(st.Mode)), Mode: uint32(st.Mode) & 0o7777, UID: st.Uid, GID: st.Gid,
		UIDIn: number(r.uids.Inside(st.Uid)),
		GIDIn: number(r.gids.Inside(st.Gid)), Size: int64(st.Size), Links: uint64(st.Nlink),
		ModTime: time.Unix(st.Mtime.Sec, int64(st.Mtime.Nsec)),
		Dev:     unix.Mkdev(st.Dev_major, st.Dev_minor), Ino: st.Ino, Rdev: unix.Mkdev(st.Rdev_major, st.Rdev_minor)}
	if st.Mask&unix.STATX_MNT_ID != 0 && !r.bare {
		i.MountID = st.Mnt_id
	}
	return i
}

// mountOf returns the ID of the mount that a descriptor is on, for kernels before 5.8; 0 if that cannot be told.
//
// Source: proc_pid_fdinfo(5).
func mountOf(fd int) uint64 {
	f, err := unix.Open("/proc/self/fdinfo/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(f)
	buf := make([]byte, 4096)
	n, err := unix.Read(f, buf)
	if err != nil {
		return 0
	}
	info, _ := fdinfo.Parse(buf[:n])
	return uint64(info.MountID)
}

func kindOf(mode uint32) FileKind {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return Regular
	case unix.S_IFDIR:
		return Directory
	case unix.S_IFLNK:
		return Link
	case unix.S_IFIFO:
		return FIFO
	case unix.S_IFSOCK:
		return Socket
	case unix.S_IFCHR:
		return Char
	case unix.S_IFBLK:
		return Block
	}
	return Unknown
}

// MountOf returns the mount that a file is on.
//
// Source: proc_pid_mountinfo(5).
func (r *Root) MountOf(i Info) (FileMount, error) {
	b, truncated, err := r.folder.Read("mountinfo", mountinfo.Max)
	if err != nil {
		return FileMount{}, fmt.Errorf("mountinfo of the process: %w", err)
	}
	for found, err := range mountinfo.Lines(b) {
		if err != nil || found.ID <= 0 || uint64(found.ID) != i.MountID {
			continue
		}
		m := FileMount{ID: i.MountID, Point: found.Point.Raw(), FSType: found.FSType.Raw(), Source: found.Source.Raw(),
			Root: found.Root.Raw()}
		m.Kind = m.kind()
		return m, nil
	}
	if truncated {
		return FileMount{}, fmt.Errorf("the mount of %q: %w", i.Name, mountinfo.ErrCut)
	}
	return FileMount{}, fmt.Errorf("the mount of %q is not in the process's own list: %w", i.Name, ErrNotFound)
}

// kind says what a mount is to a container.
func (m FileMount) kind() string {
	switch {
	case slices.Contains([]string{"proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "debugfs", "tracefs", "bpf",
		"securityfs"}, m.FSType):
		return "kernel"
	case m.Point == "/" && (m.FSType == "overlay" || m.FSType == "aufs" || m.FSType == "fuse.fuse-overlayfs"):
		return "image"
	case m.Point == "/":
		return "root"
	case m.FSType == "tmpfs" || m.FSType == "devtmpfs":
		return "tmpfs"
	case m.Root != "/" || m.Point != "/":
		return "volume"
	}
	return "other"
}

// Does says in words what Kind is.
func (m FileMount) Does() string {
	return map[string]string{"image": "the image's layers, and on top what the container changed",
		"root": "the root file system", "volume": "a volume: a directory or file from elsewhere",
		"tmpfs": "in memory, gone with the container", "kernel": "the kernel's own"}[m.Kind]
}

// List gives the entries of a directory to yield, in the order of the directory, until it returns false.
func (r *Root) List(path string, yield func(Info) bool) error {
	fd, err := r.open(path, unix.O_DIRECTORY)
	if err != nil {
		return explain(path, err)
	}
	defer unix.Close(fd)
	return r.list(fd, path, yield)
}

// list reads a directory that was opened with O_PATH.
func (r *Root) list(at int, path string, yield func(Info) bool) error {
	dir, err := unix.Openat(at, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return explain(path, err)
	}
	defer unix.Close(dir)
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.ReadDirent(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return explain(path, err)
		}
		if n == 0 {
			return nil
		}
		_, _, names := unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range names {
			if !yield(r.entry(dir, name)) {
				return nil
			}
		}
	}
}

// entry describes one name of a directory; a mount point shows what is mounted there.
func (r *Root) entry(dir int, name string) Info {
	// One call where that tells all: a directory may have very many entries.
	var st unix.Statx_t
	if unix.Statx(dir, name, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, infoMask, &st) == nil {
		if i := r.fromStatx(&st, name); i.MountID != 0 && i.Kind != Link {
			return i
		}
	}
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return Info{Name: name, Kind: Unknown, Err: explain(name, err).Error()}
	}
	defer unix.Close(fd)
	i, err := r.info(fd, name)
	if err != nil {
		return Info{Name: name, Kind: Unknown, Err: err.Error()}
	}
	return i
}

// number is an ID as Info has it: -1 for one that is not in the map.
func number(id uint32, mapped bool) int64 {
	if !mapped {
		return -1
	}
	return int64(id)
}
