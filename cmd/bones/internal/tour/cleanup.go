package tour

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"bones/cmd/bones/internal/command"
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
		if len(args) == 0 {
			return errors.New(CleanupCommand + ": name, global flags")
		}
		globals, err := command.ParseGlobals(args[1:])
		if err != nil {
			return fmt.Errorf("%s: %w", CleanupCommand, err)
		}
		return endDemo(context.Background(), host.New(cleanupConfig(globals)), globals, args[0])
	})
}

// cleanupConfig is of what carries out what the cleanup does: on the host that the tour was about, in its journal.
func cleanupConfig(g command.Globals) host.Config {
	finder := target.Finder{Proc: g.Proc, Cgroups: g.Cgroups, HostRoot: g.HostRoot, Source: taskiter.Choice(g.Source)}
	return host.Config{Journal: g.Journal, Root: g.HostRoot, Err: os.Stderr,
		Kinds: host.NewKinds(host.Sources{Proc: finder.Proc, Cgroups: finder.CgroupHost, Containers: finder.Containers,
			Patience: filesPatience})}
}

// removeAtEnd starts the process that removes a demo when the tour ends; the demo is about to be started. end removes
// it now, and waits until that is done.
func removeAtEnd(name string, a outing) (end func(), err error) {
	c, err := reexec.StartCleanup(CleanupCommand, append([]string{name}, a.globals.Args()...)...)
	if err != nil {
		return nil, fmt.Errorf("starting the process that removes the demo at the end: %w", err)
	}
	return func() {
		if c.Run() == nil {
			return
		}
		// The process was killed, or it failed: bones tries again here, where it can say why that fails.
		if err := endDemo(context.Background(), a.p.Host(), a.globals, name); err != nil {
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
func endDemo(ctx context.Context, h *host.Host, g command.Globals, name string) error {
	records, err := unfinished.Find(g.Journal, g.HostRoot)
	if err != nil {
		return err
	}
	store, err := demo.DefaultStore()
	if err != nil {
		return err
	}
	t, tour := records.Of(name)
	if tour {
		for end := time.Now().Add(uiPatience); !t.Run.Ended() && time.Now().Before(end); {
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
