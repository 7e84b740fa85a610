package unshare

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"bones/procwalk/effect"
	"bones/procwalk/fault"
)

// ByHand returns the line of util-linux, and around it what makes, enters and removes the cgroup.
func (u Unshare) ByHand() string {
	words := u.byHandWords()
	if u.Group == "" {
		return effect.Command(words...)
	}
	dirs, err := planGroup(u.Group, u.Limits, u.EveryHierarchy)
	if err != nil {
		return "# no cgroup can be made: " + fault.Line(err) + "\n" + effect.Command(words...)
	}
	var before, inside, after []string
	echo := func(value, dir, file string) string {
		return "echo " + value + " > " + effect.Command(filepath.Join(dir, file))
	}
	for _, d := range dirs {
		for _, c := range d.enable {
			before = append(before, echo("+"+c, d.parent, "cgroup.subtree_control"))
		}
		before = append(before, effect.Command("mkdir", d.path()))
		if d.cpuset {
			for _, f := range []string{"cpuset.cpus", "cpuset.mems"} {
				before = append(before, effect.Command("cat",
					filepath.Join(d.parent, f))+" > "+effect.Command(filepath.Join(d.path(), f)))
			}
		}
		for _, s := range d.settings {
			before = append(before, echo(effect.Command(s.value), d.path(), s.file))
		}
		inside = append(inside, echo("$$", d.path(), "cgroup.procs"))
		// A group can be busy for a moment after its last process has been waited for.
		rmdir := effect.Command("rmdir", d.path())
		after = append(after, rmdir+" 2>/dev/null || { sleep 1; "+rmdir+"; }")
		for _, c := range d.enable {
			after = append(after, echo("-"+c, d.parent, "cgroup.subtree_control"))
		}
	}
	enter := effect.Command(append([]string{"sh", "-c", strings.Join(inside, " && ") + ` && exec "$0" "$@"`},
		words...)...)
	return strings.Join(append(before, enter), " && ") + "; s=$?; " + strings.Join(after, "; ") + "; (exit $s)"
}

func (u Unshare) byHandWords() []string {
	words := []string{"unshare"}
	flag := func(f string) { words = append(words, f) }
	if u.Fork && u.KillChild == 0 {
		flag("--fork")
	}
	if u.KillChild == unix.SIGKILL {
		flag("--kill-child")
	} else if u.KillChild != 0 {
		flag("--kill-child=" + signalName(u.KillChild))
	}
	for _, t := range Types() {
		switch file, kept := u.Persist[t.Bit]; {
		case u.Namespaces&t.Bit == 0, t.Bit == Mount && !kept && u.MountProc != "":
		case t.Bit == User && (u.UserMap.asked() || u.GroupMap.asked()) && !kept:
		case kept:
			flag("--" + t.Flag + "=" + file)
		default:
			flag("--" + t.Flag)
		}
	}
	words = append(words, u.mapWords()...)
	switch u.MountProc {
	case "":
	case "/proc":
		flag("--mount-proc")
	default:
		flag("--mount-proc=" + u.MountProc)
	}
	if u.Propagation != "" {
		words = append(words, "--propagation", u.Propagation)
	}
	for _, c := range []struct {
		flag  string
		value *int64
	}{{"--monotonic", u.Monotonic}, {"--boottime", u.Boottime}} {
		if c.value != nil {
			words = append(words, c.flag, strconv.FormatInt(*c.value, 10))
		}
	}
	for _, c := range [][2]string{{"--root", u.Root}, {"--wd", u.Dir}} {
		if c[1] != "" {
			words = append(words, c[0], c[1])
		}
	}
	var ids []string
	if u.SetUID != nil {
		ids = append(ids, "--setuid", fmt.Sprint(*u.SetUID))
	}
	if u.SetGID != nil {
		ids = append(ids, "--setgid", fmt.Sprint(*u.SetGID))
	}
	if u.Hostname == "" {
		words = append(words, ids...)
		if len(u.Command) == 0 {
			return words
		}
		return append(append(words, "--"), u.Command...)
	}
	// unshare has no flag for the host name; it is set before the ids are given up.
	words = append(words, "--", "sh", "-c", `hostname "$0" && exec "$@"`, u.Hostname)
	if len(ids) > 0 || len(u.Command) == 0 {
		words = append(append(words, "unshare"), ids...)
		if len(u.Command) > 0 {
			words = append(words, "--")
		}
	}
	return append(words, u.Command...)
}

func (u Unshare) mapWords() []string {
	var words []string
	if u.UserMap.Single && u.GroupMap.Single && u.UserMap.Inner == 0 && u.GroupMap.Inner == 0 {
		words = append(words, "--map-root-user")
	} else {
		if u.UserMap.Single {
			words = append(words, fmt.Sprintf("--map-user=%d", u.UserMap.Inner))
		}
		if u.GroupMap.Single {
			words = append(words, fmt.Sprintf("--map-group=%d", u.GroupMap.Inner))
		}
	}
	for _, m := range []struct {
		flag string
		IDMap
	}{{"--map-users", u.UserMap}, {"--map-groups", u.GroupMap}} {
		switch {
		case m.Auto:
			words = append(words, m.flag+"=auto")
		case m.Range.Count > 0:
			words = append(words, fmt.Sprintf("%s=%d,%d,%d", m.flag, m.Range.Outer, m.Range.Inner, m.Range.Count))
		}
	}
	if u.SetGroups != "" {
		words = append(words, "--setgroups", u.SetGroups)
	}
	if u.KeepCaps {
		words = append(words, "--keep-caps")
	}
	return slices.Clip(words)
}

func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(int(s))
}
