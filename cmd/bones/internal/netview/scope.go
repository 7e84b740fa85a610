package netview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/spaces"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Scope is what is looked at: all there is, or what a TARGET names.
type Scope struct {
	Spaces    []*Space
	Container *inventory.Container // if it is one
	Process   *procwalk.Process    // if it is one, or the one that backs the container
	Name      string               // for sentences, safe to print
	// Only are the processes whose sockets are meant, where the namespace has others in it, too; nil: all sockets.
	Only map[procwalk.ID]bool
	// Shared says with whom the namespace is shared, where that limits what is shown; empty: with nobody.
	Shared string
	// Untold is how many processes may be in network namespaces that the scope lacks: theirs cannot be told.
	Untold int
}

// All is every namespace. What cannot be among them is noted.
func (v *View) All() Scope {
	if v.left > 0 {
		v.note(fmt.Sprintf("bones leaves out %d network namespaces: it looks into %d at most", v.left, mostSpaces))
	}
	return Scope{Spaces: v.Spaces, Name: "this host", Untold: len(v.namespaces.Unreadable)}
}

// ScopeOfTargets is the scope of the TARGETs of a command line: of none every namespace.
func (v *View) ScopeOfTargets(ctx context.Context, targets ...string) (Scope, error) {
	if len(targets) == 0 {
		return v.All(), nil
	}
	return v.Find(ctx, targets[0])
}

// Find finds what a TARGET names: of a container its network namespace, of a process its own sockets in the one that
// it is in, of what names a namespace (spaces.Parse) that one.
func (v *View) Find(ctx context.Context, word string) (Scope, error) {
	if ref, ok, err := spaces.Parse(word); err != nil {
		return Scope{}, &inventory.TargetError{Wrong: true, Err: err}
	} else if ok {
		return v.findSpace(ctx, ref, word)
	}
	var scope Scope
	c, p, err := v.Inventory.Find(v.Snapshot, word)
	if err != nil {
		if list, several := v.Inventory.FindContainers(v.Snapshot, []string{word}); several == nil && len(list) > 1 {
			return v.pod(word, list), nil
		}
		return scope, err
	}
	if t, parseErr := inventory.ParseTarget(word); p != nil && parseErr == nil && t.Kind == inventory.ByGroup {
		return v.ofGroup(t.Value, p)
	}
	if p != nil {
		scope.Process, scope.Name = p, fmt.Sprintf("PID %d (%s)", p.PID, p.Comm)
		scope.Only = map[procwalk.ID]bool{p.ID(): true}
		s := v.SpaceOf(p)
		if s == nil {
			return scope, v.unseen(p)
		}
		scope.Spaces = []*Space{s}
		return scope, nil
	}
	return v.ofContainers(c.Label().String(), c)
}

// ofGroup is the scope of the processes in a control group that is no container's, and below it.
func (v *View) ofGroup(path string, first *procwalk.Process) (Scope, error) {
	scope := Scope{Process: first, Name: text.Line(path), Only: map[procwalk.ID]bool{}}
	for i := range v.Snapshot.Processes {
		p := &v.Snapshot.Processes[i]
		if p.Cgroups == nil || !slices.ContainsFunc(p.Cgroups.Lines, func(l procwalk.CgroupLine) bool {
			return l.Path.Raw() == path || strings.HasPrefix(l.Path.Raw(), path+"/")
		}) {
			continue
		}
		scope.Only[p.ID()] = true
		if s := v.SpaceOf(p); s != nil && !slices.Contains(scope.Spaces, s) {
			scope.Spaces = append(scope.Spaces, s)
		}
	}
	if len(scope.Spaces) == 0 {
		return scope, v.unseen(first)
	}
	return scope, nil
}

// pod is the scope of a pod of several containers.
func (v *View) pod(word string, list []*inventory.Container) Scope {
	scope, _ := v.ofContainers(text.Line(word), list...)
	scope.Container = nil
	return scope
}

// OfContainer is the scope of a container of the inventory that the view was made with.
func (v *View) OfContainer(c *inventory.Container) (Scope, error) {
	return v.ofContainers(c.Label().String(), c)
}

func (v *View) ofContainers(name string, list ...*inventory.Container) (Scope, error) {
	scope := Scope{Container: list[0], Process: v.Snapshot.Find(list[0].PID), Name: name}
	own := map[procwalk.ID]bool{}
	for _, c := range list {
		for _, pid := range c.PIDs {
			p := v.Snapshot.Find(pid)
			if p == nil {
				continue
			}
			own[p.ID()] = true
			if s := v.SpaceOf(p); s != nil && !slices.Contains(scope.Spaces, s) {
				scope.Spaces = append(scope.Spaces, s)
			}
		}
	}
	if len(scope.Spaces) == 0 {
		return scope, v.unseen(scope.Process)
	}
	for _, s := range scope.Spaces {
		others := 0
		for _, row := range s.members {
			if !own[v.Snapshot.Processes[row].ID()] {
				others++
			}
		}
		if others > 0 {
			scope.Only, scope.Shared = own, v.sharedWith(s, list)
		}
	}
	return scope, nil
}

// sharedWith says who else is in a namespace.
func (v *View) sharedWith(s *Space, own []*inventory.Container) string {
	if s.Host {
		return "the host"
	}
	for _, c := range s.Containers {
		if !slices.Contains(own, c) {
			return c.Label().String()
		}
	}
	return "processes outside of it"
}

func (v *View) unseen(p *procwalk.Process) error {
	if p == nil {
		return fault.New(fault.Gone, "it has ended")
	}
	if p.NS != nil && p.NS.Err[procwalk.Net] != nil {
		return unseenWhy(p.PID, p.NS.Err[procwalk.Net])
	}
	return &fault.Error{Kind: fault.Gone, What: fmt.Sprintf("the network namespace of PID %d", p.PID),
		Why: "it has ended"}
}

// findSpace finds a namespace by its name, file or inode. One that only a descriptor, a socket or a thread keeps is
// looked for in all processes.
func (v *View) findSpace(ctx context.Context, ref spaces.Ref, word string) (Scope, error) {
	key := nsview.Key{Type: procwalk.Net, Inode: ref.Key.Inode}
	if ref.Key.Type >= 0 && ref.Key.Type != procwalk.Net {
		return Scope{}, &inventory.TargetError{Wrong: true, Err: fmt.Errorf("%s is a namespace of type %s: sockets and "+
			"interfaces are in those of type net", text.Sanitise(word), ref.Key.Type)}
	}
	if ref.File != "" {
		file, found, err := spaces.Open(v.reader, ref)
		if err != nil {
			return Scope{}, err
		}
		file.Close()
		if key = found; key.Type != procwalk.Net {
			return Scope{}, fmt.Errorf("%s is of a namespace of type %s, not net", text.Sanitise(word), key.Type)
		}
	}
	s := v.byKey[key]
	if s == nil {
		if all, err := v.reader.Discover(ctx, v.namespaces); err == nil {
			if n := all.Find(key); n != nil {
				v.namespaces = all
				s = v.newSpace(n)
				v.Spaces, v.byKey[key] = append(v.Spaces, s), s
			}
		}
	}
	if s == nil {
		return Scope{}, &inventory.TargetError{Err: fmt.Errorf("%s: there is no network namespace here that a process, a "+
			"thread, a descriptor, a socket or a mount keeps", text.Sanitise(word))}
	}
	return Scope{Spaces: []*Space{s}, Name: s.Label()}, nil
}
