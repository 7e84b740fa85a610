package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"

	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/reexec"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// WorkerCommand is the word under which the program starts itself as a worker: WorkerCommand PROC PID START WHERE.
const WorkerCommand = "__files"

func init() {
	reexec.Register(WorkerCommand, func(args []string) int { return reexec.Report(runWorker(args)) })
}

// connection is the descriptor that a worker is started with, beside the standard streams.
const connection = 3

// runWorker is the worker: it answers what comes over its connection.
func runWorker(args []string) error {
	startedByHand := fmt.Errorf("%s is started by bones itself", WorkerCommand)
	if len(args) != 4 {
		return startedByHand
	}
	pid, err1 := strconv.Atoi(args[1])
	start, err2 := strconv.ParseUint(args[2], 10, 64)
	conn, err3 := reexec.NewConn(connection)
	if err1 != nil || err2 != nil || err3 != nil {
		return startedByHand
	}
	signal.Ignore(unix.SIGPIPE) // whoever asked may be gone; what was begun is ended or cleared away all the same
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	var stopped atomic.Bool
	crash.Go(func() {
		<-stop
		stopped.Store(true)
	})
	unix.Umask(0) // what is made gets its permissions as it is made: to set them later takes set-group-ID away
	reexec.SetName("bones-files")
	return serve(func() (*Root, error) {
		r, err := OpenAt(args[0], procwalk.ID{PID: pid, Start: start}, Where(args[3]))
		if err == nil {
			r.stopped = &stopped
		}
		return r, err
	}, conn)
}

// serve answers requests about one root until the connection is closed. While the root cannot be opened, that is
// the answer.
func serve(open func() (*Root, error), conn *reexec.Conn) error {
	w := &worker{conn: conn}
	for {
		var q request
		files, err := conn.Receive(&q)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.serve(q, open, files); err != nil {
			return err
		}
	}
}

type worker struct {
	root *Root
	conn *reexec.Conn
}

// serve answers one request. The files that came along with it are closed then.
func (w *worker) serve(q request, open func() (*Root, error), files []*os.File) error {
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	var last response
	var err error
	if w.root == nil {
		if w.root, err = open(); err == nil {
			w.root.syncing = func() { w.conn.Send(response{Syncing: true}) }
		}
	}
	var file *os.File
	if len(files) > 0 {
		file = files[0]
	}
	switch {
	case err == nil && q.File && file == nil:
		err = errors.New("the file that belongs to the request did not arrive")
		fallthrough
	case err != nil:
		last.fail(err)
		if q.Verb == askDo && q.Stream {
			io.Copy(io.Discard, &content{worker: w})
		}
	default:
		last = w.answer(q, file)
	}
	last.Done = true
	return w.conn.Send(last)
}

// batch is how many bytes of packed entries go into one response, and chunk how many of a file.
const (
	batch = 48 << 10
	chunk = 256 << 10
)

func (w *worker) answer(q request, file *os.File) (last response) {
	switch q.Verb {
	case askStat:
		i, err := w.root.Stat(q.Path, q.Follow)
		last.Infos = []Info{i}
		last.fail(err)
	case askLook:
		i, err := w.root.inspect(q.Op)
		last.Infos = []Info{i}
		if last.fail(err); err == nil {
			last.NoUndo = w.root.lookKept(q.Op)
		}
	case askMount:
		var err error
		last.Mount, err = w.root.MountOf(q.Info)
		last.fail(err)
	case askList:
		n := int64(0)
		last.fail(w.root.List(q.Path, func(i Info) bool {
			last.Packed = appendInfo(last.Packed, &i)
			if n++; len(last.Packed) >= batch {
				if w.conn.Send(response{Packed: last.Packed}) != nil {
					return false // nobody reads it any more
				}
				last.Packed = last.Packed[:0]
			}
			return q.Limit < 1 || n < q.Limit
		}))
	case askRead:
		last.fail(w.read(q))
	case askGet:
		w.root.told = w.tell
		var err error
		if file != nil {
			last.Report, err = w.root.Pack(q.Get, file)
		} else {
			last.Report, last.Final, err = w.root.Get(q.Get)
		}
		last.fail(err)
	case askStatfs:
		var err error
		last.FS, err = w.root.Statfs(q.Path)
		last.fail(err)
	case askUsage:
		var err error
		last.Tree, err = w.root.Usage(q.Path, func(u filetree.TreeUse) bool {
			return !w.root.stopped.Load() && w.conn.Send(response{Tree: u}) == nil
		})
		last.fail(err)
	case askPlace:
		var err error
		last.Placed, err = w.root.FindDestination(q.Op.Local, q.Op.Path, q.Op.Follow)
		last.fail(err)
	case askDo:
		q.Op.Stream, q.Op.Size = q.Stream || q.File, q.Size
		w.root.told = w.tell
		var from io.Reader = &content{worker: w}
		if q.File {
			from = file
		}
		res, err := w.root.Do(q.Op, from, func(done int64) { w.conn.Send(response{Progress: done}) })
		if q.Stream {
			io.Copy(io.Discard, from) // what was sent and not wanted
		}
		last.Result = res
		last.fail(err)
	}
	return last
}

// tell tells how far a copy is.
func (w *worker) tell(p Progress) {
	w.conn.Send(response{At: p.Path, Progress: p.Done, Total: p.Total})
}

func (w *worker) read(q request) error {
	f, i, err := w.root.Read(q.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	if s, ok := f.(io.Seeker); ok && q.Offset > 0 {
		if _, err := s.Seek(q.Offset, io.SeekStart); err != nil {
			return err
		}
	}
	var from io.Reader = f
	if q.Limit > 0 {
		from = io.LimitReader(f, q.Limit)
	} else if w.root.where == RootDir {
		i.Size = max(i.Size-q.Offset, 0)
		from = filetree.Bounded(f, i.Size, i.Name)
	}
	buf := make([]byte, chunk)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if err := w.conn.Send(response{Data: buf[:n]}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", text.Line(q.Path), filetree.Unwrap(err))
		}
	}
}

// content is the stream of a put.
type content struct {
	worker *worker
	left   []byte
	end    bool
	err    error
}

func (c *content) Read(b []byte) (int, error) {
	for len(c.left) == 0 {
		if c.end {
			return 0, c.err
		}
		var q request
		if _, err := c.worker.conn.Receive(&q); err != nil {
			c.end, c.err = true, io.ErrUnexpectedEOF
			continue
		}
		if q.Verb == sendEnd {
			c.end, c.err = true, io.EOF
			if q.Failed != nil { // why it broke off
				c.err = vocabulary.Unpack(q.Failed)
			}
			continue
		}
		c.left = q.Data
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}
