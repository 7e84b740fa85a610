package enter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bones/cgroupview/systemd"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Who is not root may move a process into the group of a container of their own only from a group that has an ancestor
// of theirs in common with it. A login's group has none: between it and the groups of the user's manager systemd alone
// moves processes. So that manager is asked for a scope, and from there the program goes on into the target's group.
// Where there is no such manager the program stays outside, as with `podman exec`, and that is said.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Delegation Containment".

// delegated sorts the target's groups for a caller who is not root: those that are somebody else's are not even tried.
func (p *plan) delegated() {
	if os.Geteuid() == 0 {
		return
	}
	all := p.Groups
	p.Groups = nil
	for _, g := range all {
		if unix.Faccessat(unix.AT_FDCWD, filepath.Join(g.Dir, "cgroup.procs"), unix.W_OK, unix.AT_EACCESS) != nil {
			p.Denied = append(p.Denied, g)
			continue
		}
		p.Groups = append(p.Groups, g)
		if g.Hierarchy == "0" { // the managers of version 1 delegate nothing
			p.UserBus, _ = systemd.UserBus()
		}
	}
}

// joinGroups moves the process that is to become the program into the target's groups. Of those that whoever is not
// root cannot join it returns, in one line, which they are and why; root's failure is an error.
func (p *plan) joinGroups(pid int) (outside string, err error) {
	denials := make([]string, 0, len(p.Denied))
	for _, g := range p.Denied {
		denials = append(denials, text.Line(g.Dir)+" is another user's")
	}
	asked := false
	for _, g := range p.Groups {
		err := g.join(pid)
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrPermission) || os.Geteuid() == 0 {
			return "", err
		}
		why := errors.New("there is no systemd of the user's own to ask for it, as a login or " +
			"`loginctl enable-linger` starts")
		if p.UserBus != "" && !asked {
			asked = true
			name := fmt.Sprintf("bones-enter-%d-%d.scope", p.Target.PID, pid)
			why = systemd.StartScope(context.Background(), p.UserBus, name, "entering "+fmt.Sprint(p.Target.PID), pid)
			if why == nil {
				why = g.join(pid)
			}
		}
		if why != nil {
			denials = append(denials, fmt.Sprintf("%s cannot be joined from the caller's%s; %v", text.Line(g.Dir),
				errnoName(err), why))
		}
	}
	return strings.Join(denials, "; "), nil
}
