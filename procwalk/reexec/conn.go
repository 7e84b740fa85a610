package reexec

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Conn carries messages and open files between two processes, both ways. Send may be called by several goroutines,
// Receive by one at a time.
type Conn struct {
	sock *net.UnixConn
	enc  *Encoder
	dec  *Decoder

	sending sync.Mutex
	give    []int      // descriptors that go along with the next bytes
	got     []*os.File // that came along with the last ones
	only    int        // whose messages count; 0: anybody's
}

// maxFiles is how many open files one message takes along.
const maxFiles = 4

// Pair makes the two ends of a connection: one for us, and one to be given to a process that is started.
func Pair() (ours *Conn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("a connection to another process of ours: %w", err)
	}
	theirs = os.NewFile(uintptr(fds[1]), "connection")
	// From now on the kernel says with all that is sent to us who sent it: see Only.
	if err = unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		unix.Close(fds[0])
		theirs.Close()
		return nil, nil, fmt.Errorf("a connection to another process of ours: %w", err)
	}
	if ours, err = NewConn(uintptr(fds[0])); err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// NewConn takes over a descriptor that the process was started with, or one end of a pair of sockets.
func NewConn(fd uintptr) (*Conn, error) {
	f := os.NewFile(fd, "connection")
	if f == nil {
		return nil, errors.New("there is no connection to the process that started this one")
	}
	defer f.Close() // it is duplicated, with close-on-exec
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("the connection to another process of ours: %w", err)
	}
	sock, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("the connection to another process of ours is no Unix socket")
	}
	conn := &Conn{sock: sock}
	conn.enc, conn.dec = NewEncoder(sendingSide{conn}), NewDecoder(receivingSide{conn})
	return conn, nil
}

// Send sends a message, and with it open files, which stay open here.
func (c *Conn) Send(message any, files ...*os.File) error {
	if len(files) > maxFiles {
		return fmt.Errorf("%d files do not go along with a message, at most %d do", len(files), maxFiles)
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	c.give = c.give[:0]
	for _, f := range files {
		c.give = append(c.give, int(f.Fd()))
	}
	err := c.enc.Encode(message)
	runtime.KeepAlive(files) // the collector of garbage closes what nobody has any more
	return err
}

// Receive reads the next message into what message points to, and returns the files that came along, which are the
// caller's to close. It is io.EOF when the other end was closed.
func (c *Conn) Receive(message any) ([]*os.File, error) {
	c.got = nil
	err := c.dec.Decode(message)
	if err != nil {
		closeAll(c.got)
		return nil, err
	}
	return c.got, nil
}

// Only makes Receive fail on what another process has sent than this child of ours, which has not been waited for: the
// other end may have been stolen by somebody who may trace that child. It is for the end that Pair calls ours, and is
// called before the first Receive.
//
// Source: unix(7), SCM_CREDENTIALS: the kernel fills in the sender's PID as we see it.
func (c *Conn) Only(pid int) { c.only = pid }

// Close closes the connection. A call that waits ends.
func (c *Conn) Close() error { return c.sock.Close() }

// CloseWrite says that nothing will be sent any more; the other end reads to the end.
func (c *Conn) CloseWrite() error { return c.sock.CloseWrite() }

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

type sendingSide struct{ c *Conn }

// Write sends the files with the first of the bytes.
func (s sendingSide) Write(b []byte) (done int, err error) {
	if len(s.c.give) > 0 && len(b) > 0 {
		done, _, err = s.c.sock.WriteMsgUnix(b, unix.UnixRights(s.c.give...), nil)
		if s.c.give = s.c.give[:0]; err != nil {
			return done, err
		}
	}
	n, err := s.c.sock.Write(b[done:])
	return done + n, err
}

type receivingSide struct{ c *Conn }

func (r receivingSide) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	control := make([]byte, unix.CmsgSpace(4*maxFiles)+unix.CmsgSpace(unix.SizeofUcred))
	n, controls, flags, _, err := r.c.sock.ReadMsgUnix(b, control)
	if controls > 0 {
		got, from := contents(control[:controls])
		if r.c.only != 0 && n > 0 && from != r.c.only {
			closeAll(got)
			return 0, fmt.Errorf("%w: PID %d sent it", ErrStranger, from)
		}
		if flags&unix.MSG_CTRUNC == 0 && len(r.c.got)+len(got) <= maxFiles {
			r.c.got = append(r.c.got, got...)
		} else {
			closeAll(got)
			return 0, fmt.Errorf("more than %d files came along with a message", maxFiles)
		}
	}
	if r.c.only != 0 && n > 0 && controls == 0 {
		return 0, ErrStranger
	}
	if n == 0 && (err == nil || errors.Is(err, io.EOF)) {
		err = io.EOF // as it is: readers compare
	}
	return n, err
}

// ErrStranger says that a message came from a process that nobody was to hear.
var ErrStranger = errors.New("a message that the process that we started did not send")

// contents are the open files of control messages, which are close-on-exec already, and who has sent them; 0: nobody
// knows.
//
// Source: unix(7), SCM_RIGHTS, SCM_CREDENTIALS.
func contents(control []byte) (files []*os.File, from int) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, 0
	}
	for _, m := range messages {
		if c, err := unix.ParseUnixCredentials(&m); err == nil {
			from = int(c.Pid)
		}
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "file"))
		}
	}
	return files, from
}
