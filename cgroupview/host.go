// Package cgroupview reads the cgroup file systems: which hierarchies are mounted, the tree of groups in each, every
// interface file of a group with what it means, the limit that really binds, and how much is used. It makes the
// effects that change them. It knows nothing of processes: a caller brings the lines of /proc/PID/cgroup.
//
// Sources: cgroups(7); Documentation/admin-guide/cgroup-v1/, Documentation/admin-guide/cgroup-v2.rst.
package cgroupview

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Config says where the cgroup file systems and /proc are looked for.
type Config struct {
	Proc string // the proc file system, whose self/mountinfo is read; "": /proc
	Root string // only what is mounted at or below this directory; "" and "/sys/fs/cgroup": wherever it is
	// Starved is told of each group and file that is not read because no more files may be opened; may be nil.
	Starved func(error)
}

// FileSystem is what this host has mounted. It is never changed after it is made, and may be used by several
// goroutines.
type FileSystem struct {
	config      Config
	hierarchies []*Hierarchy
}

// What a read can end in, beside a value. Each is found by errors.Is in the errors of this package.
var (
	ErrGone          = error(fault.New(fault.Gone, "the group has been removed"))
	ErrNotPermitted  = error(fault.New(fault.NotPermitted, "not permitted"))
	ErrReadOnly      = error(fault.New(fault.NotPermitted, "the cgroup file system is mounted read-only here"))
	ErrUnsupported   = error(fault.New(fault.Unsupported, "this kernel or hierarchy does not have it"))
	ErrOutside       = errors.New("the group is outside of our cgroup namespace")
	ErrNotMounted    = errors.New("no cgroup file system that shows the group is mounted here")
	ErrNotCgroup     = errors.New("not a cgroup file system")
	ErrNoHierarchies = errors.New("no cgroup file system is mounted")
)

// Open finds the hierarchies that are mounted. That there are none is an error.
func Open(c Config) (*FileSystem, error) {
	c.Proc = cmp.Or(c.Proc, "/proc")
	mounted, err := Mounted(c.Proc)
	if err != nil {
		return nil, err
	}
	h, names := &FileSystem{config: c}, procroot.Groups(c.Proc)
	for _, found := range mounted {
		if !below(found.Mount, c.Root) {
			continue
		}
		found.Root = names.On(found.field(), found.Root)
		found.starved = c.Starved
		found.probe()
		h.hierarchies = append(h.hierarchies, found)
	}
	if len(h.hierarchies) == 0 {
		where := ""
		if !anywhere(c.Root) {
			where = " at " + text.Line(c.Root) + " or below"
		}
		return nil, fmt.Errorf("%w%s; mount -t cgroup2 none DIR shows one", ErrNoHierarchies, where)
	}
	slices.SortStableFunc(h.hierarchies, func(a, b *Hierarchy) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.String(), b.String()),
			cmp.Compare(len(a.Root), len(b.Root)))
	})
	return h, nil
}

// NewFileSystem returns the file system that has these hierarchies, in this order, whatever is mounted on this host: a
// directory of plain files can stand for one that is only read.
func NewFileSystem(list ...*Hierarchy) *FileSystem { return &FileSystem{hierarchies: list} }

func below(dir, root string) bool {
	root = strings.TrimSuffix(root, "/")
	return anywhere(root) || dir == root || strings.HasPrefix(dir, root+"/")
}

// anywhere reports whether hierarchies are looked for wherever they are mounted: the usual place is only where most
// are.
func anywhere(root string) bool {
	root = strings.TrimSuffix(root, "/")
	return root == "" || root == "/sys/fs/cgroup"
}

// probe asks the mount point which device it is, and what its root offers.
func (h *Hierarchy) probe() {
	var st unix.Stat_t
	if unix.Stat(h.Mount, &st) == nil {
		h.Dev = st.Dev
	}
	if h.Version == 2 {
		if b, err := readAt(unix.AT_FDCWD, path.Join(h.Mount, "cgroup.controllers"), make([]byte, 4096)); err == nil {
			h.Controllers = strings.Fields(string(b))
		}
	}
}

// Hierarchies returns them: those of version 1 by name, then version 2. One that is mounted several times comes
// several times.
func (h *FileSystem) Hierarchies() []*Hierarchy { return h.hierarchies }

// FromOutside reports whether cgroup file systems are mounted whose root lies outside of our cgroup namespace, as in a
// namespace that was made after they were mounted. Paths as they stand in /proc/PID/cgroup lead nowhere in those.
func (h *FileSystem) FromOutside() bool {
	return slices.ContainsFunc(h.hierarchies, func(in *Hierarchy) bool { return strings.HasPrefix(in.Root, "/..") })
}

// Mode says which versions are mounted: "v1", "v2", "hybrid" or "none".
func (h *FileSystem) Mode() string {
	var seen [3]bool
	for _, x := range h.hierarchies {
		seen[x.Version] = true
	}
	switch {
	case seen[1] && seen[2]:
		return "hybrid"
	case seen[1]:
		return "v1"
	case seen[2]:
		return "v2"
	}
	return "none"
}

// Groups returns the groups that the lines of one /proc/PID/cgroup name, one for each hierarchy.
func (h *FileSystem) Groups(lines []container.CgroupLine) Groups {
	var g Groups
	for _, l := range lines {
		group, err := h.ofLine(l)
		if err != nil {
			g.Errors = append(g.Errors, LineError{l, err})
		} else {
			g.List = append(g.List, group)
		}
	}
	return g
}

func (h *FileSystem) ofLine(l container.CgroupLine) (*Group, error) {
	p := l.Path.Raw()
	if strings.HasSuffix(p, " (deleted)") {
		return nil, ErrGone
	}
	err := ErrNotMounted
	if container.OutsideNamespace(l.Path) {
		// A mount whose root lies outside of our namespace too shows the group all the same.
		err = ErrOutside
	}
	for _, in := range h.hierarchies {
		if !in.Is(l.Controllers.Raw()) {
			continue
		}
		g, e := h.Group(in, p)
		if e == nil {
			return g, nil
		}
		if !errors.Is(e, ErrNotMounted) {
			err = e
		}
	}
	return nil, err
}

// Find returns the groups with this path, as it stands in /proc/PID/cgroup, in every hierarchy that has one.
func (h *FileSystem) Find(path string) Groups {
	var g Groups
	seen := map[string]bool{}
	for _, in := range h.hierarchies {
		if seen[in.String()] {
			continue
		}
		if found, err := h.Group(in, path); err == nil {
			seen[in.String()] = true
			g.List = append(g.List, found)
		} else if !errors.Is(err, ErrGone) && !errors.Is(err, ErrNotMounted) {
			g.Errors = append(g.Errors, LineError{
				container.CgroupLine{Controllers: text.New(in.String()), Path: text.New(path)},
				err})
		}
	}
	return g
}
