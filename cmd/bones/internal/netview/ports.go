package netview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"bones/cgroupview/inventory"
	"bones/nsview/sockets"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Port is one socket, whose it is, and in which namespace.
type Port struct {
	sockets.Socket
	Space     *Space
	Holders   []sockets.Holder     // who has it open; none: nobody that bones may look at, or the kernel itself
	Processes int                  // how many have it open: Holders are the first of them, sockets.MostHolders at most
	Container *inventory.Container // of the first holder, else whose the namespace is; nil: none
	Interface text.Text            // that it is bound to; empty: any
	// SentRate and ReceivedRate are bytes a second between two readings.
	SentRate, ReceivedRate float64
	HasRates               bool
}

// MostSockets is how many sockets are listed: a busy host has tens of thousands, and anybody can open more.
const MostSockets = 100_000

// Ports reads the sockets of a scope. With a span it reads twice, so long apart, for rates.
func (v *View) Ports(ctx context.Context, scope Scope, ask sockets.Ask, span time.Duration) ([]Port, error) {
	if v.copied != nil {
		return nil, v.copied
	}
	ask.Bytes = ask.Bytes || span > 0
	if ask.Most == 0 {
		ask.Most = MostSockets
	}
	began := time.Now()
	list, err := v.sockets(ctx, scope, ask)
	if err != nil || span == 0 {
		v.noteLeft(ask.Most)
		return v.holders(ctx, scope, list), err
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(span):
	}
	before := map[identity]*Port{}
	for i := range list {
		before[identityOf(&list[i])] = &list[i]
	}
	seconds := time.Since(began).Seconds()
	after, err := v.sockets(ctx, scope, ask)
	if err != nil {
		return nil, err
	}
	for i := range after {
		p := &after[i]
		old := before[identityOf(p)]
		if old == nil || !old.HasBytes || !p.HasBytes || p.Acked < old.Acked || p.Received < old.Received {
			continue
		}
		p.SentRate, p.ReceivedRate = float64(p.Acked-old.Acked)/seconds, float64(p.Received-old.Received)/seconds
		p.HasRates = true
	}
	v.noteLeft(ask.Most)
	return v.holders(ctx, scope, after), nil
}

// identity tells one socket from the next: the kernel gives no cookie twice.
type identity struct {
	space  *Space
	cookie uint64
}

func identityOf(p *Port) identity { return identity{p.Space, p.Cookie} }

// sockets asks the kernel, one namespace after the other. One that cannot be asked is a note, if others can.
func (v *View) sockets(ctx context.Context, scope Scope, ask sockets.Ask) ([]Port, error) {
	var all []Port
	var first error
	v.Left = 0
	refused := 0
	for _, s := range scope.Spaces {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := inside(ctx, v, s, sockets.Open, (*sockets.Conn).Close)
		if err != nil {
			first = cmp.Or(first, err)
			refused++
			continue
		}
		room := ask
		room.Most = ask.Most - len(all)
		list, left, err := c.Read(room)
		c.Close()
		if err != nil && list == nil { // nothing of what was asked for
			first = cmp.Or(first, err)
			refused++
			continue
		}
		if err != nil {
			v.noteError(fmt.Sprintf("%s: %s", s.Label(), fault.Line(err)), err)
		}
		v.Left += left
		for i := range list {
			all = append(all, Port{Socket: list[i], Space: s})
		}
	}
	return all, v.notSeen(scope, refused, first)
}

// noteLeft says how many sockets are not listed, and what lists more.
func (v *View) noteLeft(most int) {
	if v.Left == 0 {
		return
	}
	more := "name a TARGET or a protocol"
	if most < MostSockets {
		more = fmt.Sprintf("`bones ports TARGET` lists up to %d", MostSockets)
	}
	v.note(fmt.Sprintf("and %d more sockets than the %d that are listed; %s", v.Left, most, more))
}

// holders finds the processes and containers of sockets, and leaves out what is not in scope.
func (v *View) holders(ctx context.Context, scope Scope, list []Port) []Port {
	wanted := map[uint64]bool{}
	devices := map[*Space]bool{}
	for i := range list {
		if list[i].Inode != 0 {
			wanted[list[i].Inode] = true
		}
		if list[i].Device != 0 {
			devices[list[i].Space] = true
		}
	}
	h := sockets.FindHolders(ctx, v.proc, v.candidates(scope), wanted)
	if h.Refused > 0 {
		v.note(fmt.Sprintf("bones cannot see which sockets %s %s open: that needs %s", processes(h.Refused),
			map[bool]string{true: "has", false: "have"}[h.Refused == 1], fault.ToTrace))
	}
	if h.Err != nil {
		v.noteError(fmt.Sprintf("bones could not look at all descriptors: %s", fault.Line(h.Err)), h.Err)
	}
	if h.Cut {
		v.note("there are more descriptors than bones looks at: some sockets are shown without a process")
	}
	if h.Crowded {
		v.note(fmt.Sprintf("a socket is open more often than the %d times that bones lists of each", sockets.MostHolders))
	}
	kept := list[:0]
	for i := range list {
		p := &list[i]
		p.Holders, p.Processes = h.Of[p.Inode], h.Number[p.Inode]
		if scope.Only != nil && !slices.ContainsFunc(p.Holders, func(h sockets.Holder) bool {
			return scope.Only[h.Process.ID()]
		}) {
			continue
		}
		p.Container = v.containerOf(p)
		kept = append(kept, *p)
	}
	for s := range devices {
		v.nameDevices(ctx, s, kept)
	}
	return kept
}

// candidates are the processes that may have sockets of a scope open: those in its namespaces. Of a namespace that no
// process is in all are asked, as who has left it keeps its sockets.
func (v *View) candidates(scope Scope) []*procwalk.Process {
	var list []*procwalk.Process
	everybody := len(scope.Spaces) == len(v.Spaces)
	for _, s := range scope.Spaces {
		everybody = everybody || len(s.members) == 0
	}
	inScope := map[*Space]bool{}
	for _, s := range scope.Spaces {
		inScope[s] = true
	}
	for i := range v.Snapshot.Processes {
		p := &v.Snapshot.Processes[i]
		if scope.Only != nil && scope.Only[p.ID()] || scope.Only == nil && (everybody || inScope[v.SpaceOf(p)]) {
			list = append(list, p)
		}
	}
	return list
}

// containerOf is the container of a socket.
func (v *View) containerOf(p *Port) *inventory.Container {
	if len(p.Holders) > 0 && v.Inventory != nil {
		c, _ := v.Inventory.Of(p.Holders[0].Process)
		return c
	}
	if len(p.Space.Containers) == 1 && !p.Space.Host {
		return p.Space.Containers[0]
	}
	return nil
}

// nameDevices names the interfaces that sockets of a namespace are bound to.
func (v *View) nameDevices(ctx context.Context, s *Space, list []Port) {
	r := v.read(ctx, s)
	for i := range list {
		if p := &list[i]; p.Space == s && p.Device != 0 {
			if l := r.at(p.Device); l != nil {
				p.Interface = l.Name
			} else {
				p.Interface = text.New(fmt.Sprintf("if%d", p.Device))
			}
		}
	}
}
