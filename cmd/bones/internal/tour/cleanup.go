package tour

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/tour/unfinished"
	"bones/nsview/unshare/demo"
	"bones/procwalk/reexec"
	"bones/procwalk/taskiter"
)

// A process beside the tour removes the demo when the tour ends, whatever ends it: see reexec.Cleanup.

// CleanupCommand is the word under which the program starts itself as what removes the demo.
const CleanupCommand = "__tour-cleanup"

func init() {
	reexec.RegisterCleanup(CleanupCommand, "bones-tour", func(args []string) error {
		if len(args) != 4 {
			return errors.New(CleanupCommand + ": name, journal, proc, cgroup")
		}
		name, journal, finder := args[0], args[1], target.Finder{Proc: args[2], Cgroups: args[3], Source: taskiter.Auto}
		h := host.New(host.Config{Journal: journal, Err: os.Stderr, Kinds: host.NewKinds(host.Sources{Proc: finder.Proc,
			Cgroups: finder.CgroupHost, Containers: finder.Containers, Patience: filesPatience})})
		return endDemo(context.Background(), h, journal, name)
	})
}

// removeAtEnd starts the process that removes a demo when the tour ends; the demo is about to be started. end removes
// it now, and waits until that is done.
func removeAtEnd(name string, a outing) (end func(), err error) {
	c, err := reexec.StartCleanup(CleanupCommand, name, a.journal, a.p.Targets().Proc, a.p.Targets().Cgroups)
	if err != nil {
		return nil, fmt.Errorf("starting what removes the demo at the end: %w", err)
	}
	return func() {
		if c.Run() == nil {
			return
		}
		// The process was killed, or it failed: bones tries again here, where it can say why that fails.
		if err := endDemo(context.Background(), a.p.Host(), a.journal, name); err != nil {
			a.p.Complain(err)
		}
	}, nil
}

// filesPatience is how long the demo's file system may go without an answer.
const filesPatience = 5 * time.Second

// uiPatience is how long the UI of a tour that was ended may take to end as well.
const uiPatience = 5 * time.Second

// endDemo takes back what of a tour's changes of its demo still stands, so that no undo is offered of what is gone,
// ends the demo and removes its record, and forgets the tour.
func endDemo(ctx context.Context, h *host.Host, journal, name string) error {
	records, err := unfinished.Find(journal)
	if err != nil {
		return err
	}
	store, err := demo.DefaultStore()
	if err != nil {
		return err
	}
	t, tour := records.Of(name)
	if tour {
		for end := time.Now().Add(uiPatience); !t.Run.Over() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond) // it may be about to change something
		}
		takeBackOf(ctx, h, t, store)
	}
	stop, err := demo.NewStop(store, name)
	switch {
	case errors.Is(err, fs.ErrNotExist): // it never started, or the user has stopped it
		err = nil
	case err == nil:
		_, err = h.Carry(ctx, stop)
	}
	if err != nil {
		return fmt.Errorf("the demo of the tour, %s: %w; bones demo --stop --name %s ends it", name, err, name)
	}
	if left, err := h.Standing(t.Run); tour && err == nil && len(left) == 0 {
		records.Forget(t)
	}
	return nil
}

// takeBackOf takes back what a tour has changed of its demo. What cannot be taken back ends with the demo anyway.
func takeBackOf(ctx context.Context, h *host.Host, t unfinished.Tour, store demo.Store) {
	standing, err := h.Standing(t.Run)
	if err != nil {
		return
	}
	pids := map[int]bool{}
	if all, _ := store.List(); all != nil {
		for _, st := range all {
			if st.Name == t.Name && st.PID > 0 {
				pids[st.PID] = true
			}
		}
	}
	for _, e := range standing {
		if !about(&e, t.Name, pids) {
			continue
		}
		if undo, err := h.UndoNumber(ctx, e.N); err == nil {
			h.Carry(ctx, undo)
		}
	}
}
