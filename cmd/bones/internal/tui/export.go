package tui

import (
	"bones/cgroupview/owner"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/rows"
)

// Export writes what a view of the terminal UI shows to a new file: what the command of the same name prints with
// --json, for those that the view shows. Nothing is ever overwritten.
func Export(ctx context.Context, f target.Finder, e ui.Export, file string) (_ string, n int, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", 0, err
	}
	parent, err := copying.NewPlace(path)
	if err != nil {
		return "", 0, err
	}
	defer parent.Close()
	to, err := parent.File(0o600)
	if errors.Is(err, os.ErrExist) {
		return "", 0, fmt.Errorf("%s is there already and is not overwritten; give another name", text.Line(path))
	}
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err == nil {
			err = to.Keep()
		} else {
			to.Drop() // half an export is none
		}
	}()
	var lacks error
	f.Lacks = func(s *procwalk.Snapshot) { lacks = cmp.Or(lacks, s.Incomplete()) }
	elements, stop, err := exported(ctx, f, e)
	if err != nil {
		return "", 0, err
	}
	defer stop()
	if lacks != nil {
		return "", 0, lacks
	}
	err = object.WriteArray(to, func(yield func(any) bool) {
		for x := range elements {
			if d, ok := x.(object.Group); ok {
				n += len(d.Files)
			} else {
				n++
			}
			if !yield(x) {
				return
			}
		}
	})
	return path, n, err
}

// exported reads what is to be written. stop is to be called when all of it was.
func exported(ctx context.Context, f target.Finder, e ui.Export) (elements iter.Seq[any], stop func(), err error) {
	switch stop = func() {}; {
	case e.Group != nil:
		h, err := f.CgroupHost()
		if err != nil {
			return nil, nil, err
		}
		return one(object.NewGroup(h, e.Group, owner.Of(h, e.Group, target.ChainOf(e.Group)))), stop, nil
	case e.Files != nil:
		return func(yield func(any) bool) {
			for _, i := range e.Files {
				if !yield(object.NewFileEntry(i)) {
					return
				}
			}
		}, stop, nil
	case e.Events != nil:
		return func(yield func(any) bool) {
			for i := range e.Events {
				if !yield(object.NewEvent(&e.Events[i])) {
					return
				}
			}
		}, stop, nil
	case e.Matrix != nil:
		return func(yield func(any) bool) {
			for _, r := range e.Matrix {
				if !yield(object.NewMatrixRow(r, rows.MatrixOrder[:])) {
					return
				}
			}
		}, stop, nil
	case e.Namespaces != nil:
		return exportedNamespaces(ctx, f, e)
	case e.Containers != nil:
		return exportedContainers(ctx, f, e)
	}
	return exportedProcesses(ctx, f, e.Processes)
}

func one(x any) iter.Seq[any] { return func(yield func(any) bool) { yield(x) } }

// exportedProcesses reads the table once more, with all that bones ps --json tells.
func exportedProcesses(ctx context.Context, f target.Finder, ids []procwalk.ID) (iter.Seq[any], func(), error) {
	w, err := f.Table()
	if err != nil {
		return nil, nil, err
	}
	snap, err := w.Snapshot(ctx, procwalk.Request{Want: psfmt.AXJF().Want() | object.ProcessWant | inventory.Want})
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	index, err := f.Inventory(snap)
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	shown := make(map[procwalk.ID]bool, len(ids))
	for _, id := range ids {
		shown[id] = true
	}
	o := psfmt.Options{Forest: true, Container: index.Label, Runtime: index.Runtime,
		Only: make([]bool, len(snap.Processes))}
	for i := range snap.Processes {
		o.Only[i] = shown[snap.Processes[i].ID()]
	}
	listing.HostOptions(&o, f.Proc, snap, f.Past)
	o.Width = psfmt.Unlimited
	return listing.Processes(snap, &o, index), func() { w.Close() }, nil
}

func exportedContainers(ctx context.Context, f target.Finder, e ui.Export) (iter.Seq[any], func(), error) {
	source, done, err := listing.OpenSource(f)
	if err != nil {
		return nil, nil, err
	}
	read := func(ctx context.Context, source inventory.Source) (*inventory.Moment, []listing.Container, error) {
		return listing.Containers(ctx, source, nil)
	}
	if len(e.Containers) > 0 && e.Containers[0].Unit() { // services and slices stand alone
		read = listing.Units
	}
	m, list, err := read(ctx, source)
	if err != nil {
		done()
		return nil, nil, err
	}
	host := inventory.HostNamespaces(m.Snapshot)
	return func(yield func(any) bool) {
		for _, shown := range e.Containers {
			for i := range list {
				u := &list[i]
				if u.Key != shown.Key {
					continue
				}
				u.CPU, u.HasCPU = shown.CPU, shown.HasCPU // of the last interval, as on the screen
				if !yield(u.Object(host)) {
					return
				}
			}
		}
	}, done, nil
}

func exportedNamespaces(ctx context.Context, f target.Finder, e ui.Export) (iter.Seq[any], func(), error) {
	r, err := listing.ReadNamespaces(ctx, f, procwalk.WantNS|inventory.Want, false)
	if err != nil {
		return nil, nil, err
	}
	shown := make(map[nsview.Key]bool, len(e.Namespaces))
	for _, k := range e.Namespaces {
		shown[k] = true
	}
	r.Keep = func(n *nsview.Namespace) bool { return shown[n.Key] }
	if e.Unused {
		r.View, err = r.Reader.Discover(ctx, r.View)
	} else {
		r.View, err = r.Reader.Relate(ctx, r.View)
	}
	if err != nil {
		r.Reader.Close()
		return nil, nil, err
	}
	r.AboutLeaders(ctx)
	return func(yield func(any) bool) {
		for _, o := range r.Objects().List(r.Keep) {
			if !yield(o) {
				return
			}
		}
	}, func() { r.Reader.Close() }, nil
}
