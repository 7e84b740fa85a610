// Package cgroupview reads the cgroup file systems: which hierarchies are mounted, the tree of groups in each, every
// interface file of a group with what it means, the limit that really binds, and how much is used. It makes the effects
// that change them. It knows nothing of processes: a caller brings the lines of /proc/PID/cgroup.
//
// Sources: cgroups(7); Documentation/admin-guide/cgroup-v1/, Documentation/admin-guide/cgroup-v2.rst.
package cgroupview

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Config says where to look.
type Config struct {
	Proc string // the proc file system, whose self/mountinfo is read; "": /proc
	Root string // only what is mounted at or below this directory; "" and "/sys/fs/cgroup": wherever it is
}

// Host is what this host has mounted. It is never changed after it is made, and may be used by several goroutines.
type Host struct {
	config      Config
	hierarchies []*Hierarchy
}

// What a read can end in, beside a value. Each is found by errors.Is in the errors of this package.
var (
	ErrGone          = errors.New("the group has been removed")
	ErrNotPermitted  = errors.New("not permitted")
	ErrUnsupported   = errors.New("this kernel or hierarchy does not have it")
	ErrOutside       = errors.New("the group is outside of our cgroup namespace")
	ErrNotMounted    = errors.New("no cgroup file system that shows the group is mounted here")
	ErrNotCgroup     = errors.New("not a cgroup file system")
	ErrNoHierarchies = errors.New("no cgroup file system is mounted")
)

// Open finds the hierarchies that are mounted. That there are none is an error.
//
// Source: proc_pid_mountinfo(5).
func Open(c Config) (*Host, error) {
	c.Proc = cmp.Or(c.Proc, "/proc")
	f, err := os.Open(path.Join(c.Proc, "self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("finding the cgroup file systems: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("finding the cgroup file systems: %w", err)
	}
	h := &Host{config: c}
	for _, found := range parseMounts(string(b)) {
		if !below(found.Mount, c.Root) {
			continue
		}
		found.learn()
		h.hierarchies = append(h.hierarchies, found)
	}
	if len(h.hierarchies) == 0 {
		return nil, fmt.Errorf("%w at %s; mount -t cgroup2 none DIR shows one", ErrNoHierarchies, text.Line(cmp.Or(c.Root, "any place")))
	}
	slices.SortStableFunc(h.hierarchies, func(a, b *Hierarchy) int {
		return cmp.Or(cmp.Compare(a.Version, b.Version), cmp.Compare(a.String(), b.String()), cmp.Compare(len(a.Root), len(b.Root)))
	})
	return h, nil
}

func below(dir, root string) bool {
	root = strings.TrimSuffix(root, "/")
	return root == "" || root == "/sys/fs/cgroup" || dir == root || strings.HasPrefix(dir, root+"/")
}

// parseMounts finds the cgroup file systems in the text of mountinfo.
func parseMounts(mountinfo string) []*Hierarchy {
	var list []*Hierarchy
	for line := range strings.Lines(mountinfo) {
		left, right, ok := strings.Cut(line, " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !ok || len(l) < 6 || len(r) < 3 || r[0] != "cgroup" && r[0] != "cgroup2" {
			continue
		}
		h := &Hierarchy{Version: 1, Root: unescape(l[3]), Mount: unescape(l[4])}
		h.ReadOnly = slices.Contains(strings.Split(l[5], ","), "ro")
		if r[0] == "cgroup2" {
			h.Version = 2
		} else {
			for option := range strings.SplitSeq(r[2], ",") {
				if name, named := strings.CutPrefix(option, "name="); named {
					h.Name = name
				} else if !slices.Contains(notControllers, option) && !strings.Contains(option, "=") {
					h.Controllers = append(h.Controllers, option)
				}
			}
		}
		list = append(list, h)
	}
	return list
}

// notControllers are the mount options of version 1 that name no controller.
//
// Source: kernel/cgroup/cgroup-v1.c, cgroup1_show_options.
var notControllers = []string{"rw", "ro", "noprefix", "xattr", "clone_children", "cpuset_v2_mode", "favordynmods", "none", "seclabel"}

// unescape undoes the octal escapes of mountinfo: \040 for a blank.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// learn asks the mount point which device it is, and what its root offers.
func (h *Hierarchy) learn() {
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

// Hierarchies returns them: those of version 1 by name, then version 2. One that is mounted several times comes several
// times.
func (h *Host) Hierarchies() []*Hierarchy { return h.hierarchies }

// FromOutside reports whether cgroup file systems are mounted whose root lies outside of our cgroup namespace, as in a
// namespace that was made after they were mounted. Paths as they stand in /proc/PID/cgroup lead nowhere in those.
func (h *Host) FromOutside() bool {
	return slices.ContainsFunc(h.hierarchies, func(in *Hierarchy) bool { return strings.HasPrefix(in.Root, "/..") })
}

// Mode says which versions are mounted: "v1", "v2", "hybrid" or "none".
func (h *Host) Mode() string {
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
func (h *Host) Groups(lines []container.Line) Groups {
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

func (h *Host) ofLine(l container.Line) (*Group, error) {
	p := l.Path.Raw()
	switch {
	case p == "/.." || strings.HasPrefix(p, "/../"):
		return nil, ErrOutside
	case strings.HasSuffix(p, " (deleted)"):
		return nil, ErrGone
	}
	err := ErrNotMounted
	for _, in := range h.hierarchies {
		if !in.is(l.Controllers.Raw()) {
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
func (h *Host) Find(path string) Groups {
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
			g.Errors = append(g.Errors, LineError{container.Line{Controllers: text.New(in.String()), Path: text.New(path)}, err})
		}
	}
	return g
}
