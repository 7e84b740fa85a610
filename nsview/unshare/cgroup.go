package unshare

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// hierarchy is one mounted cgroup file system, and our own group in it.
type hierarchy struct {
	v2          bool
	controllers []string // v1: memory, "name=systemd", ...; v2: what the kernel offers there at all
	mount       string   // where it is mounted
	root        string   // the group that is seen at the mount point
	own         string   // our own group, as /proc/self/cgroup has it
}

// dir is the directory of our own group. The caller has seen that own lies in root.
func (h hierarchy) dir() string {
	return filepath.Join(h.mount, strings.TrimPrefix(h.own, strings.TrimSuffix(h.root, "/")))
}

// hierarchies finds the cgroup file systems and our place in them. Source: cgroups(7).
func hierarchies() ([]hierarchy, error) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	mounted, err := cgroupview.Mounted("/proc")
	if err != nil {
		return nil, err
	}
	found := ownGroups(groups, mounted)
	found = slices.DeleteFunc(found, func(h hierarchy) bool { return !genuine(h) })
	for i, h := range found {
		if h.v2 {
			names, err := os.ReadFile(filepath.Join(h.dir(), "cgroup.controllers"))
			if err != nil {
				return nil, err
			}
			found[i].controllers = strings.Fields(string(names))
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no cgroup file system is mounted where we can see our own group; mount one, or leave the " +
			"limits away")
	}
	return found, nil
}

// genuine reports whether a real cgroup file system stands there, and not a directory of somebody's making.
func genuine(h hierarchy) bool {
	var st unix.Statfs_t
	if unix.Statfs(h.dir(), &st) != nil {
		return false
	}
	if h.v2 {
		return st.Type == unix.CGROUP2_SUPER_MAGIC
	}
	return st.Type == unix.CGROUP_SUPER_MAGIC
}

// ownGroups pairs the lines of /proc/self/cgroup with the mounts that show our own group. Groups outside our cgroup
// namespace ("/..") and removed ones are left out.
func ownGroups(groups []byte, mounted []*cgroupview.Hierarchy) []hierarchy {
	var all []hierarchy
	for _, line := range procwalk.ParseCgroup(groups).Lines {
		h := hierarchy{v2: line.V2(), own: line.Path.Raw()}
		if strings.HasPrefix(h.own, "/..") || strings.HasSuffix(h.own, " (deleted)") {
			continue
		}
		if !h.v2 {
			h.controllers = strings.Split(line.Controllers.Raw(), ",")
		}
		if in, _, err := cgroupview.Locate(mounted, line.Controllers.Raw(), h.own); err == nil {
			h.root, h.mount = in.Root, in.Mount
			all = append(all, h)
		}
	}
	return all
}

// setting is one value to write into the new group.
type setting struct{ file, value string }

// settings says which files of a hierarchy the limits go to.
func (l Limits) settings(v2 bool) map[string][]setting {
	s := map[string][]setting{}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	if l.Memory > 0 {
		file := "memory.limit_in_bytes"
		if v2 {
			file = "memory.max"
		}
		s["memory"] = []setting{{file, number(l.Memory)}}
	}
	if l.CPU > 0 {
		s["cpu"] = []setting{{"cpu.cfs_period_us", number(cpuPeriod)}, {"cpu.cfs_quota_us", number(l.CPU)}}
		if v2 {
			s["cpu"] = []setting{{"cpu.max", number(l.CPU) + " " + number(cpuPeriod)}}
		}
	}
	if l.PIDs > 0 {
		s["pids"] = []setting{{"pids.max", number(l.PIDs)}}
	}
	return s
}

// newDir is one directory to make, what to write into it, and the controllers that its parent must hand down first.
type newDir struct {
	parent   string
	name     string
	enable   []string // v2: to add to the parent's cgroup.subtree_control, and to take away afterwards
	cpuset   bool     // v1: cpus and mems must be copied before a process fits in
	settings []setting
}

func (d newDir) path() string { return filepath.Join(d.parent, d.name) }

// planGroup works out where the group is made: pure but for what it reads. Without all only the hierarchies are taken
// that a limit needs. A limit that nothing can set is an error.
func planGroup(name string, l Limits, all bool) ([]newDir, error) {
	hs, err := hierarchies()
	if err != nil {
		return nil, err
	}
	var dirs []newDir
	placed := map[string]bool{}
	var why error
	for _, h := range hs {
		d := newDir{parent: h.dir(), name: name, cpuset: !h.v2 && slices.Contains(h.controllers, "cpuset")}
		var wanted []string
		for c, s := range l.settings(h.v2) {
			if slices.Contains(h.controllers, c) && !placed[c] {
				wanted = append(wanted, c)
				d.settings = append(d.settings, s...)
			}
		}
		if h.v2 && len(wanted) > 0 {
			if d.parent, d.enable, err = h.parentFor(wanted); err != nil {
				why = err
				continue
			}
		}
		for _, c := range wanted {
			placed[c] = true
		}
		if all || len(wanted) > 0 {
			dirs = append(dirs, d)
		}
	}
	for c := range l.settings(false) {
		if placed[c] {
			continue
		}
		if why == nil {
			why = fmt.Errorf("no mounted cgroup hierarchy has the controller %s", c)
		}
		return nil, why
	}
	return dirs, nil
}

// parentFor finds where on v2 a child group has these controllers: the nearest of our own group and its ancestors
// that hands them down already. In the root of the hierarchy, the one group that may have processes and children
// with controllers, they are switched on. Source: Documentation/admin-guide/cgroup-v2.rst, "Controlling Controllers".
func (h hierarchy) parentFor(controllers []string) (dir string, enable []string, err error) {
	for dir := h.dir(); ; dir = filepath.Dir(dir) {
		b, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
		if err != nil {
			return "", nil, err
		}
		handed := strings.Fields(string(b))
		missing := slices.DeleteFunc(slices.Clone(controllers), func(c string) bool { return slices.Contains(handed, c) })
		if len(missing) == 0 {
			return dir, nil, nil
		}
		// Only the real root has no cgroup.type.
		if _, err := os.Lstat(filepath.Join(dir, "cgroup.type")); errors.Is(err, fs.ErrNotExist) && dir == h.dir() {
			return dir, missing, nil
		}
		if dir == filepath.Clean(h.mount) {
			return "", nil, fmt.Errorf("no cgroup above us hands %s down to new groups; systemd-run --scope -p Delegate=yes "+
				"gives one that does", strings.Join(missing, " "))
		}
	}
}

// GroupDir is the directory of a cgroup that was made in one hierarchy, with what must be taken back after it.
type GroupDir struct {
	Path    string   `json:"dir"`
	Enabled []string `json:"enabled,omitempty"` // v2: controllers that its parent hands down for it alone
}

// GroupError is a cgroup that could not be made or joined; without it the program could have been started.
type GroupError struct{ Err error }

func (e *GroupError) Error() string { return e.Err.Error() }
func (e *GroupError) Unwrap() error { return e.Err }

func groupError(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		err = &fault.Error{Kind: fault.NotPermitted, Err: err,
			Hint: "it takes root, or a cgroup that is ours as systemd-run --user --scope -p Delegate=yes gives"}
	}
	return &GroupError{err}
}

// RemoveGroup removes what Child.Dirs names, if no process and no group is in it. It waits for the last processes.
func RemoveGroup(dirs []GroupDir, patience time.Duration) error {
	g := &group{}
	for _, d := range dirs {
		g.dirs = append(g.dirs, newDir{parent: filepath.Dir(d.Path), name: filepath.Base(d.Path), enable: d.Enabled})
	}
	return g.remove(patience)
}

// group is a cgroup that was made, in one or more hierarchies.
type group struct{ dirs []newDir }

// makeGroup makes the directories and writes the limits. On an error nothing is left.
func makeGroup(dirs []newDir) (g *group, notes []string, err error) {
	g = &group{}
	defer func() {
		if err != nil {
			g.remove(0)
		}
	}()
	for _, d := range dirs {
		removeStale(d.parent)
		for i, c := range d.enable {
			if err := writeOnce(filepath.Join(d.parent, "cgroup.subtree_control"), "+"+c); err != nil {
				return g, nil, fmt.Errorf("handing %s down to a new cgroup: %w", c, errors.Join(err, g.disable(d, d.enable[:i])))
			}
		}
		if err := os.Mkdir(d.path(), 0o755); err != nil {
			return g, nil, fmt.Errorf("making a cgroup: %w", errors.Join(err, g.disable(d, d.enable)))
		}
		g.dirs = append(g.dirs, d)
		if d.cpuset {
			if err := copyCpuset(d.path()); err != nil {
				return g, nil, err
			}
		}
		for _, s := range d.settings {
			file := filepath.Join(d.path(), s.file)
			if err := writeOnce(file, s.value); err != nil {
				return g, nil, fmt.Errorf("setting a limit: %w", err)
			}
			if b, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(b)) != s.value {
				notes = append(notes, fmt.Sprintf("%s: asked for %s, the kernel made it %.40q", s.file, s.value,
					strings.TrimSpace(string(b))))
			}
		}
	}
	return g, notes, nil
}

// copyCpuset gives a new v1 cpuset the CPUs and memory nodes of its parent: an empty one takes no process.
// Source: Documentation/admin-guide/cgroup-v1/cpusets.rst.
func copyCpuset(dir string) error {
	for _, f := range []string{"cpuset.cpus", "cpuset.mems"} {
		b, err := os.ReadFile(filepath.Join(filepath.Dir(dir), f))
		if err != nil {
			return err
		}
		if err := writeOnce(filepath.Join(dir, f), strings.TrimSpace(string(b))); err != nil {
			return err
		}
	}
	return nil
}

// join moves the process into the group.
func (g *group) join(pid int) error {
	for _, d := range g.dirs {
		if err := writeOnce(filepath.Join(d.path(), "cgroup.procs"), strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("joining the new cgroup: %w", err)
		}
	}
	return nil
}

// remove takes the group away. Its last processes may be on their way out: it tries again for so long.
func (g *group) remove(patience time.Duration) error {
	var all []error
	deadline := time.Now().Add(patience)
	for _, d := range g.dirs {
		if err := removeDir(d.path(), deadline); err != nil {
			all = append(all, err)
			continue
		}
		g.disable(d, d.enable) // others may use it by now: then it stays
	}
	return errors.Join(all...)
}

// disable takes back what was handed down to a new group.
func (g *group) disable(d newDir, controllers []string) error {
	var all []error
	for _, c := range controllers {
		all = append(all, writeOnce(filepath.Join(d.parent, "cgroup.subtree_control"), "-"+c))
	}
	return errors.Join(all...)
}

// removeDir removes one group with rmdir(2), which takes no group that has processes or children.
func removeDir(dir string, deadline time.Time) error {
	for {
		err := unix.Rmdir(dir)
		switch {
		case err == nil, err == unix.ENOENT:
			return nil
		case err == unix.EBUSY && time.Now().Before(deadline):
			time.Sleep(5 * time.Millisecond)
		case err == unix.EBUSY:
			return fmt.Errorf("the cgroup %s still has processes or groups in it: it stays", dir)
		case err != unix.EINTR:
			return &fs.PathError{Op: "rmdir", Path: dir, Err: err}
		}
	}
}

const groupPrefix = "bones-unshare-"

// ownGroupName names a group after us, so that a later run can tell whether its maker still lives.
func ownGroupName() string {
	start, _ := Started(os.Getpid())
	return fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), start)
}

// removeStale removes empty groups whose makers were killed before they could.
func removeStale(parent string) {
	f, err := os.Open(parent)
	if err != nil {
		return
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1)
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, groupPrefix)
		pid, start, ok2 := strings.Cut(rest, "-")
		n, err := parseDecimal(pid)
		if !ok || !ok2 || err != nil {
			continue
		}
		if now, err := Started(int(n)); err == nil && strconv.FormatUint(now, 10) == start || err != nil &&
			!errors.Is(err, procwalk.ErrGone) {
			continue
		}
		unix.Rmdir(filepath.Join(parent, name))
	}
}

// Started returns when a process started, in clock ticks since boot. The error is procwalk.ErrGone if there is no such
// process, or only its zombie: it does nothing any more.
func Started(pid int) (uint64, error) {
	s, err := procwalk.ReadStat("/proc", pid)
	if err == nil && s.Ended() {
		err = procwalk.ErrGone
	}
	return s.StartTime, err
}
