// Package shell runs bones on another host through the user's own ssh, with its configuration, its agent and its ways
// to ask. Nothing that the other host says steers what is executed, but for the name of a directory that has a fixed
// form.
package shell

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"bones/cmd/bones/internal/remote/address"
	"bones/procwalk/crash"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// FailedStatus is what ssh ends with when it is ssh that failed.
//
// Source: ssh(1), EXIT STATUS.
const FailedStatus = 255

// SSH is the way to one host.
type SSH struct {
	Host address.Destination
	// Batch: nobody is there to answer ssh's questions.
	Batch bool
	// Show is told each command line that is run; nil: nobody.
	Show func(line string)
}

// Program is what is run on the other host.
type Program struct {
	Path  string // "bones", or where a copy is
	Words []string
	TTY   bool      // with a terminal there
	In    io.Reader // is read from when the program has begun; nil: nothing. With TTY the standard input in any case
	Out   io.Writer
	Err   io.Writer
}

// End is how a program that ran on the other host ended.
type End struct {
	Found bool // the program was there, and Status is its own
	// Status is what ssh ended with: FailedStatus without Found says that ssh failed.
	Status int
	// Version is what the program prints as its version; hostile, and empty where it was not asked.
	Version string
	// System and Machine are what uname says where the program is not there; empty where nothing was said.
	System, Machine string
	Printed         string // the beginning of what came in place of what bones had asked for; hostile
}

// line is the command line of ssh.
func (s *SSH) line(tty bool, script string, words ...string) []string {
	line := []string{"ssh", "-T"}
	if tty {
		line[1] = "-t"
	}
	if s.Batch {
		line = append(line, "-o", "BatchMode=yes")
	}
	line = append(line, s.Host.Args...)
	return append(line, effect.Command(append([]string{"exec", "sh", "-c", script, "sh"}, words...)...))
}

// endWithin is how long ssh may take to end after it was told to.
const endWithin = 5 * time.Second

// command makes the command. It ends with bones, even if bones is killed: whoever starts it keeps its thread.
func (s *SSH) command(ctx context.Context, line []string) *exec.Cmd {
	if s.Show != nil {
		s.Show(effect.Command(line...))
	}
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = endWithin
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	return c
}

// newMarker is a word that nobody can guess.
func newMarker() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return "bones-" + hex.EncodeToString(b[:])
}

// Run runs a program of bones there and waits for its end. An error is one of running ssh.
func (s *SSH) Run(ctx context.Context, p Program) (End, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	words := append([]string{newMarker(), p.Path}, p.Words...)
	if p.TTY {
		return s.onTerminal(ctx, p, words)
	}
	out := &marked{to: p.Out, marker: words[0], begun: make(chan struct{})}
	c := s.command(ctx, s.line(false, runScript, words...))
	c.Stdout, c.Stderr = out, p.Err
	if p.In != nil {
		in, err := c.StdinPipe()
		if err != nil {
			return End{}, err
		}
		ended := make(chan struct{})
		defer close(ended)
		crash.Go(func() {
			defer in.Close()
			select {
			case <-out.begun: // before, it would be lost if the program is not there
				io.Copy(in, p.In)
			case <-ended:
			}
		})
	}
	end, err := ended(c, c.Run())
	if err != nil && ctx.Err() == nil && out.failure() == nil {
		return end, err
	}
	out.into(&end)
	if out.failure() != nil {
		end.Status = 0 // ssh has ended because bones did not listen any more
	}
	return end, errors.Join(out.failure(), ctx.Err())
}

// onTerminal runs it with a terminal there. Whether the program was there is asked only where its end leaves
// that open.
func (s *SSH) onTerminal(ctx context.Context, p Program, words []string) (End, error) {
	c := s.command(ctx, s.line(true, terminalScript, words...))
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, p.Out, p.Err
	end, err := ended(c, c.Run())
	if end.Found = end.Status != FailedStatus; err != nil || end.Status != 127 {
		return end, errors.Join(err, ctx.Err())
	}
	there, err := s.Ask(ctx, p)
	if there.Found {
		there.Status = 127
	}
	return there, err
}

// Ask finds out whether the program is there.
func (s *SSH) Ask(ctx context.Context, p Program) (End, error) {
	out := &marked{to: io.Discard, marker: newMarker(), begun: make(chan struct{})}
	c := s.command(ctx, s.line(false, askScript, out.marker, p.Path))
	c.Stdout, c.Stderr = out, p.Err
	end, err := ended(c, c.Run())
	out.into(&end)
	return end, errors.Join(err, out.failure(), ctx.Err())
}

// ended takes the end of ssh apart.
func ended(c *exec.Cmd, err error) (End, error) {
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return End{}, fmt.Errorf("ssh was not found: %w; bones runs the ssh of the system, which openssh-client has", err)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return End{Status: exit.ExitCode()}, nil
	case errors.As(err, &exit):
		return End{Status: FailedStatus}, nil // a signal ended it
	case err != nil && c.ProcessState != nil:
		return End{Status: c.ProcessState.ExitCode()}, err
	}
	return End{}, err
}

// wordForm is what uname may say.
var wordForm = text.Pattern(`^[A-Za-z0-9_.-]{1,32}$`)

// into takes what was said behind the marker.
func (m *marked) into(end *End) {
	words := strings.Fields(m.said)
	switch {
	case len(words) >= 1 && words[0] == "run":
		end.Found = true
		end.Version = strings.TrimPrefix(strings.TrimPrefix(m.said, "run"), " ")
	case len(words) == 3 && words[0] == "none" && wordForm().MatchString(words[1]) && wordForm().MatchString(words[2]):
		end.System, end.Machine = words[1], words[2]
	default:
		end.Printed = string(m.head)
	}
}

// Why says why nothing of bones was run: nil if the program was there, or is not and the host said so.
func (e End) Why() error {
	switch {
	case e.Found || e.Machine != "":
		return nil
	case e.Status == FailedStatus:
		return errors.New("ssh failed")
	case strings.TrimSpace(e.Printed) == "":
		return fmt.Errorf("the host did not run what bones asked for, and ended with status %d; does the user have a "+
			"shell there?", e.Status)
	}
	return fmt.Errorf("the host did not run what bones asked for: it printed %s", shortened(e.Printed))
}

// shortened is the beginning of what a host printed, in one line.
func shortened(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 100 {
		s = s[:100] + "..."
	}
	return `"` + text.Line(s) + `"`
}
