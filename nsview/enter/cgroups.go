package enter

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// group is one hierarchy's directory for the target.
type group struct {
	Hierarchy string // "0" is version 2
	Dir       string // below a mounted cgroup file system of ours
}

// groups returns the directories of the target's cgroups that are not ours too, in every hierarchy.
//
// Source: cgroups(7), /proc/PID/cgroup.
func (t *target) groups() ([]group, error) {
	theirs, err := t.read("cgroup", 1<<20)
	if err != nil {
		return nil, goneOr(err)
	}
	ours, err := os.ReadFile(t.root + "/self/cgroup")
	if err != nil {
		return nil, err
	}
	mounts, err := os.ReadFile(t.root + "/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return differingGroups(string(theirs), string(ours), cgroupMounts(string(mounts)))
}

func differingGroups(theirs, ours string, mounts []cgroupMount) ([]group, error) {
	same := map[string]bool{}
	for line := range strings.Lines(ours) {
		same[strings.TrimSuffix(line, "\n")] = true
	}
	var list []group
	for line := range strings.Lines(theirs) {
		line = strings.TrimSuffix(line, "\n")
		if same[line] {
			continue
		}
		words := strings.SplitN(line, ":", 3)
		if len(words) != 3 || !strings.HasPrefix(words[2], "/") {
			return nil, fmt.Errorf("/proc/PID/cgroup: not understood: %q", text.Line(line))
		}
		hierarchy, controllers, at := words[0], words[1], words[2]
		if slices.Contains(strings.Split(at, "/"), "..") {
			return nil, fmt.Errorf("its cgroup %s is outside of our cgroup namespace and cannot be joined from here", text.Line(at))
		}
		dir, ok := dirOf(mounts, controllers, at)
		if !ok {
			return nil, fmt.Errorf("its cgroup %s (hierarchy %q) is not below a cgroup file system that is mounted here", text.Line(at), text.Line(controllers))
		}
		list = append(list, group{hierarchy, dir})
	}
	return list, nil
}

// cgroupMount is a mounted cgroup file system.
type cgroupMount struct {
	version int
	options []string // version 1: controllers and name=
	root    string   // the directory of the hierarchy that is mounted
	point   string   // where
}

// cgroupMounts finds them in the text of mountinfo.
//
// Source: proc_pid_mountinfo(5).
func cgroupMounts(mountinfo string) []cgroupMount {
	var list []cgroupMount
	for line := range strings.Lines(mountinfo) {
		left, right, ok := strings.Cut(line, " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !ok || len(l) < 6 || len(r) < 3 {
			continue
		}
		m := cgroupMount{root: unescape(l[3]), point: unescape(l[4]), options: strings.Split(r[2], ",")}
		switch r[0] {
		case "cgroup":
			m.version = 1
		case "cgroup2":
			m.version = 2
		default:
			continue
		}
		list = append(list, m)
	}
	return list
}

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

// dirOf returns the directory of a cgroup in the file system.
func dirOf(mounts []cgroupMount, controllers, at string) (string, bool) {
	for _, m := range mounts {
		if (m.version == 2) != (controllers == "") || (m.version == 1 && !containsAll(m.options, strings.Split(controllers, ","))) {
			continue
		}
		below, ok := at, true
		if m.root != "/" {
			below, ok = strings.CutPrefix(at, m.root)
			ok = ok && (below == "" || below[0] == '/')
		}
		if ok {
			return path.Join(m.point, below), true
		}
	}
	return "", false
}

func containsAll(have, want []string) bool {
	set := map[string]bool{}
	for _, h := range have {
		set[h] = true
	}
	for _, w := range want {
		if !set[w] {
			return false
		}
	}
	return true
}

// join moves a process into the group. The directory must be of a cgroup file system: anybody may mount a tmpfs.
func (g group) join(pid int) error {
	dir, err := unix.Open(g.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return g.failed(err)
	}
	defer unix.Close(dir)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(dir, &fs); err != nil {
		return g.failed(err)
	}
	if fs.Type != unix.CGROUP_SUPER_MAGIC && fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return g.failed(errors.New("not on a cgroup file system"))
	}
	if g.frozen(dir) {
		return g.failed(errors.New("it is frozen, and so would be whoever enters; thaw it first"))
	}
	fd, err := unix.Openat(dir, "cgroup.procs", unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return g.failed(err)
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, strconv.AppendInt(nil, int64(pid), 10)); err != nil {
		return g.failed(err)
	}
	return nil
}

func (g group) failed(err error) error {
	what := fmt.Sprintf("joining its cgroup %s", text.Line(g.Dir))
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.Is(err, unix.EROFS):
		return &denied{doing: what + " needs write access to cgroup.procs there and in the common ancestor; --no-cgroup goes without", errno: err}
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%s: the group has been removed: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// frozen reports whether the group's processes are frozen: version 2 says so in cgroup.events, the freezer of
// version 1 in freezer.state.
func (g group) frozen(dir int) bool {
	return g.says(dir, "cgroup.events", "frozen 1") || g.says(dir, "freezer.state", "FROZEN") || g.says(dir, "freezer.state", "FREEZING")
}

func (g group) says(dir int, file, line string) bool {
	fd, err := unix.Openat(dir, file, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return false
	}
	for l := range strings.Lines(string(buf[:n])) {
		if strings.TrimSuffix(l, "\n") == line {
			return true
		}
	}
	return false
}
