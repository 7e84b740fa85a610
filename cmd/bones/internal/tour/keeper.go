package tour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/tour/unfinished"
	"bones/nsview/unshare/demo"
	"bones/procwalk/crash"
	"bones/procwalk/reexec"
	"bones/procwalk/taskiter"

	"golang.org/x/sys/unix"
)

// The keeper is a process beside the tour that does nothing but wait for the tour's end, whatever that is, and then
// removes the demo: it reads from a pipe whose other end the tour alone has, and the kernel closes that for it even
// when it is killed. It is in a session of its own, so that nothing that is sent to the terminal's processes reaches
// it.

// KeeperCommand is the word under which the program starts itself as the keeper.
const KeeperCommand = "__tour-keeper"

func init() {
	reexec.Register(KeeperCommand, func(args []string) int {
		if len(args) != 4 {
			return reexec.Report(errors.New(KeeperCommand + ": name, journal, proc, cgroup"))
		}
		return reexec.Report(beKeeper(args[0], args[1], args[2], args[3]))
	})
}

// keep starts the keeper of a demo that is about to be started. end has it remove that, and waits until it has.
func keep(name string, a outing) (end func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := reexec.Command(KeeperCommand, name, a.journal, a.p.Targets().Proc, a.p.Targets().Cgroups)
	c.Stdin, c.Stderr = r, os.Stderr
	c.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	err = c.Start()
	r.Close()
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("starting what removes the demo at the end: %w", err)
	}
	return func() {
		w.Close()
		if err := c.Wait(); err == nil {
			return
		}
		// It was killed, or has said why it could not: once more here, where somebody is to see it.
		if err := endDemo(context.Background(), a.p.Host(), a.journal, name); err != nil {
			a.p.Complain(err)
		}
	}, nil
}

// beKeeper waits for the end of the tour and removes its demo.
func beKeeper(name, journal, proc, cgroups string) error {
	reexec.SetName("bones-tour")
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, unix.SIGTERM)
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGPIPE)
	over := make(chan struct{})
	crash.Go(func() {
		io.Copy(io.Discard, os.Stdin)
		close(over)
	})
	select {
	case <-over:
	case <-asked: // whoever ends all processes of a session means the demo, too
	}
	finder := target.Finder{Proc: proc, Cgroups: cgroups, Source: taskiter.Auto}
	h := host.New(host.Config{Journal: journal, Err: os.Stderr, Kinds: host.NewKinds(host.Sources{Proc: proc,
		Cgroups: finder.CgroupHost, Containers: finder.Containers, Patience: filesPatience})})
	return endDemo(context.Background(), h, journal, name)
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
