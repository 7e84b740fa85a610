package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
	"bones/ui"
)

// export writes what a view of the terminal UI shows to a new file: what the command of the same name prints with --json,
// for those that the view shows. Nothing is ever overwritten.
func (a *app) export(ctx context.Context, e ui.Export, file string) (_ string, n int, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", 0, err
	}
	place, err := newLocalPlace(path)
	if err != nil {
		return "", 0, err
	}
	defer place.close()
	f, err := place.file(0o600)
	if errors.Is(err, os.ErrExist) {
		return "", 0, fmt.Errorf("%s is there already and is not overwritten; give another name", text.Line(path))
	}
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err == nil {
			err = f.keep()
		} else {
			f.drop() // half an export is none
		}
	}()
	quiet := *a // what the commands say on the side has no place on this screen
	quiet.err = io.Discard
	elements, stop, err := quiet.exported(ctx, e)
	if err != nil {
		return "", 0, err
	}
	defer stop()
	if quiet.incomplete != nil {
		return "", 0, quiet.incomplete
	}
	err = object.WriteArray(f, func(yield func(any) bool) {
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
func (a *app) exported(ctx context.Context, e ui.Export) (elements iter.Seq[any], stop func(), err error) {
	switch stop = func() {}; {
	case e.Group != nil:
		h, err := a.cgroupHost()
		if err != nil {
			return nil, nil, err
		}
		return one(object.NewGroup(h, e.Group, h.OwnerOf(e.Group, chainOf(e.Group)))), stop, nil
	case e.Files != nil:
		return func(yield func(any) bool) {
			for _, i := range e.Files {
				if !yield(object.NewFileEntry(i)) {
					return
				}
			}
		}, stop, nil
	case e.Namespaces != nil:
		return a.exportedNamespaces(ctx, e)
	case e.Containers != nil:
		return a.exportedContainers(ctx, e)
	}
	return a.exportedProcesses(ctx, e.Processes)
}

func one(x any) iter.Seq[any] { return func(yield func(any) bool) { yield(x) } }

// exportedProcesses reads the table once more, with all that bones ps --json tells.
func (a *app) exportedProcesses(ctx context.Context, ids []procwalk.ID) (iter.Seq[any], func(), error) {
	w, err := a.walker()
	if err != nil {
		return nil, nil, err
	}
	snap, err := w.Snapshot(ctx, psfmt.AXJF().Want()|psfmt.ObjectWant|inventory.Want)
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	index, err := a.containers(snap)
	if err != nil {
		w.Close()
		return nil, nil, err
	}
	shown := make(map[procwalk.ID]bool, len(ids))
	for _, id := range ids {
		shown[id] = true
	}
	o := psfmt.Options{Forest: true, Container: index.Label, Runtime: index.Runtime, Only: make([]bool, len(snap.Processes))}
	for i := range snap.Processes {
		o.Only[i] = shown[snap.Processes[i].ID()]
	}
	a.psOptions(&o, true)
	return psElements(snap, &o, processContainer(index)), func() { w.Close() }, nil
}

func (a *app) exportedContainers(ctx context.Context, e ui.Export) (iter.Seq[any], func(), error) {
	source, done, err := a.moments()
	if err != nil {
		return nil, nil, err
	}
	m, list, err := a.usedContainers(ctx, source, nil)
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
				u.cpu, u.hasCPU = shown.CPU, shown.HasCPU // of the last interval, as on the screen
				if !yield(u.object(host)) {
					return
				}
			}
		}
	}, done, nil
}

func (a *app) exportedNamespaces(ctx context.Context, e ui.Export) (iter.Seq[any], func(), error) {
	r, err := a.nsRead(ctx, procwalk.WantNS|inventory.Want, false)
	if err != nil {
		return nil, nil, err
	}
	shown := make(map[nsview.Key]bool, len(e.Namespaces))
	for _, k := range e.Namespaces {
		shown[k] = true
	}
	r.keep = func(n *nsview.Namespace) bool { return shown[n.Key] }
	if e.Unused {
		r.view, err = r.reader.Discover(ctx, r.view)
	} else {
		r.view, err = r.reader.Relate(ctx, r.view)
	}
	if err != nil {
		r.reader.Close()
		return nil, nil, err
	}
	r.aboutLeaders()
	return func(yield func(any) bool) {
		for _, o := range r.objects().List(r.keep) {
			if !yield(o) {
				return
			}
		}
	}, func() { r.reader.Close() }, nil
}
