package kubectl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"

	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// A process beside bones deletes the pod when bones ends, whatever ends it: see reexec.Cleanup.

// The words under which the program starts itself as what deletes the pod, and as what keeps the pod running.
const (
	CleanupCommand = "__kubectl-cleanup"
	HoldCommand    = "__kubectl-hold"
)

// holdFor is how long the pod runs at most: should the host of the process that deletes it lose its power, the pod
// ends by itself.
const holdFor = 24 * time.Hour

// removeWithin is how long kubectl may take to delete the pod.
const removeWithin = 30 * time.Second

func init() {
	reexec.RegisterCleanup(CleanupCommand, "bones-kubectl", func(args []string) error {
		if len(args) < 2 {
			return errors.New(CleanupCommand + ": the pod, and the command that deletes it")
		}
		return leftInCluster(args[0], runDeletion(args[1:]))
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

// deleteAtEnd starts the process that deletes a pod when bones ends. remove deletes it now, and waits until that is
// done.
func (f *flags) deleteAtEnd(pod string) (remove func() error, err error) {
	c, err := reexec.StartCleanup(CleanupCommand, append([]string{pod}, f.kubectl(f.deletion(pod)...)...)...)
	if err != nil {
		return nil, fmt.Errorf("starting the process that deletes the pod %s at the end: %w", pod, err)
	}
	return func() error {
		err := c.Run()
		if errors.Is(err, reexec.ErrNoCleanup) {
			return leftInCluster(pod, err)
		}
		return err
	}, nil
}

// leftInCluster says what the user can do where a pod could not be deleted; nil of nil.
func leftInCluster(pod string, why error) error {
	if why == nil {
		return nil
	}
	return fmt.Errorf("the pod %s is left in the cluster: %w; kubectl delete pod deletes it", pod, why)
}

// runDeletion runs the command that deletes a pod. A pod that has gone already is deleted.
func runDeletion(line []string) error {
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
