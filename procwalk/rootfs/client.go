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
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// Where says which directory of a process is meant.
type Where string

const (
	RootDir Where = "root" // what the process sees as /
	ProcDir Where = "proc" // its own folder in /proc
)

// Client works with the files of one process through a worker process, which is started by the first call and serves all that follow. Where a
// file system stops answering, the worker is left behind, and the next call starts another. It may be used by several goroutines; calls
// are made one at a time, and one that copies much has the others wait: who wants to look meanwhile takes a Client of its own.
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
	p := reexec.Command(WorkerCommand, c.procRoot, strconv.Itoa(c.id.PID), strconv.FormatUint(c.id.Start, 10), string(c.where))
	p.ExtraFiles = []*os.File{theirs}
	p.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // ^C is for us
	err = p.Start()
	theirs.Close()
	if err != nil {
		conn.Close()
		return fmt.Errorf("starting a worker: %w", err)
	}
	end := make(chan struct{})
	go func() { // also where nobody closes the client: a worker whose connection is gone ends by itself
		p.Wait()
		close(end)
	}()
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

// abandon leaves the worker: whatever it waits for, we do not. It is told to end, which it does once what it began is cleared
// away; only one that does not is killed.
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
	go func() {
		select {
		case <-ended:
		case <-time.After(cleanUp):
			p.Process.Kill() // it waits in the kernel, perhaps beyond that, too
		}
	}()
}

// call sends one request, with a file unless it is nil, and gives its responses to each. content is sent where the request streams.
func (c *Client) call(ctx context.Context, q request, file *os.File, content io.Reader, each func(*response) error) (last response, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.start(); err != nil {
		return last, err
	}
	answers := make(chan response)
	over := make(chan struct{})
	defer close(over)
	failed := make(chan error, 2)
	var theirs atomic.Bool // it is the content that is waited for, not the file system
	conn := c.conn
	go func() {
		if err := send(conn, q, file, content, &theirs); err != nil {
			failed <- err
		}
	}()
	go func() {
		for {
			var a response
			if _, err := conn.Receive(&a); err != nil {
				failed <- err
				return
			}
			select {
			case answers <- a:
			case <-over:
				return
			}
			if a.Done {
				return
			}
		}
	}()
	patience := time.NewTimer(c.patience)
	defer patience.Stop()
	var givenUp error // why; then an answer is waited for only as long as clearing away takes
	giveUp := func(why error) bool {
		if givenUp != nil || q.Verb != askDo && q.Verb != askCopy {
			return false
		}
		givenUp = why
		conn.CloseWrite()
		c.proc.Process.Signal(unix.SIGTERM)
		patience.Reset(cleanUp)
		return true
	}
	done := ctx.Done()
	for {
		select {
		case a := <-answers:
			if each != nil && givenUp == nil {
				if err := each(&a); err != nil {
					c.abandon()
					return last, err
				}
			}
			if a.Done {
				// What had come too far to be given up has been done, and is reported so.
				err := a.error()
				if givenUp != nil {
					c.abandon()
					if err != nil {
						err = givenUp
					}
				}
				return a, err
			}
			// Only now: what each took to make use of the answer is not the file system's.
			switch {
			case givenUp != nil:
			case a.Syncing:
				patience.Reset(syncPatience)
			default:
				patience.Reset(c.patience)
			}
		case <-patience.C:
			if theirs.Load() && givenUp == nil {
				patience.Reset(c.patience)
				continue
			}
			if why := fmt.Errorf("%w for %v; the worker was left behind", ErrNoAnswer, c.patience); !giveUp(why) {
				c.abandon()
				if givenUp != nil && q.Verb == askDo {
					return last, fmt.Errorf("%w; %w", givenUp, ErrUnclear)
				}
				return last, cmp.Or(givenUp, why)
			}
		case <-done:
			done = nil
			if !giveUp(ctx.Err()) {
				c.abandon()
				return last, cmp.Or(givenUp, ctx.Err())
			}
		case err := <-failed:
			if givenUp != nil {
				if errors.Is(err, unix.EPIPE) {
					continue // the sender, whose side was closed
				}
				err = givenUp
			} else {
				err = fmt.Errorf("the worker ended: %w", err)
			}
			c.abandon()
			return last, err
		}
	}
}

// send sends a request and what it streams. theirs is set while the content is waited for.
func send(conn *reexec.Conn, q request, file *os.File, content io.Reader, theirs *atomic.Bool) error {
	var along []*os.File
	if file != nil {
		q.File, along = true, []*os.File{file}
	}
	if err := conn.Send(q, along...); err != nil {
		return err
	}
	if !q.Stream {
		return nil
	}
	buf := make([]byte, chunk)
	for {
		theirs.Store(true)
		n, err := content.Read(buf)
		theirs.Store(false)
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

// Stat is Root.Stat.
func (c *Client) Stat(ctx context.Context, path string, follow bool) (Info, error) {
	a, err := c.call(ctx, request{Verb: askStat, Path: path, Follow: follow}, nil, nil, nil)
	if err != nil || len(a.Infos) == 0 {
		return Info{}, err
	}
	return a.Infos[0], nil
}

// look is Root.look.
func (c *Client) look(ctx context.Context, op Op) (Info, error) {
	op.Content = nil // it may be long, and says nothing about where it goes
	a, err := c.call(ctx, request{Verb: askLook, Op: op}, nil, nil, nil)
	if err != nil || len(a.Infos) == 0 {
		return Info{}, err
	}
	return a.Infos[0], nil
}

// Mount is Root.MountOf.
func (c *Client) Mount(ctx context.Context, i Info) (Mount, error) {
	a, err := c.call(ctx, request{Verb: askMount, Info: i}, nil, nil, nil)
	return a.Mount, err
}

// List gives the entries of a directory to yield, some at a time; limit below 1 means all of them.
func (c *Client) List(ctx context.Context, path string, limit int, yield func([]Info)) error {
	_, err := c.call(ctx, request{Verb: askList, Path: path, Limit: int64(limit)}, nil, nil, func(a *response) error {
		yield(a.Infos)
		return nil
	})
	return err
}

// Read writes the content of a regular file to w: limit bytes from offset; below 1 all of it.
func (c *Client) Read(ctx context.Context, path string, offset, limit int64, w io.Writer) error {
	_, err := c.call(ctx, request{Verb: askRead, Path: path, Offset: offset, Limit: limit}, nil, nil, func(a *response) error {
		if len(a.Data) == 0 {
			return nil
		}
		_, err := w.Write(a.Data)
		return err
	})
	return err
}

// Do carries an Op out. content is what a put writes where the Op has none of its own; size its length, -1 if that is
// not known.
func (c *Client) Do(ctx context.Context, op Op, content io.Reader, size int64, progress func(int64)) (Result, error) {
	q := request{Verb: askDo, Op: op, Stream: content != nil, Size: size}
	var file *os.File
	if f, ok := content.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			q.Stream, file, content = false, f, nil // it is read there, without a detour through us
		}
	}
	a, err := c.call(ctx, q, file, content, told(progress))
	return a.Result, err
}

// told tells progress the bytes done so far.
func told(progress func(int64)) func(*response) error {
	return func(a *response) error {
		if progress != nil && a.Progress > 0 {
			progress(a.Progress)
		}
		return nil
	}
}

// CopyOut copies a regular file into a file of ours, without a detour through us.
func (c *Client) CopyOut(ctx context.Context, path string, to *os.File, progress func(int64)) error {
	_, err := c.call(ctx, request{Verb: askCopy, Path: path}, to, nil, told(progress))
	return err
}
