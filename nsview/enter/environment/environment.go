// Package environment makes the environment of a program that runs inside, and finds users by the files there. What
// comes from the target, its environment as well as its /etc/passwd, is somebody else's choice: it is bounded, and
// what has not the form that it should have counts nothing.
package environment

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// DefaultPath is where programs are looked for when the target does not say.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Clean is the environment for a user inside: nothing of the host's but the kind of terminal. An empty search is
// DefaultPath, an empty home / or, for user 0, /root.
func Clean(uid uint32, home, search, term string) []string {
	if search == "" {
		search = DefaultPath
	}
	switch {
	case home != "":
	case uid == 0:
		home = "/root"
	default:
		home = "/"
	}
	env := []string{"PATH=" + search, "HOME=" + home, "LANG=C.UTF-8"}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-+._", r)
	}
	if term != "" && len(term) < 64 && strings.IndexFunc(term, func(r rune) bool { return !plain(r) }) < 0 {
		env = append(env, "TERM="+term)
	}
	return env
}

// With returns the environment with variables added, each in the place of one with its name.
func With(env []string, more []string) []string {
	list := append([]string(nil), env...)
next:
	for _, v := range more {
		name, _, _ := strings.Cut(v, "=")
		for i, old := range list {
			if strings.HasPrefix(old, name+"=") {
				list[i] = v
				continue next
			}
		}
		list = append(list, v)
	}
	return list
}

// Get returns the value of a variable, empty without one.
func Get(env []string, name string) string {
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// Names returns the names of the variables that an environment has and another has not.
func Names(env, lacking []string) []string {
	var names []string
	for _, v := range env {
		name, _, ok := strings.Cut(v, "=")
		if ok && !hasName(lacking, name) {
			names = append(names, name)
		}
	}
	return names
}

func hasName(env []string, name string) bool {
	for _, v := range env {
		if strings.HasPrefix(v, name+"=") {
			return true
		}
	}
	return false
}

// maxString is the longest that one variable may be, in bytes with the NUL behind it.
//
// Source: execve(2), MAX_ARG_STRLEN.
const maxString = 128 << 10

// Fitting returns the variables that execve takes, and how many it does not because they are too long.
func Fitting(env []string) (list []string, tooLong int) {
	for _, v := range env {
		if len(v) < maxString {
			list = append(list, v)
		} else {
			tooLong++
		}
	}
	return list, tooLong
}

// SearchPath returns where a target's environment has programs looked for, as an image sets it: its PATH, but for what
// is not an absolute path or holds what no path is written with. It is empty if nothing is left.
func SearchPath(env []string) string {
	value := Get(env, "PATH")
	if len(value) > unix.PathMax {
		return ""
	}
	var dirs []string
	for dir := range strings.SplitSeq(value, ":") {
		if plainPath(dir) {
			dirs = append(dirs, dir)
		}
	}
	return strings.Join(dirs, ":")
}

// plainPath reports whether a text is an absolute path that can be shown as it is.
func plainPath(s string) bool {
	return path.IsAbs(s) && len(s) < unix.PathMax && utf8.ValidString(s) &&
		strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// MaxPrograms is how many paths are tried for a program's name.
const MaxPrograms = 128

// Candidates returns the paths to try for a program's name, as a shell would find it in PATH, and how many directories
// of PATH are beyond what is tried.
//
// Source: execvp(3).
func Candidates(name string, env []string) (list []string, beyond int) {
	if strings.Contains(name, "/") || name == "" {
		return []string{name}, 0
	}
	search := "/usr/bin:/bin"
	if hasName(env, "PATH") {
		search = Get(env, "PATH")
	}
	for dir := range strings.SplitSeq(search, ":") {
		if dir == "" {
			dir = "."
		}
		if len(list) == MaxPrograms || len(dir)+len(name) >= unix.PathMax {
			beyond++
			continue
		}
		list = append(list, dir+"/"+name)
	}
	return list, beyond
}
