package tour

import (
	"context"
	"fmt"
	"os"
	"strings"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/tour/facts"
	"bones/cmd/bones/internal/tour/unfinished"
	"bones/nsview/unshare/demo"
	"bones/procwalk"
	"bones/procwalk/effect"
)

// outing is one tour with what stands around it: what an earlier one left, what there is to walk on, and what
// this one leaves.
type outing struct {
	p       command.Program
	globals command.Globals
}

// clearAway says what tours have left that were killed, and takes it back where the user agrees. Nothing of this keeps
// the user from taking the next one.
func (a outing) clearAway(ctx context.Context) {
	store, err := unfinished.Find(a.globals.Journal, a.globals.HostRoot)
	if err != nil {
		return
	}
	for _, t := range store.Left() {
		standing, err := a.p.Host().Standing(t.Run)
		if err != nil {
			a.p.Complain(err)
			continue
		}
		if t.Demo {
			if err := endDemo(ctx, a.p.Host(), a.globals, t.Name); err != nil {
				a.p.Complain(err)
				continue
			}
		} else if len(standing) > 0 {
			a.p.Complain(fmt.Errorf("an earlier tour on %s was killed, and some of its changes remain", t.Name))
			a.takeBack(ctx, standing)
		}
		store.Forget(t)
	}
}

// takeBack takes changes back, the newest first, after asking about each.
func (a outing) takeBack(ctx context.Context, list []host.Entry) {
	for _, e := range list {
		undo, err := a.p.Host().UndoNumber(ctx, e.N)
		if err == nil {
			_, err = a.p.Host().Perform(ctx, undo, effect.Unsaid)
		}
		if err != nil {
			a.p.Complain(fmt.Errorf("%s: %w; bones undo %d takes it back", printed(e.N, e.What.Raw()), err, e.N))
		}
	}
}

// sayWhatStands says which changes the tour that has just ended has left, because the user wanted it so or because the
// UI was killed.
func (a outing) sayWhatStands() {
	store, err := unfinished.Find(a.globals.Journal, a.globals.HostRoot)
	if err != nil {
		return
	}
	for _, t := range store.Left() {
		list, err := a.p.Host().Standing(t.Run)
		if err != nil {
			a.p.Complain(err)
			continue
		}
		for _, e := range list {
			a.p.Complain(fmt.Errorf("the tour on %s has ended, but this change remains: %s; bones undo %d takes it back",
				t.Name, printed(e.N, e.What.Raw()), e.N))
		}
		if len(list) == 0 {
			store.Forget(t)
		}
	}
}

// begin starts a container for the tour. end removes it.
func (a outing) begin(ctx context.Context) (of facts.Of, end func(), err error) {
	store, err := demo.DefaultStore()
	if err != nil {
		return of, nil, err
	}
	name := fmt.Sprintf("tour-%d", os.Getpid())
	start, err := demo.NewStart(store, name, demoMemory)
	if err != nil {
		return of, nil, err
	}
	// What removes the demo is started before it: nothing that happens in between can leave the demo behind.
	end, err = removeAtEnd(name, a)
	if err != nil {
		return of, nil, err
	}
	if _, err = a.p.Host().Perform(ctx, start, effect.Named); err != nil {
		end()
		return of, nil, err
	}
	st, err := started(store, name)
	if err != nil {
		end()
		return of, nil, err
	}
	return facts.Of{Process: procwalk.ID{PID: st.PID, Start: st.StartTicks}, Name: name, Own: true}, end, nil
}

// demoMemory is the limit of the tour's own container, in bytes: that of `bones demo`.
const demoMemory = 128 << 20

func started(store demo.Store, name string) (demo.RecordedDemo, error) {
	all, err := store.List()
	for _, st := range all {
		if st.Name == name && st.Running() {
			return st, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("the demo %s has ended at once", name)
	}
	return demo.RecordedDemo{}, err
}

// about reports whether a change was one of the demo of a name.
func about(e *host.Entry, name string, pids map[int]bool) bool {
	return pids[e.PID()] || strings.Contains(e.ByHand, demo.GroupPrefix+name+"/") ||
		strings.Contains(e.ByHand, demo.GroupPrefix+name+"'")
}
