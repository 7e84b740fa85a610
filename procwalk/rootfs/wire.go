package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"bones/procwalk/reexec"
)

// verb says what a request asks for.
type verb uint8

const (
	askStat verb = iota
	askList
	askRead
	askMount
	askDo
	askCopy  // the file into descriptor 3
	sendData // of the content of askDo
	sendEnd
)

// request and response go through the pipes between Client and worker. Each request is answered by responses of which the
// last is Done.
type request struct {
	Verb   verb
	Path   string
	Follow bool
	Info   Info
	Op     Op
	Stream bool
	File   bool // the content of askDo is in descriptor 3
	Size   int64
	Offset int64
	Limit  int64 // bytes or entries; below 1: all
	Data   []byte
}

type response struct {
	Done     bool
	Infos    []Info
	Data     []byte
	Mount    Mount
	Result   Result
	Progress int64
	Syncing  bool // the disk is waited for, which may take its time
	Failed   bool
	Err      string
	Kind     int // 1 + index in kinds; 0 for none of them
}

// kinds are the errors that keep their identity on the way.
var kinds = []error{ErrGone, ErrNotFound, ErrExists, ErrNotPermitted, ErrSpecial, ErrLeased, ErrLoop, ErrNotDirectory, ErrIsDirectory, ErrNotEmpty,
	ErrMoved, ErrNoSpace, ErrReadOnly, ErrNoAnswer, ErrTooLarge, ErrGivenUp}

// remoteError is an error of the worker.
type remoteError struct {
	text string
	kind error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.kind }

func (r *response) fail(err error) {
	if err == nil {
		return
	}
	r.Failed, r.Err = true, err.Error()
	for i, kind := range kinds {
		if errors.Is(err, kind) {
			r.Kind = i + 1
			return
		}
	}
}

func (r *response) error() error {
	if !r.Failed {
		return nil
	}
	e := &remoteError{text: r.Err}
	if r.Kind > 0 && r.Kind <= len(kinds) {
		e.kind = kinds[r.Kind-1]
	}
	return e
}

// Serve is the worker: it answers requests about one root until in ends. While the root cannot be opened, that is the answer.
func Serve(open func() (*Root, error), in io.Reader, out io.Writer) error {
	w := &worker{in: reexec.NewDecoder(in), out: reexec.NewEncoder(out)}
	for {
		var q request
		if err := w.in.Decode(&q); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		var last response
		var err error
		if w.root == nil {
			if w.root, err = open(); err == nil {
				w.root.syncing = func() { w.out.Encode(response{Syncing: true}) }
			}
		}
		if err != nil {
			last.fail(err)
			if q.Verb == askDo && q.Stream {
				io.Copy(io.Discard, &content{worker: w})
			}
		} else {
			last = w.answer(q)
		}
		last.Done = true
		if err := w.out.Encode(last); err != nil {
			return err
		}
	}
}

type worker struct {
	root *Root
	in   *reexec.Decoder
	out  *reexec.Encoder
}

// batch is how many entries go into one response, and chunk how many bytes.
const (
	batch = 512
	chunk = 256 << 10
)

func (w *worker) answer(q request) (last response) {
	switch q.Verb {
	case askStat:
		i, err := w.root.Stat(q.Path, q.Follow)
		last.Infos = []Info{i}
		last.fail(err)
	case askMount:
		var err error
		last.Mount, err = w.root.MountOf(q.Info)
		last.fail(err)
	case askList:
		n := int64(0)
		last.fail(w.root.List(q.Path, func(i Info) bool {
			last.Infos = append(last.Infos, i)
			if len(last.Infos) == batch {
				if w.out.Encode(response{Infos: last.Infos}) != nil {
					return false // nobody reads it any more
				}
				last.Infos = last.Infos[:0]
			}
			n++
			return q.Limit < 1 || n < q.Limit
		}))
	case askRead:
		last.fail(w.read(q))
	case askCopy:
		last.fail(w.copyOut(q.Path))
	case askDo:
		q.Op.Stream, q.Op.Size = q.Stream || q.File, q.Size
		var content io.Reader = &content{worker: w}
		if q.File {
			content = os.NewFile(handedOver, "content")
		}
		res, err := w.root.Do(q.Op, content, func(done int64) { w.out.Encode(response{Progress: done}) })
		if q.Stream {
			io.Copy(io.Discard, content) // what was sent and not wanted
		}
		last.Result = res
		last.fail(err)
	}
	return last
}

// handedOver is the descriptor of a file that the worker was started with.
const handedOver = 3

// copyOut copies a regular file into the file that was handed over.
func (w *worker) copyOut(path string) error {
	f, i, err := w.root.Read(path)
	if err != nil {
		return err
	}
	defer f.Close()
	to := os.NewFile(handedOver, "copy")
	defer to.Close()
	from, ok := f.(*os.File)
	if !ok {
		return fmt.Errorf("%q: %w", i.Name, ErrSpecial)
	}
	var last time.Time
	return copyFile(to, from, i, w.root.checked(func(done int64) {
		if now := time.Now(); now.Sub(last) > 100*time.Millisecond || done == i.Size {
			last = now
			w.out.Encode(response{Progress: done})
		}
	}))
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
		from = bounded(f, i)
	}
	buf := make([]byte, chunk)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if err := w.out.Encode(response{Data: buf[:n]}); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return unwrapPath(err)
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
		if err := c.worker.in.Decode(&q); err != nil {
			c.end, c.err = true, io.ErrUnexpectedEOF
			continue
		}
		if q.Verb == sendEnd {
			c.end, c.err = true, io.EOF
			if q.Path != "" { // why it broke off
				c.err = errors.New(q.Path)
			}
			continue
		}
		c.left = q.Data
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}
