package procroot

import (
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// HostGroupNames says what control groups are called on the host whose proc file system is read. The kernel writes
// their paths for whoever reads them: from the root of the reader's own cgroup namespace, so that in a pod another
// container is "/../../kubepods-podX.slice/cri-containerd-ID.scope", and the pod's own one is "/". Neither says which
// container that is. The zero value changes nothing.
//
// Source: cgroup_namespaces(7).
type HostGroupNames struct{ hierarchies []groupRoot }

// groupRoot is the root of our cgroup namespace in one hierarchy.
type groupRoot struct {
	names []string // of the hierarchy as /proc/PID/cgroup has them; none: version 2
	steps []string // from the root of the hierarchy down to that of our namespace
}

// maxGroups bounds how many groups are looked at for ours. A host has some hundreds; a container can make more below
// its own.
const maxGroups = 100_000

var errTooMany = errors.New("there are too many control groups")

// Groups finds out how the names of groups in the proc file system at root differ from those that its host has for
// them. They do not in our own /proc, which says what every other program here says: only one that is mounted
// elsewhere is read as its host reads it. It takes a mount of the hierarchy from outside of our cgroup namespace, as a
// pod has that has the host's root mounted, and one of our own namespace to know its root by.
func Groups(root string) (g HostGroupNames) {
	if path.Clean(root) == "/proc" || !isProc(root) {
		return g
	}
	mounts, err := mountsSeen(root)
	if err != nil {
		return g
	}
	return groupsOf(mounts)
}

func groupsOf(mounts []mountinfo.Mount) (g HostGroupNames) {
	var seen []string
	for _, m := range mounts {
		version, names := m.Cgroup()
		up := m.Root.Raw()
		depth := strings.Count(up, "/..")
		if version == 0 || depth == 0 || up != strings.Repeat("/..", depth) ||
			slices.Contains(seen, m.Device) {
			continue
		}
		own, ok := inodeOfOwn(mounts, m.Device)
		if !ok {
			continue
		}
		left := maxGroups
		steps, err := findBelow(m.Point.Raw(), own, depth, &left)
		if err != nil {
			continue
		}
		seen = append(seen, m.Device)
		g.hierarchies = append(g.hierarchies, groupRoot{names, steps})
	}
	return g
}

// inodeOfOwn is the inode of the root of our cgroup namespace, which a mount that was made in it shows as "/".
func inodeOfOwn(mounts []mountinfo.Mount, device string) (uint64, bool) {
	for _, m := range mounts {
		var st unix.Stat_t
		if m.Device == device && m.Root.Raw() == "/" && unix.Lstat(m.Point.Raw(), &st) == nil &&
			st.Mode&unix.S_IFMT == unix.S_IFDIR {
			return st.Ino, true
		}
	}
	return 0, false
}

// findBelow returns the names of the directories that lead to the one with an inode, which is so many steps below dir.
func findBelow(dir string, inode uint64, depth int, left *int) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if !d.IsDir() {
			continue
		}
		if *left--; *left < 0 {
			return nil, errTooMany
		}
		below := dir + "/" + d.Name()
		if depth > 1 {
			steps, err := findBelow(below, inode, depth-1, left)
			if err == nil {
				return append([]string{d.Name()}, steps...), nil
			}
			if errors.Is(err, errTooMany) {
				return nil, err
			}
			continue
		}
		var st unix.Stat_t
		if unix.Lstat(below, &st) == nil && st.Ino == inode {
			return []string{d.Name()}, nil
		}
	}
	return nil, unix.ENOENT
}

// On returns what the host calls a group. controllers and group are the second and third field of a line of
// /proc/PID/cgroup. What leads out of what is mounted here stays as it is.
func (g HostGroupNames) On(controllers, group string) string {
	for _, h := range g.hierarchies {
		if !h.is(controllers) {
			continue
		}
		rest, up := group, 0
		for rest == "/.." || strings.HasPrefix(rest, "/../") {
			rest, up = rest[len("/.."):], up+1
		}
		if up > len(h.steps) || !strings.HasPrefix(group, "/") {
			return group
		}
		if rest == "/" {
			rest = ""
		}
		var b strings.Builder
		for _, step := range h.steps[:len(h.steps)-up] {
			b.WriteString("/" + step)
		}
		b.WriteString(rest)
		if b.Len() == 0 {
			return "/"
		}
		return b.String()
	}
	return group
}

// is reports whether the second field of a line means this hierarchy.
func (h groupRoot) is(controllers string) bool {
	if controllers == "" || h.names == nil {
		return controllers == "" && h.names == nil
	}
	for name := range strings.SplitSeq(controllers, ",") {
		if !slices.Contains(h.names, name) {
			return false
		}
	}
	return true
}
