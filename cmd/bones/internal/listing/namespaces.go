package listing

import (
	"context"
	"fmt"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Namespaces are the namespaces of this host at one time, with the lookups for showing them.
type Namespaces struct {
	Reader *nsview.Reader
	View   *nsview.View
	Keep   func(*nsview.Namespace) bool // which of them are shown
	Names  rows.NSNames
	Index  *inventory.Inventory // of what is shown, for its containers; nil as long as nobody has looked for them
	finder target.Finder
}

// ReadNamespaces reads the process table and groups it. Lean is without users, command lines and containers: those of
// what is shown can be added. The Reader is to be closed at the end.
func ReadNamespaces(ctx context.Context, f target.Finder, want procwalk.Want, lean bool) (*Namespaces, error) {
	reader, err := nsview.NewReader(f.Proc)
	if err != nil {
		return nil, err
	}
	r := &Namespaces{Reader: reader, finder: f}
	if lean {
		r.View, err = leanView(ctx, f, reader)
	} else {
		r.View, err = Groups(ctx, f, want)
		if err == nil {
			err = r.containersOf(r.View.Snapshot)
		}
	}
	if err != nil {
		reader.Close()
		return nil, fmt.Errorf("reading namespaces: %w", err)
	}
	if f.Past != nil {
		r.Names.User = func(uid uint32) text.Text { return text.New(f.Past.User(uid)) }
		return r, nil
	}
	users := accounts.New(accounts.Users(f.Proc))
	if !lean {
		users.LookUpAll(userIDs(r.View.Snapshot))
	}
	r.Names.User = func(uid uint32) text.Text { return text.New(users.Name(uid)) }
	return r, nil
}

// leanView groups the processes by what each of them is in: what one of them made for its children alone does not
// count.
func leanView(ctx context.Context, f target.Finder, reader *nsview.Reader) (*nsview.View, error) {
	s, err := f.Bulk(ctx, procwalk.WantNS)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return reader.Lean(ctx)
	}
	lean := map[*procwalk.Namespaces]*procwalk.Namespaces{} // many processes have the same
	for i := range s.Processes {
		p := &s.Processes[i]
		if lean[p.NS] == nil {
			ns := *p.NS
			ns.PIDForChildren, ns.TimeForChildren = 0, 0
			lean[p.NS] = &ns
		}
		p.NS = lean[p.NS]
	}
	return nsview.Groups(s), nil
}

// containersOf names the containers of the processes of a snapshot that was taken with inventory.Want.
func (r *Namespaces) containersOf(s *procwalk.Snapshot) error {
	index, err := r.finder.Inventory(s)
	if err != nil {
		return err
	}
	r.Index = index
	r.Names.Container = func(p *procwalk.Process) text.Text {
		if q := s.Find(p.PID); q != nil {
			return index.Label(q)
		}
		return text.Text{}
	}
	return nil
}

// ContainersOfLeaders looks at the leaders of what is shown alone: the plain table has no cgroups of the others.
func (r *Namespaces) ContainersOfLeaders(ctx context.Context) error {
	pids := []int{1} // stands for the host
	for i := range r.View.Namespaces {
		if n := &r.View.Namespaces[i]; n.Leader() >= 0 && r.Keep(n) {
			pids = append(pids, r.View.Snapshot.Processes[n.Leader()].PID)
		}
	}
	w, err := r.finder.Table(procwalk.Only(pids))
	if err != nil {
		return err
	}
	defer w.Close()
	s, err := w.Snapshot(ctx, procwalk.Request{Want: inventory.Want})
	if err != nil {
		return err
	}
	return r.containersOf(s)
}

// Groups reads the process table and groups it by namespaces.
func Groups(ctx context.Context, f target.Finder, want procwalk.Want) (*nsview.View, error) {
	w, err := f.Table()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	snap, err := w.Snapshot(ctx, procwalk.Request{Want: want})
	if err != nil {
		return nil, err
	}
	return nsview.Groups(snap), nil
}

// About reads user and command line of these processes, and of no others.
func (r *Namespaces) About(ctx context.Context, who []int32) {
	snap := r.View.Snapshot
	known := map[int32]nsview.Who{}
	if r.finder.Past == nil { // a recording has them in its rows, and what runs now is another
		known = r.Reader.Who(ctx, snap, who)
	}
	r.Names.Who = func(row int32) nsview.Who {
		if w, ok := known[row]; ok {
			return w
		}
		return nsview.WhoOf(&snap.Processes[row])
	}
}

// AboutLeaders reads user and command line of the leaders of the namespaces that are shown, and of no other process.
func (r *Namespaces) AboutLeaders(ctx context.Context) {
	var who []int32
	for i := range r.View.Namespaces {
		if n := &r.View.Namespaces[i]; n.Leader() >= 0 && r.Keep(n) {
			who = append(who, n.Leader())
		}
	}
	r.About(ctx, who)
}

// Objects makes JSON of what was read.
func (r *Namespaces) Objects() *object.Namespaces {
	return &object.Namespaces{View: r.View, Names: &r.Names}
}
