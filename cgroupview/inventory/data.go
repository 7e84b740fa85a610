package inventory

import (
	"errors"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Data is an Inventory as plain values with exported fields: what a recorder writes down, and what an Inventory is
// made of again without the host that it tells of.
type Data struct {
	Containers []ContainerData // as in Inventory.List
	Members    []MemberData    // of the processes that belong to anything, in the order of the snapshot
	Errors     []string
}

// ContainerData is one container, and what an Inventory knows of it beside its exported fields.
type ContainerData struct {
	Container
	Keys     []string               // Container.Key of the container that each entry of Chain is; empty for what is none
	Recorder *uint32                // the user whose record tells of it; nil: root's, or its groups tell
	Own      []container.CgroupLine // the group of its own in each hierarchy that has one
}

// MemberData is what one process belongs to.
type MemberData struct {
	ID    procwalk.ID
	Chain container.Chain
	Keys  []string // as in ContainerData
	Key   string   // of the innermost container; empty: in none
	Guest bool     // see Inventory.Guest
	Pause *uint32  // whose rootless Podman's pause process it is; nil: it is none
}

// Data returns the inventory of a snapshot as plain values.
func (x *Inventory) Data(s *procwalk.Snapshot) *Data {
	d := &Data{Containers: make([]ContainerData, len(x.List)), Members: make([]MemberData, 0, len(s.Processes))}
	for i, c := range x.List {
		d.Containers[i] = ContainerData{Container: *c, Keys: c.keys, Recorder: c.recorder}
		if p := s.Find(c.PID); p != nil && p.Cgroups != nil {
			asked := x.asked[c.Key]
			for _, l := range p.Cgroups.Lines {
				path, ok := text.New(asked[l.Hierarchy]), asked[l.Hierarchy] != ""
				if asked == nil {
					path, ok = x.Group(c, l)
				}
				if ok {
					l.Path = path
					d.Containers[i].Own = append(d.Containers[i].Own, l)
				}
			}
		}
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		if m := x.member(p); len(m.chain) > 0 || m.key != "" || m.pause {
			is := MemberData{ID: p.ID(), Chain: m.chain, Keys: m.keys, Key: m.key, Guest: m.guest}
			if m.pause {
				is.Pause = &m.pauseUser
			}
			d.Members = append(d.Members, is)
		}
	}
	for _, err := range x.Errors {
		d.Errors = append(d.Errors, err.Error())
	}
	return d
}

// New makes the inventory of a snapshot out of what was written down of it.
func New(d *Data, s *procwalk.Snapshot) *Inventory {
	x := &Inventory{byKey: make(map[string]*Container, len(d.Containers)), rows: make([]membership, len(s.Processes)),
		own: make(map[string]map[int]text.Text, len(d.Containers))}
	for i := range d.Containers {
		c := d.Containers[i].Container
		c.keys, c.recorder = d.Containers[i].Keys, d.Containers[i].Recorder
		x.byKey[c.Key] = &c
		x.List = append(x.List, &c)
		own := map[int]text.Text{}
		for _, l := range d.Containers[i].Own {
			own[l.Hierarchy] = l.Path
		}
		x.own[c.Key] = own
	}
	for _, m := range d.Members {
		is := membership{chain: m.Chain, keys: m.Keys, key: m.Key, guest: m.Guest}
		if m.Pause != nil {
			is.pause, is.pauseUser = true, *m.Pause
		}
		if i, ok := s.Position(m.ID.PID); ok && s.Processes[i].StartTime == m.ID.Start {
			x.rows[i] = is
		}
	}
	for _, e := range d.Errors {
		x.Errors = append(x.Errors, errors.New(e))
	}
	x.share(s, 1) // the PID of bones is another process there
	return x
}
