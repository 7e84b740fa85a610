package enter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"bones/nsview/enter/environment"
	"bones/procwalk/bounded"
	"bones/procwalk/rootfs"
)

// inside is the root directory that the program will have, to be looked at: the target's, through a worker that can be
// left behind, or ours.
type inside struct {
	client *rootfs.Client // nil: ours
}

// insidePatience is how long the target's file system may take to answer.
const insidePatience = time.Second

func (e *Enter) lookInside(t *target) *inside {
	if !e.plan.InRoot {
		return &inside{}
	}
	return &inside{rootfs.NewClient(t.root, t.id, rootfs.RootDir, insidePatience)}
}

func (i *inside) close() {
	if i.client != nil {
		i.client.Close()
	}
}

// accounts reads the users and groups there.
func (i *inside) accounts() (a environment.Accounts) {
	var err2 error
	a.Passwd, a.Err = i.read("/etc/passwd", environment.MaxAccounts)
	a.Group, err2 = i.read("/etc/group", environment.MaxAccounts)
	if a.Err == nil {
		a.Err = err2
	}
	return a
}

// home returns the home directory of a user there, empty if that cannot be told.
func (i *inside) home(uid uint32) string {
	passwd, _ := i.read("/etc/passwd", environment.MaxAccounts)
	return environment.Accounts{Passwd: passwd}.Home(uid)
}

// read returns the first bytes of a file.
func (i *inside) read(path string, limit int64) ([]byte, error) {
	if i.client == nil {
		b, err := bounded.ReadFile(path, limit)
		if errors.Is(err, bounded.ErrTooLong) {
			err = nil
		}
		return b, err
	}
	var b bytes.Buffer
	err := i.client.Read(context.Background(), path, 0, limit, &b)
	return b.Bytes(), err
}

// lacks reports whether none of the files is there; false if that cannot be told.
func (i *inside) lacks(paths []string) bool {
	for _, path := range paths {
		if !strings.HasPrefix(path, "/") {
			return false
		}
		_, err := i.client.Stat(context.Background(), path, true)
		if !errors.Is(err, rootfs.ErrNotFound) && !errors.Is(err, rootfs.ErrNotDirectory) {
			return false
		}
	}
	return true
}

// lend decides that a program which the target has not is an applet of the host's busybox, of which a copy is lent. A
// program of the host's that needs libraries would not find them there.
func (e *Enter) lend(inside *inside) {
	p := &e.plan
	busybox := ""
	if p.InRoot {
		busybox = e.busyboxPath()
	}
	switch {
	case busybox == "":
	case len(p.Program) == 0:
		p.Lend = inside.lacks(p.Shells)
	case p.Program[0] != "" && !strings.Contains(p.Program[0], "/"):
		paths, _ := environment.Candidates(p.Program[0], p.Env)
		p.Lend = inside.lacks(paths) && slices.Contains(applets(busybox), p.Program[0])
	}
}

// applets returns what a busybox of the host can do.
func applets(busybox string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), insidePatience)
	defer cancel()
	c := exec.CommandContext(ctx, busybox, "--list")
	c.Env = []string{}
	out, err := c.Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// environment sets the program's environment and which shells to try.
func (e *Enter) environment(t *target, inside *inside) error {
	p := &e.plan
	p.Shells = []string{"/bin/sh"}
	var theirs []string
	if e.req.TargetEnv {
		if err := e.environmentSafe(t); err != nil {
			return err
		}
	}
	if e.req.TargetEnv || p.InRoot {
		var err error
		if theirs, err = t.environ(environPatience); err != nil && e.req.TargetEnv {
			return err
		}
	}
	// The name of a program of the target's, to be looked up in the target's root.
	shell := environment.Get(theirs, "SHELL")
	if p.InRoot && strings.HasPrefix(shell, "/") && !slices.Contains(p.Shells, shell) {
		p.Shells = append([]string{shell}, p.Shells...)
	}
	if e.req.TargetEnv {
		var tooLong int
		if p.Env, tooLong = environment.Fitting(theirs); tooLong > 0 {
			p.Notes = append(p.Notes, tooManyBytes(tooLong))
		}
		if e.req.User != "" && e.home != "" {
			p.Env = environment.With(p.Env, []string{"HOME=" + e.home})
		}
	} else {
		home, search := e.home, ""
		if home == "" && e.req.User == "" {
			home = inside.home(p.UID)
		}
		if p.InRoot {
			search = environment.SearchPath(theirs)
		}
		p.Env = environment.Clean(p.UID, home, search, e.req.Term)
	}
	p.Env = environment.With(p.Env, e.req.Set)
	p.Lacks = environment.Names(theirs, p.Env)
	return nil
}

// tooManyBytes says that variables of the target's environment were left out.
func tooManyBytes(n int) string {
	return fmt.Sprintf("%d variables of its environment are longer than 128 KiB: no program takes those, so they are "+
		"left out",
		n)
}
