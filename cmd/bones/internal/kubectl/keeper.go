package kubectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// The keeper is a process beside bones that waits for its end, whatever that is, and then deletes the pod: it reads
// from a pipe whose other end bones alone has, and the kernel closes that for it even when it is killed. It is in a
// session of its own, so that nothing that is sent to the terminal's processes reaches it.

// The words under which the program starts itself as the keeper, and as what holds the place in the pod.
const (
	KeeperCommand = "__kubectl-keeper"
	HoldCommand   = "__kubectl-hold"
)

// holdFor is how long the place is held at most: should the keeper's host lose its power, the pod ends by itself.
const holdFor = 24 * time.Hour

// removeWithin is how long kubectl may take to delete the pod.
const removeWithin = 30 * time.Second

func init() {
	reexec.Register(KeeperCommand, func(args []string) int {
		if len(args) == 0 {
			return reexec.Report(errors.New(KeeperCommand + ": the command that removes the pod"))
		}
		return reexec.Report(beKeeper(args))
	})
	reexec.Register(HoldCommand, func([]string) int {
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, unix.SIGTERM, unix.SIGINT) // as the first process of a pod it is ended by nothing else
		select {
		case <-ended:
		case <-time.After(holdFor):
		}
		return 0
	})
}

// keep starts the keeper of a pod. remove has it delete that, and waits until it has.
func (f *flags) keep(pod string) (remove func() error, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	var said strings.Builder
	c := reexec.Command(append([]string{KeeperCommand}, f.kubectl(f.deletion(pod)...)...)...)
	c.Stdin, c.Stderr = r, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = c.Start()
	r.Close()
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("starting what deletes the pod %s at the end: %w", pod, err)
	}
	return func() error {
		w.Close()
		if err := c.Wait(); err != nil {
			why := strings.TrimPrefix(strings.TrimSpace(said.String()), "bones: ")
			return fmt.Errorf("the pod %s is left in the cluster: %s; kubectl delete pod deletes it", pod, why)
		}
		return nil
	}, nil
}

// beKeeper waits for the end of bones and runs the command.
func beKeeper(line []string) error {
	reexec.SetName("bones-kubectl")
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGPIPE, unix.SIGTERM)
	io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), removeWithin)
	defer cancel()
	var errs strings.Builder
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Stderr = &errs
	if err := c.Run(); err != nil && !strings.Contains(errs.String(), "(NotFound)") {
		return fmt.Errorf("%w: %s", err, text.Line(strings.TrimSpace(errs.String())))
	}
	return nil
}
