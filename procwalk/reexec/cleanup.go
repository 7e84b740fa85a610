package reexec

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"sync"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// Cleanup is a process beside this one that removes what this one has made, when this one ends. It waits on a
// connection whose other end this process alone has: the kernel closes that end whatever ends this process, SIGKILL
// too. It runs in a session of its own, so that what the terminal sends to its processes (Ctrl-C, a hangup) does not
// reach it. SIGTERM has it clean up at once: whoever ends all processes means what they have made, too.
type Cleanup struct {
	conn *Conn
	cmd  *exec.Cmd
	once sync.Once
	err  error
}

// connectionFD is the descriptor of the connection in the process that cleans up: the first after the standard
// streams.
const connectionFD = 3

// RegisterCleanup is Register for a part that cleans up. run removes what there is to remove; it gets the arguments of
// StartCleanup, once the process that started it has ended or has asked for it. ps shows the part as comm, of up to 15
// bytes.
func RegisterCleanup(word, comm string, run func(args []string) error) {
	Register(word, func(args []string) int {
		SetName(comm)
		ended, err := awaitEnd()
		if err != nil {
			return Report(err)
		}
		err = run(args)
		if ended.Send(cleanupErrors.Pack(err)) == nil {
			return 0 // the process that asked for it says what went wrong
		}
		return Report(err) // nobody is left who could: the terminal is told
	})
}

// cleanupErrors are what errors keep on their way back.
var cleanupErrors = NewErrors(nil)

// awaitEnd waits until it is time to clean up, and returns the connection on which the outcome is awaited.
func awaitEnd() (*Conn, error) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, unix.SIGTERM)
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGPIPE)
	conn, err := NewConn(connectionFD)
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	crash.Go(func() {
		conn.Receive(new(struct{})) // nothing is sent: it ends when the other end is closed
		close(over)
	})
	select {
	case <-over:
	case <-asked:
	}
	return conn, nil
}

// StartCleanup starts the part that is registered under word. It is called before the thing is made that the part
// removes, or as soon as its name is known: what ends this process before that leaves it behind.
func StartCleanup(word string, args ...string) (*Cleanup, error) {
	ours, theirs, err := Pair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	c := Command(append([]string{word}, args...)...)
	c.ExtraFiles, c.Stderr = []*os.File{theirs}, os.Stderr
	c.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		ours.Close()
		return nil, err
	}
	return &Cleanup{conn: ours, cmd: c}, nil
}

// ErrNoCleanup says that the process that was to clean up has not done it, or not to the end: somebody has killed it.
var ErrNoCleanup = errors.New("the process that cleans up ended before it had")

// Run has the process clean up now, and waits until it has. The error is the one that its run returned, or
// ErrNoCleanup. A second call returns what the first did.
func (c *Cleanup) Run() error {
	c.once.Do(func() {
		defer c.conn.Close()
		c.conn.CloseWrite() // the other end can be gone already; then Receive says so
		var failed *Failure
		_, err := c.conn.Receive(&failed)
		if ended := c.cmd.Wait(); err != nil {
			c.err = fmt.Errorf("%w: %w", ErrNoCleanup, cmp.Or(ended, err))
			return
		}
		c.err = cleanupErrors.Unpack(failed)
	})
	return c.err
}
