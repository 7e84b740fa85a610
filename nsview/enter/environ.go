package enter

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// environment sets the program's environment and which shells to try.
func (e *Enter) environment(t *target) error {
	p := &e.plan
	p.Shells = []string{"/bin/sh"}
	wantShell := len(e.req.Program) == 0 && p.InRoot
	if e.req.TargetEnv || wantShell {
		theirs, err := t.environ(environPatience)
		if err != nil && e.req.TargetEnv {
			return err
		}
		for _, v := range theirs {
			// The name of a program of the target's, to be looked up in the target's root.
			if shell, ok := strings.CutPrefix(v, "SHELL="); ok && wantShell && strings.HasPrefix(shell, "/") &&
				!slices.Contains(p.Shells, shell) {
				p.Shells = append([]string{shell}, p.Shells...)
			}
		}
		if e.req.TargetEnv {
			p.Env = theirs
			return nil
		}
	}
	p.Env = CleanEnv(p.UID, e.req.Term)
	return nil
}

// CleanEnv is the environment for a user inside: nothing of the host's but the kind of terminal.
func CleanEnv(uid uint32, term string) []string {
	home := "/"
	if uid == 0 {
		home = "/root"
	}
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home, "LANG=C.UTF-8"}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-+._", r)
	}
	if term != "" && len(term) < 64 && strings.IndexFunc(term, func(r rune) bool { return !plain(r) }) < 0 {
		env = append(env, "TERM="+term)
	}
	return env
}

// candidates returns the paths to try for a program's name, as a shell would find it in PATH.
//
// Source: execvp(3).
func candidates(name string, env []string) []string {
	if strings.Contains(name, "/") || name == "" {
		return []string{name}
	}
	search := "/usr/bin:/bin"
	for _, v := range env {
		if dirs, ok := strings.CutPrefix(v, "PATH="); ok {
			search = dirs
			break
		}
	}
	var list []string
	for dir := range strings.SplitSeq(search, ":") {
		if dir == "" {
			dir = "."
		}
		if len(list) < maxPrograms && len(dir)+len(name) < unix.PathMax {
			list = append(list, dir+"/"+name)
		}
	}
	return list
}
