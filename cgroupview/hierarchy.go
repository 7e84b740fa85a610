package cgroupview

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"bones/procwalk/mountinfo"
)

// Hierarchy is one mounted cgroup hierarchy.
type Hierarchy struct {
	Version     int      // 1 or 2
	Controllers []string // v1: as mounted together; v2: what its root offers
	Name        string   // of a named v1 hierarchy: systemd for name=systemd
	Mount       string   // where it is mounted
	Root        string   // the group that is seen there, "/" as a rule
	ReadOnly    bool     // mounted read-only
	Dev         uint64   // st_dev of the mount point

	past    Recorded // nil: it is this host's
	starved func(error)
}

// String names it as /proc/PID/cgroup does: "memory", "cpu,cpuacct", "name=systemd"; "v2" for version 2.
func (h *Hierarchy) String() string {
	if h.Version == 2 {
		return "v2"
	}
	names := slices.Clone(h.Controllers)
	if h.Name != "" {
		names = append(names, "name="+h.Name)
	}
	return strings.Join(names, ",")
}

// field is the middle field of its lines in /proc/PID/cgroup.
func (h *Hierarchy) field() string {
	if h.Version == 2 {
		return ""
	}
	return h.String()
}

// Has reports whether a controller belongs to the hierarchy.
func (h *Hierarchy) Has(controller string) bool { return slices.Contains(h.Controllers, controller) }

// Is reports whether the middle field of a line of /proc/PID/cgroup means this hierarchy. The order of controllers
// that are mounted together differs between the two files.
func (h *Hierarchy) Is(controllers string) bool {
	if controllers == "" {
		return h.Version == 2
	}
	names := strings.Split(controllers, ",")
	return h.Version == 1 && !slices.ContainsFunc(names, func(n string) bool {
		return n != "name="+h.Name && !h.Has(n)
	})
}

// Dir returns the directory of the group with this path, as /proc/PID/cgroup has it, without looking whether it is
// there: ErrNotMounted if the mount shows another part of the hierarchy, ErrOutside if the path leads out of it.
func (h *Hierarchy) Dir(group string) (string, error) {
	inside := group
	if h.Root != "/" { // it may begin with steps up, as the path then does
		rest, ok := strings.CutPrefix(group, h.Root)
		if !ok || rest != "" && rest[0] != '/' {
			return "", ErrNotMounted
		}
		inside = rest
	}
	if slices.Contains(strings.Split(inside, "/"), "..") {
		return "", ErrOutside
	}
	return path.Join(h.Mount, inside), nil
}

// Mounted returns the cgroup file systems that we see mounted, as self/mountinfo of this proc file system ("/proc")
// lists them. Their Dev, and for version 2 their Controllers, are not asked for; Open does that.
//
// Source: proc_pid_mountinfo(5).
func Mounted(proc string) ([]*Hierarchy, error) {
	f, err := os.Open(path.Join(proc, "self/mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("finding the cgroup file systems: %w", err)
	}
	defer f.Close()
	mounts, err := mountinfo.Read(f)
	if err != nil && (!errors.Is(err, mountinfo.ErrForm) || errors.Is(err, mountinfo.ErrCut)) {
		return nil, fmt.Errorf("finding the cgroup file systems: %w", err)
	}
	return Hierarchies(mounts), nil
}

// Hierarchies finds the cgroup file systems among the mounts, in the order of the mounts.
func Hierarchies(mounts []mountinfo.Mount) []*Hierarchy {
	var list []*Hierarchy
	for _, m := range mounts {
		h := &Hierarchy{Root: m.Root.Raw(), Mount: m.Point.Raw(), ReadOnly: mountinfo.Has(m.Options, "ro")}
		version, options := m.Cgroup()
		if version == 0 {
			continue
		}
		h.Version = version
		for _, option := range options {
			if name, named := strings.CutPrefix(option, "name="); named {
				h.Name = name
			} else if !slices.Contains(notControllers, option) && !strings.Contains(option, "=") {
				h.Controllers = append(h.Controllers, option)
			}
		}
		list = append(list, h)
	}
	return list
}

// notControllers are the mount options of version 1 that name no controller.
//
// Source: kernel/cgroup/cgroup-v1.c, cgroup1_show_options.
var notControllers = []string{"rw", "ro", "noprefix", "xattr", "clone_children", "cpuset_v2_mode", "favordynmods",
	"none", "seclabel"}

// Locate returns the first hierarchy that shows the group of a line of /proc/PID/cgroup, and the group's directory.
// The error is ErrNotMounted or ErrOutside if none does.
func Locate(in []*Hierarchy, controllers, group string) (*Hierarchy, string, error) {
	err := ErrNotMounted
	for _, h := range in {
		if !h.Is(controllers) {
			continue
		}
		dir, why := h.Dir(group)
		if why == nil {
			return h, dir, nil
		}
		if why != ErrNotMounted {
			err = why
		}
	}
	return nil, "", err
}
