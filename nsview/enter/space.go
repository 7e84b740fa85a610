package enter

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Space is a namespace that is entered by itself and not with a process: one that a file, a descriptor, a socket or a
// thread keeps.
type Space struct {
	Type procwalk.NSType
	Name text.Text                // what the user calls it, for messages
	Path string                   // by which nsenter(1) opens it; empty if it cannot
	Open func() (*os.File, error) // opens it, and nothing but it; called at each start
}

// spaces makes the effect for namespaces without a process: the program is the host's, in them. t is we ourselves.
func (e *Enter) spaces(t *target) error {
	p := &e.plan
	if e.req.As == AsContainer || e.req.HostTools || e.req.User != "" || e.req.TargetEnv {
		return errors.New("a namespace without a process has no user and no environment that a program could take on")
	}
	if len(e.req.Types) != int(procwalk.NSTypes) {
		return errors.New("-n chooses among the namespaces of a process, and TARGET is a single namespace: leave out -n")
	}
	for _, s := range e.req.Spaces {
		if !e.joins(s.Type) {
			e.joined = append(e.joined, s.Type)
		}
		p.Spaces = append(p.Spaces, nsview.CloneFlag(s.Type))
	}
	e.as, e.hostProgram = AsRoot, !e.joins(procwalk.Mnt)
	p.HostRoot = !e.joins(procwalk.User)
	p.TTYOwner = os.Geteuid()
	p.UID = uint32(os.Geteuid())
	if !p.HostRoot {
		p.UID, p.GID, p.SetIDs = 0, 0, true
	}
	p.FreshProc = e.joins(procwalk.PID) && !e.joins(procwalk.Mnt)
	if p.ShowsHost = p.FreshProc; p.ShowsHost {
		if err := e.spacesSafe(t); err != nil {
			return err
		}
	}
	p.FreshProc = p.FreshProc && p.HostRoot
	return e.environment(t, &inside{})
}

// spacesSafe refuses to show the host's files to whoever may trace in a pid namespace.
func (e *Enter) spacesSafe(t *target) error {
	i := slices.IndexFunc(e.req.Spaces, func(s Space) bool { return s.Type == procwalk.PID })
	f, err := e.req.Spaces[i].Open()
	if err != nil {
		return err
	}
	defer f.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return err
	}
	return t.safeIn(nsFile{st.Dev, st.Ino}, e.joins(procwalk.User))
}

// openSpaces opens the namespaces for the worker.
func (e *Enter) openSpaces() (files []*os.File, err error) {
	for _, s := range e.req.Spaces {
		f, err := s.Open()
		if err != nil {
			closeFiles(files)
			return nil, fmt.Errorf("the %s namespace %s: %w", s.Type, s.Name, err)
		}
		files = append(files, f)
	}
	return files, nil
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
