package enter

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk"
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
	mounted, err := cgroupview.Mounted(t.root)
	if err != nil {
		return nil, err
	}
	return differingGroups(theirs, ours, mounted)
}

func differingGroups(theirs, ours []byte, mounted []*cgroupview.Hierarchy) ([]group, error) {
	all := procwalk.ParseCgroup(theirs)
	if all.Err != nil {
		return nil, fmt.Errorf("/proc/PID/cgroup: %w", all.Err)
	}
	same := procwalk.ParseCgroup(ours).Lines
	var list []group
	for _, line := range all.Lines {
		if slices.Contains(same, line) {
			continue
		}
		at := line.Path.Raw()
		if !strings.HasPrefix(at, "/") {
			return nil, fmt.Errorf("/proc/PID/cgroup: not understood: the group %q", line.Path)
		}
		if slices.Contains(strings.Split(at, "/"), "..") {
			return nil, fmt.Errorf("its cgroup %s is outside of our cgroup namespace and cannot be joined from here; "+
				"--no-cgroup goes without", text.Line(at))
		}
		_, dir, err := cgroupview.Locate(mounted, line.Controllers.Raw(), at)
		if err != nil {
			return nil, fmt.Errorf("its cgroup %s (hierarchy %q) is not below a cgroup file system that is mounted here; "+
				"--no-cgroup goes without", text.Line(at), line.Controllers)
		}
		list = append(list, group{strconv.Itoa(line.Hierarchy), dir})
	}
	return list, nil
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
		return lacking(what, "write access to cgroup.procs there and in the common ancestor; --no-cgroup goes without",
			err)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%s: the group has been removed: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// frozen reports whether the group's processes are frozen, as far as its files say so.
func (g group) frozen(dir int) bool {
	return g.says(dir, "cgroup.events") || g.says(dir, "freezer.state")
}

func (g group) says(dir int, file string) bool {
	fd, err := unix.Openat(dir, file, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	frozen, ok := spec.Frozen(buf[:max(n, 0)])
	return err == nil && ok && frozen
}
