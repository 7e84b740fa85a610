// Package netview looks into the network namespaces of this host: which there are, whose they are, which sockets and
// interfaces are in them, and how one reaches another. The commands ports, net and reach and the terminal UI show what
// it finds.
package netview

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// View is the network namespaces of this host at one time. What is in them is read when it is asked for. It is for one
// goroutine at a time.
type View struct {
	Snapshot  *procwalk.Snapshot
	Inventory *inventory.Inventory
	Spaces    []*Space // the host's first, then by label
	Notes     []string // what could not be looked at, a sentence each
	Left      int      // sockets that the last Ports did not list

	proc       string
	copied     error // why nothing can be read in the namespaces; nil: it can
	reader     *nsview.Reader
	namespaces *nsview.View
	byKey      map[nsview.Key]*Space
	links      map[nsview.Key]*read // what was read of the interfaces
	left       int                  // how many namespaces there are beside Spaces
	starved    func(error)          // see target.Finder.Starved; may be nil
}

// Space is one network namespace.
type Space struct {
	Key        nsview.Key
	Host       bool                   // it is the host's
	Containers []*inventory.Container // whose processes are in it, without those that only hold a pod's namespaces
	Bound      text.Text              // the file on which it is mounted; empty: none that is seen from here
	First      *procwalk.Process      // of the lowest PID in it; nil: no process is
	Way        string                 // a path by which it can be opened by hand; empty: there is none
	members    []int32
}

// mostSpaces is how many namespaces are looked into: any user who may make a user namespace can make them.
const mostSpaces = 4096

// netnsDirs is where `ip netns` keeps namespaces by name. Source: ip-netns(8).
var netnsDirs = []string{"/run/netns", "/var/run/netns"}

// Open reads the process table and finds the namespaces and containers in it.
func Open(ctx context.Context, f target.Finder) (*View, error) {
	s, x, err := f.Containers(ctx)
	if err != nil {
		return nil, err
	}
	v, err := Of(ctx, f.Proc, s, x)
	if err == nil {
		v.starved = f.Starved
	}
	return v, err
}

// errCopy is what is said of a --proc that is no proc file system.
var errCopy = errors.New("bones asks the running kernel for sockets and interfaces, and this is a copy of a /proc")

// Of finds the namespaces and containers in a process table that somebody has read with inventory.Want. Without x no
// namespace has a container's name.
func Of(ctx context.Context, proc string, s *procwalk.Snapshot, x *inventory.Inventory) (*View, error) {
	reader, err := nsview.NewReader(proc)
	if err != nil {
		return nil, err
	}
	v := &View{Snapshot: s, Inventory: x, proc: proc, reader: reader,
		namespaces: reader.Bound(ctx, nsview.Groups(s), 1, s.Host.OwnPID())}
	if !reader.Live() { // who is meant can be told of a copy
		v.copied = fmt.Errorf("%s: %w", text.Line(proc), errCopy)
	}
	v.find()
	return v, nil
}

// Close closes the descriptors of the namespaces. The View is of no use afterwards.
func (v *View) Close() { v.reader.Close() }

// find makes the list of the spaces.
func (v *View) find() {
	v.byKey, v.links = map[nsview.Key]*Space{}, map[nsview.Key]*read{}
	host := nsview.HostOf(v.Snapshot).Inode[procwalk.Net]
	left := 0
	for i := range v.namespaces.Namespaces {
		n := &v.namespaces.Namespaces[i]
		if n.Type != procwalk.Net {
			continue
		}
		if len(v.Spaces) >= mostSpaces && n.Inode != host {
			left++
			continue
		}
		s := v.newSpace(n)
		s.Host = n.Inode == host
		v.Spaces, v.byKey[n.Key] = append(v.Spaces, s), s
	}
	v.left = left
	slices.SortStableFunc(v.Spaces, func(a, b *Space) int {
		switch {
		case a.Host != b.Host && a.Host:
			return -1
		case a.Host != b.Host:
			return 1
		}
		return strings.Compare(a.Label(), b.Label())
	})
}

func (v *View) newSpace(n *nsview.Namespace) *Space {
	s := &Space{Key: n.Key, members: n.Members, Way: v.namespaces.Way(n.Key)}
	if row := n.Leader(); row >= 0 {
		s.First = &v.Snapshot.Processes[row]
	}
	for _, h := range n.Holders {
		if h.Kind == nsview.ByBind && (s.Bound.Len() == 0 || named(h.Path.Raw())) {
			s.Bound = h.Path
		}
	}
	if v.Inventory == nil {
		return s
	}
	for _, row := range n.Members {
		c, ok := v.Inventory.Of(&v.Snapshot.Processes[row])
		if ok && !c.Pause() && !slices.Contains(s.Containers, c) {
			s.Containers = append(s.Containers, c)
		}
	}
	return s
}

// named reports whether a file gives the namespace a name that `ip netns` knows.
func named(file string) bool { return slices.Contains(netnsDirs, path.Dir(file)) }

// Label names it, safe to print: host, its containers, netns:NAME, or the process of the lowest PID in it.
func (s *Space) Label() string {
	switch {
	case s.Host:
		return "host"
	case len(s.Containers) > 0:
		return s.containers()
	case named(s.Bound.Raw()):
		return "netns:" + text.Line(path.Base(s.Bound.Raw()))
	case s.First != nil:
		return fmt.Sprintf("PID %d (%s)", s.First.PID, s.First.Comm)
	}
	return s.Key.String()
}

// mostNames is how many containers of one namespace are named.
const mostNames = 3

func (s *Space) containers() string {
	var names []string
	for _, c := range s.Containers {
		if !c.Sandbox() || len(s.Containers) == 1 {
			names = append(names, text.Line(c.Label().Raw()))
		}
	}
	if len(names) == 0 {
		names = append(names, text.Line(s.Containers[0].Label().Raw()))
	}
	if more := len(names) - mostNames; more > 0 {
		names = append(names[:mostNames], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ",")
}

// ByHand is a command that runs in the namespace, for a person to type: nsenter, or ip netns exec.
func (s *Space) ByHand(command ...string) string {
	switch {
	case s.Host:
		return effect.Command(command...)
	case s.First != nil:
		return effect.Command(append([]string{"nsenter", "-t", strconv.Itoa(s.First.PID), "-n"}, command...)...)
	case named(s.Bound.Raw()):
		return effect.Command(append([]string{"ip", "netns", "exec", path.Base(s.Bound.Raw())}, command...)...)
	}
	return effect.Command(append([]string{"nsenter", "--net=" + s.Way}, command...)...)
}

// SpaceOf is the network namespace that a process is in; nil if that cannot be seen.
func (v *View) SpaceOf(p *procwalk.Process) *Space {
	if p == nil || p.NS == nil {
		return nil
	}
	return v.byKey[nsview.Key{Type: procwalk.Net, Inode: p.NS.Inode[procwalk.Net]}]
}

func processes(n int) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// noteError is note for what an error kept from being seen. If that was for want of a descriptor, rows are missing
// that only bones lacks: the command has failed.
func (v *View) noteError(s string, err error) {
	v.note(s)
	if v.starved != nil && fault.Starved(err) {
		v.starved(fault.Hinted("not all of the network could be read", err, fault.Remedy(err, "")))
	}
}

// note keeps a sentence once.
func (v *View) note(s string) {
	if !slices.Contains(v.Notes, s) {
		v.Notes = append(v.Notes, s)
	}
}

// inside opens a conversation about a namespace.
func inside[T any](ctx context.Context, v *View, s *Space, open func() (T, error), drop func(T)) (T, error) {
	c, err := nsview.Inside(ctx, v.reader, v.namespaces, s.Key, open, drop)
	if errors.Is(err, nsview.ErrNoWay) {
		err = fault.New(fault.Gone, "nothing is left through which bones could open this namespace")
	}
	return c, err
}
