// Package matrix puts the containers of a moment, the services and the virtual machines of its host beside the eight
// types of namespaces: which of them are their own, which the host's, and with whom they share the others.
package matrix

import (
	"strconv"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/text"
)

// RowKind says what a row is.
type RowKind int

// The kinds of rows, in their order.
const (
	Host RowKind = iota
	Container
	Sandbox
	VM
	Service
)

func (k RowKind) String() string {
	return [...]string{"host", "container", "sandbox", "vm", "service"}[k]
}

// Row is who has the namespaces: the host, a container, a service.
type Row struct {
	Kind      RowKind
	Key       string // of one run of bones
	Name      text.Text
	Container *inventory.Container // the host has none
	ID        procwalk.ID          // the process that stands for it
	Cells     [procwalk.NSTypes]Cell
}

// Cell is how a row stands in the namespaces of one type.
type Cell struct {
	nsview.Isolation
	// With are those who are in it too, each once: containers and services by their names, other processes by PID and
	// name. Of the host's namespace nobody is told: the most are in that. No more than MostWith; More is how many others
	// there are.
	With []text.Text
	More int
}

// MostWith is how many neighbours of one cell are named.
const MostWith = 8

// Matrix is all rows, with what stands for the host.
type Matrix struct {
	Rows      []Row
	Reference nsview.Reference
}

// Of returns the index in Rows of the row with a key, -1 if there is none.
func (m *Matrix) Of(key string) int {
	for i := range m.Rows {
		if m.Rows[i].Key == key {
			return i
		}
	}
	return -1
}

// Build makes the matrix. v is of the moment's snapshot, with the same processes. With sandboxes those have rows, too,
// and what only holds the namespaces of a pod.
func Build(v *nsview.View, now *inventory.Moment, sandboxes bool) *Matrix {
	b := builder{view: v, x: now.Inventory, tree: procwalk.NewTree(v.Snapshot)}
	b.host = nsview.HostOf(v.Snapshot)
	b.services = map[int]*inventory.Container{}
	units := inventory.Units(v.Snapshot)
	for _, u := range units {
		for _, pid := range u.PIDs {
			if u.Chain.Innermost().Kind == container.Service {
				b.services[pid] = u // of several the innermost, which comes last
			}
		}
	}
	m := &Matrix{Reference: b.host}
	for _, pid := range []int{1, 2} {
		if p := v.Snapshot.Find(pid); p != nil {
			m.Rows = append(m.Rows, b.hostRow(p))
			break
		}
	}
	guests := (&inventory.Moment{Snapshot: v.Snapshot, Guests: now.Guests}).GuestUsage()
	if b.x != nil {
		for _, kind := range []RowKind{Container, Sandbox} {
			for _, c := range b.x.List {
				if hidden := c.Sandbox() || c.Pause(); hidden == (kind == Sandbox) && (sandboxes || !hidden) {
					m.Rows = b.add(m.Rows, kind, c)
				}
			}
		}
	}
	for _, g := range guests {
		m.Rows = b.add(m.Rows, VM, g.Container)
	}
	for _, u := range units {
		if u.Chain.Innermost().Kind == container.Service && !b.contains(u) {
			m.Rows = b.add(m.Rows, Service, u)
		}
	}
	return m
}

// builder makes the rows of one moment.
type builder struct {
	view     *nsview.View
	x        *inventory.Inventory
	tree     *procwalk.Tree
	host     nsview.Reference
	services map[int]*inventory.Container // by PID: the innermost one
}

// contains reports whether a service is nothing but a container: what a unit of Podman's runs has a row already.
func (b *builder) contains(u *inventory.Container) bool {
	p := b.view.Snapshot.Find(u.PID)
	if b.x == nil || p == nil {
		return false
	}
	_, in := b.x.Of(p)
	return in
}

// hostRow is the first: what the others are compared with.
func (b *builder) hostRow(p *procwalk.Process) Row {
	r := Row{Kind: Host, Key: "host", Name: text.New("host"), ID: p.ID()}
	for t := range procwalk.NSTypes {
		c := &r.Cells[t]
		c.Type, c.Inode, c.Share = t, b.host.Inode[t], nsview.Hosts
		if c.Inode == 0 {
			c.Share = nsview.Unknown
			if p.NS != nil {
				c.Err = p.NS.Err[t]
			}
		}
		if n := b.view.Find(nsview.Key{Type: t, Inode: c.Inode}); n != nil {
			c.Others = n.Members
		}
	}
	return r
}

func (b *builder) add(rows []Row, kind RowKind, c *inventory.Container) []Row {
	p := b.view.Snapshot.Find(c.PID)
	if p == nil {
		return rows
	}
	r := Row{Kind: kind, Key: c.Key, Name: c.Label(), Container: c, ID: p.ID()}
	for t, is := range b.isolation(kind, c, p) {
		r.Cells[t].Isolation = is
		if is.Share == nsview.Neighbour {
			r.Cells[t].With, r.Cells[t].More = b.with(is.Others)
		}
	}
	return append(rows, r)
}

// isolation is the one rule of whose a namespace is. A service is all the processes of its group, as a container is.
func (b *builder) isolation(kind RowKind, c *inventory.Container,
	p *procwalk.Process) [procwalk.NSTypes]nsview.Isolation {
	if kind != Service {
		return b.x.Isolation(b.view, b.host, b.tree, p)
	}
	main, _ := b.view.Snapshot.Position(p.PID)
	family := []int32{int32(main)}
	for _, pid := range c.PIDs {
		if at, ok := b.view.Snapshot.Position(pid); ok && at != main {
			family = append(family, int32(at))
		}
	}
	return b.view.Isolation(b.host, family)
}

// with names who else is in a namespace.
func (b *builder) with(others []int32) (list []text.Text, more int) {
	seen := map[string]bool{}
	for _, row := range others {
		p := &b.view.Snapshot.Processes[row]
		name := ""
		if b.x != nil {
			name = b.x.Label(p).Raw()
		}
		if s := b.services[p.PID]; name == "" && s != nil {
			name = s.Label().Raw()
		}
		if name == "" {
			name = p.Comm.Raw() + " (PID " + strconv.Itoa(p.PID) + ")"
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		if len(list) == MostWith {
			more++
			continue
		}
		list = append(list, text.New(name))
	}
	return list, more
}
