// Package connector hears from the kernel of every process that is made, runs another program, or ends, as it happens:
// what lives for a moment only is in no process table.
package connector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// What is the kind of an event: what has happened to a process.
type What uint32

// Fork: a process was made. Exec: it runs another program. Exit: it has ended. A filter in the kernel leaves out
// threads that begin or end. The numbers are those of linux/cn_proc.h (PROC_EVENT_*).
const (
	Fork What = 0x00000001
	Exec What = 0x00000002
	Exit What = 0x80000000
)

// Message is one thing that has happened to a process. PIDs are those of the first pid namespace.
type Message struct {
	What   What
	PID    int
	Parent int             // of a Fork; of an Exit since Linux 4.18, else 0
	Since  time.Duration   // since boot by CLOCK_MONOTONIC, which stands still during suspension
	Status unix.WaitStatus // of an Exit. The leader of several threads can end before the others: it is told then.
}

// Conn is a connection to the process events connector. It is for one goroutine, but for Close.
//
// Source: drivers/connector/cn_proc.c; Documentation/driver-api/connector.rst.
type Conn struct {
	file   *os.File
	buffer [messageSize]byte
}

const (
	netlinkHeader = 16
	connHeader    = 20
	eventHeader   = 16
	messageSize   = 256
	eventAt       = netlinkHeader + connHeader
	dataAt        = eventAt + eventHeader

	idxProc, valProc = 1, 1 // CN_IDX_PROC, CN_VAL_PROC
	listen, ignore   = 1, 2 // PROC_CN_MCAST_LISTEN, PROC_CN_MCAST_IGNORE
)

// The inodes of the first namespaces are the same on every host.
//
// Source: include/linux/proc_ns.h.
const (
	firstUser = 0xEFFFFFFD
	firstPID  = 0xEFFFFFFC
)

// ErrLost says that the kernel had more to tell than there was room for, and left out some of it.
var ErrLost = errors.New("events were lost: more happened than bones could read in time")

// Open connects. It takes CAP_NET_ADMIN, the first pid, user and net namespaces, and a kernel with
// CONFIG_PROC_EVENTS: the error says which of them is missing.
func Open() (*Conn, error) {
	for name, first := range map[string]uint64{"pid": firstPID, "user": firstUser} {
		var st unix.Stat_t
		if unix.Stat("/proc/self/ns/"+name, &st) == nil && st.Ino != first {
			return nil, &fault.Error{Kind: fault.Unsupported, What: "the process events connector",
				Why: "the kernel tells them in the first " + name + " namespace only, and bones runs in another"}
		}
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, failed(err)
	}
	c := &Conn{file: os.NewFile(uintptr(fd), "connector")}
	if err := c.begin(fd); err != nil {
		c.file.Close()
		return nil, failed(err)
	}
	return c, nil
}

func failed(err error) error {
	e := &fault.Error{What: "the process events connector", Err: err, Kind: fault.Broken}
	switch {
	case errors.Is(err, unix.EPERM):
		e.Kind, e.Hint = fault.NotPermitted, "needs CAP_NET_ADMIN"
	case errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.EAFNOSUPPORT):
		e.Kind, e.Hint = fault.Unsupported, "needs CONFIG_PROC_EVENTS, and the first net namespace"
	}
	return e
}

// begin joins the group and asks the kernel to tell.
func (c *Conn) begin(fd int) error {
	if err := attach(fd); err != nil {
		return err
	}
	// A burst must find room until it is read. Without the right to more it is what the system gives.
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 2<<20)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: idxProc}); err != nil {
		return err
	}
	return c.tell(fd, listen)
}

// tell sends one word to the kernel.
func (c *Conn) tell(fd int, word uint32) error {
	b := make([]byte, netlinkHeader+connHeader+4)
	native := binary.NativeEndian
	native.PutUint32(b, uint32(len(b)))
	native.PutUint16(b[4:], unix.NLMSG_DONE)
	native.PutUint32(b[netlinkHeader:], idxProc)
	native.PutUint32(b[netlinkHeader+4:], valProc)
	native.PutUint16(b[netlinkHeader+16:], 4)
	native.PutUint32(b[netlinkHeader+connHeader:], word)
	return unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// attach has the kernel leave out what is no Fork, Exec or Exit of a whole process: a program with many threads would
// wake bones for each of them.
func attach(fd int) error {
	word := func(k uint32) uint32 { // a load takes the bytes of a word as those of a big-endian number
		var b [4]byte
		binary.NativeEndian.PutUint32(b[:], k)
		return binary.BigEndian.Uint32(b[:])
	}
	const (
		load  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		same  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X
		toX   = unix.BPF_MISC | unix.BPF_TAX
		end   = unix.BPF_RET | unix.BPF_K
	)
	filter := []unix.SockFilter{
		{Code: load, K: eventAt},
		{Code: equal, K: word(uint32(Exec)), Jt: 11}, // jumps count from the line after
		{Code: equal, K: word(uint32(Fork)), Jt: 2},
		{Code: equal, K: word(uint32(Exit)), Jt: 5},
		{Code: end, K: 0},
		{Code: load, K: dataAt + 8}, // of a fork: the child as a task and as a process
		{Code: toX},
		{Code: load, K: dataAt + 12},
		{Code: same, Jt: 4, Jf: 5},
		{Code: load, K: dataAt}, // of an exit: the task, and its process
		{Code: toX},
		{Code: load, K: dataAt + 4},
		{Code: same, Jt: 0, Jf: 1},
		{Code: end, K: messageSize},
		{Code: end, K: 0},
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
}

// Close ends the connection; a Read that waits ends with os.ErrClosed.
func (c *Conn) Close() error {
	if raw, err := c.file.SyscallConn(); err == nil {
		// Kernels before 6.6 count who listens, and do not see that we are gone.
		raw.Control(func(fd uintptr) { c.tell(int(fd), ignore) })
	}
	return c.file.Close()
}

// Read waits for the next message. After ErrLost it goes on with what came later.
func (c *Conn) Read() (Message, error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return Message{}, err
	}
	for {
		var n int
		var from unix.Sockaddr
		var failure error
		err := raw.Read(func(fd uintptr) bool {
			n, from, failure = unix.Recvfrom(int(fd), c.buffer[:], 0)
			return failure != unix.EAGAIN
		})
		switch {
		case err != nil: // it says so by an error of its own
			return Message{}, os.ErrClosed
		case failure == unix.EINTR:
			continue
		case failure == unix.ENOBUFS:
			return Message{}, ErrLost
		case failure != nil:
			return Message{}, fmt.Errorf("the process events connector: %w", failure)
		}
		if sender, ok := from.(*unix.SockaddrNetlink); !ok || sender.Pid != 0 {
			continue // whoever it is, it is not the kernel
		}
		if m, ok := Parse(c.buffer[:n]); ok {
			return m, nil
		}
	}
}

// Parse reads one datagram; false: it tells of something else.
func Parse(b []byte) (m Message, ok bool) {
	native := binary.NativeEndian
	if len(b) < dataAt+16 || native.Uint32(b[netlinkHeader:]) != idxProc ||
		native.Uint32(b[netlinkHeader+4:]) != valProc {
		return m, false
	}
	field := func(i int) uint32 { return native.Uint32(b[dataAt+4*i:]) }
	m.What, m.Since = What(native.Uint32(b[eventAt:])), time.Duration(native.Uint64(b[eventAt+8:]))
	switch m.What {
	case Fork: // the parent as a task and as a process, the child likewise
		m.Parent, m.PID = int(field(1)), int(field(3))
		ok = field(2) == field(3)
	case Exec:
		m.PID = int(field(1))
		ok = true
	case Exit:
		m.PID, m.Status = int(field(1)), unix.WaitStatus(field(2))
		ok = field(0) == field(1)
		if len(b) >= dataAt+24 {
			m.Parent = int(field(5))
		}
	}
	return m, ok && m.PID > 0
}
