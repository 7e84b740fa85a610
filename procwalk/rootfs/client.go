package rootfs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bones/procwalk"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// WorkerCommand is the hidden command under which the program starts itself as a worker: WorkerCommand PROC PID START
// WHERE.
const WorkerCommand = "__files"

// Where says which directory of a process is meant.
type Where string

const (
	RootDir Where = "root" // what the process sees as /
	ProcDir Where = "proc" // its own folder in /proc
)

// Client works with the files of one process through a worker process. Where a file system stops answering, the worker
// is left behind, and the next call starts another. It may be used by several goroutines; calls are made one at a time.
type Client struct {
	procRoot string
	id       procwalk.ID
	where    Where
	patience time.Duration
	file     *os.File // handed over to the worker

	mu   sync.Mutex
	proc *exec.Cmd
	end  chan struct{} // closed once proc has ended
	in   *os.File      // we write
	out  *os.File      // we read
	enc  *reexec.Encoder
	dec  *reexec.Decoder
}

// NewClient makes a Client. patience is how long it waits without any sign of progress. Nothing is started yet.
func NewClient(procRoot string, id procwalk.ID, where Where, patience time.Duration) *Client {
	return &Client{procRoot: procRoot, id: id, where: where, patience: patience}
}

// ID is the process whose files these are.
func (c *Client) ID() procwalk.ID { return c.id }

// RunWorker is what the hidden command does.
func RunWorker(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("%s is started by bones itself", WorkerCommand)
	}
	pid, err1 := strconv.Atoi(args[1])
	start, err2 := strconv.ParseUint(args[2], 10, 64)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%s is started by bones itself", WorkerCommand)
	}
	signal.Ignore(unix.SIGPIPE) // whoever asked may be gone; what was begun is ended or cleared away all the same
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	var stopped atomic.Bool
	go func() {
		<-stop
		stopped.Store(true)
	}()
	// Else it would be called exe, after the link that it was started through.
	os.WriteFile("/proc/self/comm", []byte("bones-files"), 0)
	return Serve(func() (*Root, error) {
		r, err := OpenAt(args[0], procwalk.ID{PID: pid, Start: start}, Where(args[3]))
		if err == nil {
			r.stopped = &stopped
		}
		return r, err
	}, in, out)
}

func (c *Client) start() error {
	if c.proc != nil {
		return nil
	}
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return err
	}
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		theirIn.Close()
		ourIn.Close()
		return err
	}
	p := exec.Command("/proc/self/exe", WorkerCommand, c.procRoot, strconv.Itoa(c.id.PID), strconv.FormatUint(c.id.Start, 10), string(c.where))
	p.Stdin, p.Stdout = theirIn, theirOut
	if c.file != nil {
		p.ExtraFiles = []*os.File{c.file}
	}
	p.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // ^C is for us
	err = p.Start()
	theirIn.Close()
	theirOut.Close()
	if err != nil {
		ourIn.Close()
		ourOut.Close()
		return fmt.Errorf("starting a worker: %w", err)
	}
	end := make(chan struct{})
	go func() { // also where nobody closes the client: a worker whose pipe is gone ends by itself
		p.Wait()
		close(end)
	}()
	c.end = end
	c.proc, c.in, c.out, c.enc, c.dec = p, ourIn, ourOut, reexec.NewEncoder(ourIn), reexec.NewDecoder(ourOut)
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
	c.in.Close()
	c.out.Close()
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

// call sends one request and gives its responses to each. content is sent where the request streams.
func (c *Client) call(ctx context.Context, q request, content io.Reader, each func(*response) error) (last response, err error) {
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
	go func(enc *reexec.Encoder) {
		if err := send(enc, q, content, &theirs); err != nil {
			failed <- err
		}
	}(c.enc)
	go func(dec *reexec.Decoder) {
		for {
			var a response
			if err := dec.Decode(&a); err != nil {
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
	}(c.dec)
	patience := time.NewTimer(c.patience)
	defer patience.Stop()
	var givenUp error // why; then an answer is waited for only as long as clearing away takes
	giveUp := func(why error) bool {
		if givenUp != nil || q.Verb != askDo && q.Verb != askCopy {
			return false
		}
		givenUp = why
		c.in.Close()
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
				if errors.Is(err, os.ErrClosed) {
					continue // the sender, whose pipe was closed
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
func send(enc *reexec.Encoder, q request, content io.Reader, theirs *atomic.Bool) error {
	if err := enc.Encode(q); err != nil {
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
			if err := enc.Encode(request{Verb: sendData, Data: buf[:n]}); err != nil {
				return err
			}
		}
		if err != nil {
			end := request{Verb: sendEnd}
			if err != io.EOF {
				end.Path = err.Error()
			}
			return enc.Encode(end)
		}
	}
}

// Stat is Root.Stat.
func (c *Client) Stat(ctx context.Context, path string, follow bool) (Info, error) {
	a, err := c.call(ctx, request{Verb: askStat, Path: path, Follow: follow}, nil, nil)
	if err != nil || len(a.Infos) == 0 {
		return Info{}, err
	}
	return a.Infos[0], nil
}

// Mount is Root.MountOf.
func (c *Client) Mount(ctx context.Context, i Info) (Mount, error) {
	a, err := c.call(ctx, request{Verb: askMount, Info: i}, nil, nil)
	return a.Mount, err
}

// List gives the entries of a directory to yield, some at a time; limit below 1 means all of them.
func (c *Client) List(ctx context.Context, path string, limit int, yield func([]Info)) error {
	_, err := c.call(ctx, request{Verb: askList, Path: path, Limit: int64(limit)}, nil, func(a *response) error {
		yield(a.Infos)
		return nil
	})
	return err
}

// Read writes the content of a regular file to w: limit bytes from offset; below 1 all of it.
func (c *Client) Read(ctx context.Context, path string, offset, limit int64, w io.Writer) error {
	_, err := c.call(ctx, request{Verb: askRead, Path: path, Offset: offset, Limit: limit}, nil, func(a *response) error {
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
	if f, ok := content.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			c = c.with(f)
			defer c.Close()
			q.Stream, q.File, content = false, true, nil
		}
	}
	a, err := c.call(ctx, q, content, func(a *response) error {
		if progress != nil && a.Progress > 0 {
			progress(a.Progress)
		}
		return nil
	})
	return a.Result, err
}

// with is a client for one call, whose worker has a file of ours.
func (c *Client) with(f *os.File) *Client {
	one := NewClient(c.procRoot, c.id, c.where, c.patience)
	one.file = f
	return one
}

// CopyOut copies a regular file into a file of ours, without a detour through us.
func (c *Client) CopyOut(ctx context.Context, path string, to *os.File, progress func(int64)) error {
	one := c.with(to)
	defer one.Close()
	_, err := one.call(ctx, request{Verb: askCopy, Path: path}, nil, func(a *response) error {
		if progress != nil && a.Progress > 0 {
			progress(a.Progress)
		}
		return nil
	})
	return err
}
