package rootfs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// Where says which directory of a process is meant.
type Where string

const (
	RootDir Where = "root" // what the process sees as /
	ProcDir Where = "proc" // its own folder in /proc
)

// Client works with the files of one process through a worker process, which is started by the first call and
// serves all that follow. Where a file system stops answering, the worker is left behind, and the next call starts
// another. It may be used by several goroutines; calls are made one at a time, and one that copies much has the
// others wait: who wants to look meanwhile takes a Client of its own.
type Client struct {
	procRoot string
	id       procwalk.ID
	where    Where
	patience time.Duration

	mu   sync.Mutex
	proc *exec.Cmd
	end  chan struct{} // closed once proc has ended
	conn *reexec.Conn
}

// NewClient makes a Client. patience is how long it waits without any sign of progress. Nothing is started yet.
func NewClient(procRoot string, id procwalk.ID, where Where, patience time.Duration) *Client {
	return &Client{procRoot: procRoot, id: id, where: where, patience: patience}
}

// ID is the process whose files these are.
func (c *Client) ID() procwalk.ID { return c.id }

func (c *Client) start() error {
	if c.proc != nil {
		return nil
	}
	conn, theirs, err := reexec.Pair()
	if err != nil {
		return err
	}
	p := reexec.Command(WorkerCommand, c.procRoot, strconv.Itoa(c.id.PID), strconv.FormatUint(c.id.Start, 10),
		string(c.where))
	p.ExtraFiles = []*os.File{theirs}
	p.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // ^C is for us
	err = p.Start()
	theirs.Close()
	if err != nil {
		conn.Close()
		return fmt.Errorf("starting a worker: %w", err)
	}
	conn.Only(p.Process.Pid)
	end := make(chan struct{})
	crash.Go(func() { // also where nobody closes the client: a worker whose connection is gone ends by itself
		p.Wait()
		close(end)
	})
	c.proc, c.end, c.conn = p, end, conn
	return nil
}

// Close ends the worker, without waiting for one that hangs.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandon()
	return nil
}

const (
	// cleanUp is how long a worker that was told to give up has to clear away what it began.
	cleanUp = 3 * time.Second
	// syncPatience is how long the disk may take to write down what was copied.
	syncPatience = 3 * time.Minute
)

// abandon leaves the worker: whatever it waits for, we do not. It is told to end, which it does once what it began
// is cleared away; only one that does not is killed.
func (c *Client) abandon() {
	if c.proc == nil {
		return
	}
	c.conn.Close()
	p, ended := c.proc, c.end
	c.proc = nil
	p.Process.Signal(unix.SIGTERM)
	select {
	case <-ended:
		return
	case <-time.After(200 * time.Millisecond):
	}
	crash.Go(func() {
		select {
		case <-ended:
		case <-time.After(cleanUp):
			p.Process.Kill() // it waits in the kernel, perhaps beyond that, too
		}
	})
}

// call sends one request, with a file unless it is nil, and gives its responses to each. content is sent where the
// request streams.
func (c *Client) call(ctx context.Context, q request, file *os.File, content io.Reader,
	each func(*response) error) (response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.start(); err != nil {
		return response{}, err
	}
	x := &exchange{Client: c, verb: q.Verb, each: each, answers: make(chan response), failed: make(chan error, 2),
		patience: time.NewTimer(c.patience)}
	defer x.patience.Stop()
	over := make(chan struct{})
	defer close(over)
	conn := c.conn // of this worker: a goroutine may begin when the next one has been started
	crash.Go(func() { x.send(conn, q, file, content) })
	crash.Go(func() { x.receive(conn, over) })
	done := ctx.Done()
	for {
		var last response
		var err error
		ended := false
		select {
		case a := <-x.answers:
			last, ended, err = x.answered(a)
		case <-x.patience.C:
			ended, err = x.silent()
		case <-done:
			done = nil
			if ended, err = !x.giveUp(ctx.Err()), ctx.Err(); ended {
				c.abandon()
				err = cmp.Or(x.givenUp, err)
			}
		case failed := <-x.failed:
			ended, err = x.broken(failed)
		}
		if ended {
			return last, err
		}
	}
}

// exchange is one call under way.
type exchange struct {
	*Client
	verb     verb
	each     func(*response) error
	answers  chan response
	failed   chan error // of the sender and of the receiver
	patience *time.Timer
	theirs   atomic.Bool // it is the content that is waited for, not the file system
	givenUp  error       // why; then an answer is waited for only as long as clearing away takes
}

// receive hands the responses on until the last one.
func (x *exchange) receive(conn *reexec.Conn, over <-chan struct{}) {
	for {
		var a response
		if _, err := conn.Receive(&a); err != nil {
			x.failed <- err
			return
		}
		select {
		case x.answers <- a:
		case <-over:
			return
		}
		if a.Done {
			return
		}
	}
}

// giveUp has the worker clear away what it began, and reports whether it is worth waiting for that.
func (x *exchange) giveUp(why error) bool {
	if x.givenUp != nil || x.verb != askDo && x.verb != askGet {
		return false
	}
	x.givenUp = why
	x.conn.CloseWrite()
	x.proc.Process.Signal(unix.SIGTERM)
	x.patience.Reset(cleanUp)
	return true
}

func (x *exchange) answered(a response) (last response, ended bool, err error) {
	if x.each != nil && x.givenUp == nil {
		if err := x.each(&a); err != nil {
			x.abandon()
			return response{}, true, err
		}
	}
	if a.Done {
		// What had come too far to be given up has been done, and is reported so.
		err := a.error()
		if x.givenUp != nil {
			x.abandon()
			if err != nil {
				err = x.givenUp
			}
		}
		return a, true, err
	}
	// Only now: what each took to make use of the answer is not the file system's.
	switch {
	case x.givenUp != nil:
	case a.Syncing:
		x.patience.Reset(syncPatience)
	default:
		x.patience.Reset(x.Client.patience)
	}
	return response{}, false, nil
}

// silent is what becomes of a call without a sign of progress.
func (x *exchange) silent() (ended bool, err error) {
	if x.theirs.Load() && x.givenUp == nil {
		x.patience.Reset(x.Client.patience)
		return false, nil
	}
	why := fmt.Errorf("%w for %v; the worker was left behind", ErrNoAnswer, x.Client.patience)
	if x.giveUp(why) {
		return false, nil
	}
	x.abandon()
	if x.givenUp != nil && x.verb == askDo {
		return true, fmt.Errorf("%w; %w", x.givenUp, ErrUnclear)
	}
	return true, cmp.Or(x.givenUp, why)
}

// broken is what becomes of a call whose worker does not read or write any more.
func (x *exchange) broken(err error) (ended bool, _ error) {
	switch {
	case x.givenUp == nil:
		err = fmt.Errorf("the worker ended: %w", err)
	case errors.Is(err, unix.EPIPE):
		return false, nil // the sender, whose side was closed
	default:
		err = x.givenUp
	}
	x.abandon()
	return true, err
}

// send sends a request and what it streams.
func (x *exchange) send(conn *reexec.Conn, q request, file *os.File, content io.Reader) {
	var along []*os.File
	if file != nil {
		q.File, along = true, []*os.File{file}
	}
	err := conn.Send(q, along...)
	if err == nil && q.Stream {
		err = x.stream(conn, content)
	}
	if err != nil {
		x.failed <- err
	}
}

func (x *exchange) stream(conn *reexec.Conn, content io.Reader) error {
	buf := make([]byte, chunk)
	for {
		x.theirs.Store(true)
		n, err := content.Read(buf)
		x.theirs.Store(false)
		if n > 0 {
			if err := conn.Send(request{Verb: sendData, Data: buf[:n]}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return conn.Send(request{Verb: sendEnd})
		}
		if err != nil {
			return conn.Send(request{Verb: sendEnd, Failed: vocabulary.Pack(err)})
		}
	}
}
