package kubectl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"bones/cmd/bones/internal/habits"
	"bones/procwalk/crash"
	"bones/procwalk/reexec"

	"github.com/spf13/cobra"
)

// LeashCommand is the word under which the program starts in a pod to run bones there for as long as its standard
// input lasts. Without a terminal, what kubectl exec has started goes on when kubectl ends: nobody would end an events
// --follow that has nothing to print. What ends is its standard input, whatever has happened to kubectl.
const LeashCommand = "__kubectl-leash"

func init() {
	reexec.Register(LeashCommand, func(args []string) int {
		status, err := leashed(args, os.Stdin)
		if err != nil {
			return reexec.Report(err)
		}
		return status
	})
}

// leashed runs bones until it ends, or until nothing can be read from in any more.
func leashed(args []string, in io.Reader) (status int, err error) {
	runtime.LockOSThread() // whose end would end bones
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := exec.CommandContext(ctx, "/proc/self/exe", args...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = endWithin
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return 0, err
	}
	crash.Go(func() {
		io.Copy(io.Discard, in)
		cancel()
	})
	err = c.Wait()
	var exit *exec.ExitError
	if ctx.Err() != nil || errors.As(err, &exit) && exit.ExitCode() < 0 {
		return 128 + int(syscall.SIGTERM), nil
	}
	if exit != nil {
		return exit.ExitCode(), nil
	}
	return 0, err
}

// takesInput reports whether a command line is of a command that reads its standard input, and ends with it.
func takesInput(root *cobra.Command, words []string) bool {
	_, name, _ := commandOf(root, words)
	return habits.ReadsInput(name)
}

// leash has a command run on the leash: its words, and its standard input, which lasts as long as bones here.
func leash(c *exec.Cmd) (end func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.Stdin = r
	return func() { r.Close(); w.Close() }, nil
}
