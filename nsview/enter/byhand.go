package enter

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/nsview/enter/environment"
	"bones/procwalk"
	"bones/procwalk/effect"
)

// nsenterFlags are the names of the types in util-linux.
var nsenterFlags = [procwalk.NSTypes]string{"--cgroup", "--ipc", "--mount", "--net", "--pid", "--time", "--user",
	"--uts"}

// lent is where the copy of busybox is for the command by hand: on a file system in memory that is detached when the
// program starts, so that the descriptor that leads there leads nowhere else. It needs a /proc inside.
const (
	lent     = "/proc/self/fd/9/busybox"
	lentFrom = `d=$(mktemp -d) && mount -t tmpfs -o mode=0755 none "$d" && cp `
	lentTo   = ` "$d/busybox" && exec 9<"$d" && umount -l "$d" && rmdir "$d" && `
)

// ByHand implements effect.Effect: nsenter(1), after the shell has put itself into the cgroups. nsenter has no way to
// take on capabilities, no_new_privs or an LSM label, nor a terminal of its own. The values of the target's
// environment, which may be secrets, do not stand in it.
func (e *Enter) ByHand() string {
	words := append(e.joinByHand(), "--")
	words = append(words, e.programByHand()...)
	if e.req.TargetEnv {
		script := `exec env -i "$@" ` + effect.Command(append(e.req.Set, "")...)
		script = strings.TrimSuffix(script, "''") + `"$(command -v nsenter)" ` + effect.Command(words[1:]...)
		words = []string{"xargs", "-0", "-a", "/proc/" + strconv.Itoa(e.byHand) + "/environ", "sh", "-c", script, "sh"}
	} else {
		words = append(append([]string{"env", "-i"}, e.plan.Env...), words...)
	}
	var script strings.Builder
	for _, g := range e.plan.Groups {
		script.WriteString("echo $$ >" + effect.Command(g.Dir+"/cgroup.procs") + " && ")
	}
	if e.plan.Lend {
		script.WriteString(lentFrom + effect.Command(e.busyboxPath()) + lentTo)
	}
	if script.Len() == 0 {
		return effect.Command(words...)
	}
	script.WriteString(`exec "$@"`)
	words = append([]string{"sh", "-c", script.String(), "sh"}, words...)
	if e.plan.UserBus != "" {
		words = append([]string{"systemd-run", "--user", "--scope", "--quiet", "--"}, words...)
	}
	return effect.Command(words...)
}

// KeptByHand implements effect.Discreet: the values that the user gave variables do not stand in it.
func (e *Enter) KeptByHand() string {
	masked := *e
	masked.req.Set = nil
	for _, v := range e.req.Set {
		name, _, _ := strings.Cut(v, "=")
		masked.req.Set = append(masked.req.Set, name+"=...")
	}
	masked.plan.Env = environment.With(e.plan.Env, masked.req.Set)
	return masked.ByHand()
}

// joinByHand is nsenter with its flags.
func (e *Enter) joinByHand() []string {
	words := []string{e.nsenter()}
	if len(e.req.Spaces) == 0 {
		words = append(words, "--target", strconv.Itoa(e.byHand))
		for _, t := range e.joined {
			words = append(words, nsenterFlags[t])
		}
	}
	for _, s := range e.req.Spaces {
		words = append(words, nsenterFlags[s.Type]+"="+s.Path)
	}
	if e.plan.InRoot {
		words = append(words, "--root")
		if e.req.Dir == "" {
			words = append(words, "--wd")
		}
	}
	if e.plan.SetIDs {
		words = append(words, "--setuid", strconv.FormatUint(uint64(e.plan.UID), 10), "--setgid",
			strconv.FormatUint(uint64(e.plan.GID), 10))
	}
	return words
}

// nsenter is its name, or where it is if the program's PATH, with which env(1) looks for it, does not lead there.
func (e *Enter) nsenter() string {
	path, err := exec.LookPath("nsenter")
	if dirs := strings.Split(environment.Get(e.plan.Env, "PATH"), ":"); err == nil && !e.req.TargetEnv &&
		!slices.Contains(dirs, filepath.Dir(path)) {
		return path
	}
	return "nsenter"
}

// programByHand is what nsenter runs.
func (e *Enter) programByHand() []string {
	program := e.req.Program
	if len(program) == 0 {
		program = []string{e.plan.Shells[0]}
	}
	switch {
	case e.plan.Lend && len(e.req.Program) == 0:
		program = []string{lent, "sh"}
	case e.plan.Lend:
		program = append([]string{lent}, program...)
	}
	if dir := e.plan.Dir; dir != "" {
		program = append([]string{"env", "-C", dir}, program...)
	}
	if e.plan.FreshProc {
		program = append([]string{"unshare", "--mount", "--mount-proc", "--"}, program...)
	}
	return program
}
