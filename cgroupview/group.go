package cgroupview

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk/fault"
	"bones/procwalk/openat2"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Group is one directory of one hierarchy.
type Group struct {
	Hierarchy *Hierarchy
	Path      text.Text // below the root of the hierarchy, as /proc/PID/cgroup has it
	Dir       text.Text // where it is on this host
	Dev, Ino  uint64    // which directory it is; a group that is made again has another number
	Leaf      bool      // there was no group below when Children found it; false: nobody has looked
}

// Groups are the groups of one process or container, one for each hierarchy.
type Groups struct {
	List []*Group
	// Inner are groups below those of List, in some of the hierarchies: of a container the innermost one that all its
	// processes are in, where its engine has put them below the group that stands for it. Limits there bind as well.
	Inner  []*Group
	Errors []LineError // lines that name no group that can be reached
}

// LineError says why a line of /proc/PID/cgroup leads nowhere.
type LineError struct {
	Line container.CgroupLine
	Err  error
}

// With returns the group where the files of a controller are: in the v1 hierarchy that has it, else in v2 if the
// hierarchy has it there; nil if nowhere.
func (g Groups) With(controller string) *Group {
	for _, x := range g.List {
		if x.Hierarchy.Has(controller) {
			return x
		}
	}
	return nil
}

// Innermost is With, or the group of Inner below that.
func (g Groups) Innermost(controller string) *Group {
	outer := g.With(controller)
	for _, x := range g.Inner {
		if outer != nil && x.Hierarchy == outer.Hierarchy {
			return x
		}
	}
	return outer
}

// V2 returns the group in the unified hierarchy, or nil.
func (g Groups) V2() *Group {
	for _, x := range g.List {
		if x.Hierarchy.Version == 2 {
			return x
		}
	}
	return nil
}

// Group returns the group with this path in a hierarchy. The path comes from outside: it is never followed out of the
// file system or through a link.
func (h *FileSystem) Group(in *Hierarchy, p string) (*Group, error) {
	dir, err := in.Dir(p)
	if err != nil {
		return nil, err
	}
	g := &Group{Hierarchy: in, Path: text.New(p), Dir: text.New(dir)}
	if in.past != nil {
		r := in.past.Group(p)
		if r == nil {
			return nil, failed(g, "", unix.ENOENT)
		}
		g.Dev, g.Ino = r.Dev, r.Ino
		return g, nil
	}
	fd, err := g.open()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, failed(g, "", err)
	}
	g.Dev, g.Ino = st.Dev, st.Ino
	return g, nil
}

// open returns an O_PATH descriptor of the directory, reached without a link and without leaving the file system.
func (g *Group) open() (int, error) {
	if g.Hierarchy.past != nil {
		return -1, failed(g, "", errPast)
	}
	mount, err := unix.Open(g.Hierarchy.Mount, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, failed(g, "", err)
	}
	defer unix.Close(mount)
	below := strings.Trim(strings.TrimPrefix(g.Dir.Raw(), path.Clean(g.Hierarchy.Mount)), "/")
	fd, err := openBelow(mount, cmp.Or(below, "."), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return -1, failed(g, "", err)
	}
	return fd, nil
}

// openBelow opens a path below a directory.
func openBelow(dir int, name string, flags int) (int, error) {
	fd, err := openat2.Open(dir, name, flags|unix.O_NOFOLLOW,
		unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_XDEV|unix.RESOLVE_NO_MAGICLINKS)
	if err == unix.ENOSYS || err == unix.EPERM { // an old kernel, or a filter of system calls
		return walkBelow(dir, name, flags)
	}
	return fd, err
}

// walkBelow is openBelow for kernels before 5.6: one step at a time, none of them a link or a mount.
func walkBelow(dir int, name string, flags int) (int, error) {
	var first unix.Stat_t
	if err := unix.Fstat(dir, &first); err != nil {
		return -1, err
	}
	steps := strings.Split(name, "/")
	at := dir
	for i, step := range steps {
		if step == ".." {
			return -1, unix.EXDEV
		}
		f := unix.O_PATH | unix.O_DIRECTORY
		if i == len(steps)-1 {
			f = flags
		}
		fd, err := unix.Openat(at, step, f|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		if at != dir {
			unix.Close(at)
		}
		if err != nil {
			return -1, err
		}
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Dev != first.Dev || st.Mode&unix.S_IFMT == unix.S_IFLNK {
			unix.Close(fd)
			return -1, cmp.Or(err, error(unix.EXDEV))
		}
		at = fd
	}
	return at, nil
}

// failed says which of the four ways a read of a group, or of a file in it, has failed in.
func failed(g *Group, file string, err error) error {
	where := text.Line(path.Join(g.Dir.Raw(), file))
	kind, hint := error(nil), ""
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOENT) && file == "":
		kind = ErrGone
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EOPNOTSUPP):
		kind = ErrUnsupported
	case errors.Is(err, unix.EROFS):
		kind, hint = ErrReadOnly, "this needs a writable mount, such as the host's"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		kind, hint = ErrNotPermitted, "this needs root, or a group that was delegated to this user"
		if os.Geteuid() == 0 {
			hint = "root of this user namespace may not, or a security module forbids it"
		}
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EXDEV):
		kind = ErrNotCgroup
	default:
		err = fmt.Errorf("%s: %w", where, err)
		if starved := g.Hierarchy.starved; starved != nil && fault.Starved(err) {
			starved(err)
		}
		return err
	}
	return &fault.Error{Kind: fault.Of(kind), What: where, Why: kind.Error(), Hint: hint, Err: errors.Join(kind, err)}
}

// Parent returns the group around g; false for the root, or what is the root as far as we can see.
func (h *FileSystem) Parent(g *Group) (*Group, bool) {
	up, err := h.parent(g)
	return up, up != nil && err == nil
}

// parent returns the group around g; nil without an error for the root, or what is the root as far as we can see.
func (h *FileSystem) parent(g *Group) (*Group, error) {
	p := g.Path.Raw()
	if p == "/" || p == g.Hierarchy.Root {
		return nil, nil
	}
	up := parentPath(p)
	if up == "" {
		return nil, ErrOutside
	}
	return h.Group(g.Hierarchy, up)
}

// Children returns the groups right below g, by name; at most limit of them, and whether there are more.
func (h *FileSystem) Children(g *Group, limit int) (children []*Group, more bool, err error) {
	if past := g.Hierarchy.past; past != nil {
		for _, p := range past.Children(g.Path.Raw()) {
			if len(children) == limit {
				return children, true, nil
			}
			if child, err := h.Group(g.Hierarchy, p); err == nil {
				children = append(children, child)
			}
		}
		return children, false, nil
	}
	fd, err := g.open()
	if err != nil {
		return nil, false, err
	}
	dir, err := openBelow(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	unix.Close(fd)
	if err != nil {
		return nil, false, failed(g, "", err)
	}
	f := os.NewFile(uintptr(dir), g.Dir.Raw())
	defer f.Close()
	for len(children) <= limit {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if !e.IsDir() {
				continue
			}
			var st unix.Stat_t
			if unix.Fstatat(dir, e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
				continue // gone meanwhile
			}
			children = append(children, &Group{Hierarchy: g.Hierarchy, Path: text.New(childPath(g.Path.Raw(), e.Name())),
				Dir: text.New(path.Join(g.Dir.Raw(), e.Name())), Dev: st.Dev, Ino: st.Ino, Leaf: st.Nlink == 2})
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, failed(g, "", err)
		}
	}
	if more = len(children) > limit; more {
		children = children[:limit]
	}
	slices.SortFunc(children, func(a, b *Group) int { return cmp.Compare(a.Path.Raw(), b.Path.Raw()) })
	return children, more, nil
}
