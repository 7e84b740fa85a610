package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// release is one state of the source.
type release struct {
	version    string
	commit     string
	date       time.Time // of the commit; every file has it
	maintainer string    // who made the commit
	work       string    // a directory for what is in the making
}

// describe asks git. A commit without a tag vX.Y.Z is older than every version, and younger than commits before it.
func describe() (*release, error) {
	if _, err := output(nil, "git", "rev-parse", "--git-dir"); err != nil {
		return nil, errors.New("a release tells its commit, and this is no git repository: clone it")
	}
	said, err := output(nil, "git", "show", "-s", "--format=%H%n%ct%n%cn <%ce>", "HEAD")
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("git show printed %q", said)
	}
	seconds, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return nil, err
	}
	r := &release{commit: lines[0], date: time.Unix(seconds, 0).UTC(), maintainer: lines[2]}
	r.version = r.date.Format("0.0~git20060102.150405.") + r.commit[:7]
	if tag, err := output(nil, "git", "describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err == nil {
		r.version = strings.Replace(strings.TrimSpace(string(tag))[1:], "-", "~", 1) // 1.0-rc1 is before 1.0
	}
	changed, err := output(nil, "git", "status", "--porcelain")
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 {
		r.version += "+modified"
	}
	return r, nil
}

func (r *release) binary(arch string) string { return filepath.Join(r.work, arch, "bones") }

// build builds the program as make does, with the commit in it, and as if no variable of Go's were set: for those who
// want it, and for this machine.
func (r *release) build(wanted []string) error {
	for _, arch := range wanted {
		if !slices.Contains(architectures, arch) {
			return fmt.Errorf("-arch %s: a release is made for %q", arch, architectures)
		}
	}
	if !slices.Contains(architectures, runtime.GOARCH) {
		return fmt.Errorf("a release is made on one of %q: the program itself writes its manual pages", architectures)
	}
	for _, arch := range architectures {
		if arch != runtime.GOARCH && !slices.Contains(wanted, arch) {
			continue
		}
		env := []string{"GOFLAGS=-buildvcs=true", "GOOS=linux", "GOARCH=" + arch, "GOAMD64=v1", "GOARM64=v8.0",
			"GOEXPERIMENT=", "GODEBUG="}
		if _, err := output(env, "make", "-s", "build", "BIN="+r.binary(arch)); err != nil {
			return err
		}
		info, err := output(nil, "go", "version", "-m", r.binary(arch))
		if err != nil {
			return err
		}
		if !strings.Contains(string(info), "vcs.revision="+r.commit) {
			return fmt.Errorf("go has not written commit %s into the program: make the release in a clone, not in a worktree",
				r.commit)
		}
	}
	return nil
}
