package enter

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
	"unsafe"

	"bones/nsview/enter/child"
	"bones/procwalk/crash"
	"bones/procwalk/fdinfo"

	"golang.org/x/sys/unix"
)

// entered is the second child, which becomes the program. It is a child of ours that was not waited for, so that its
// PID belongs to nobody else.
type entered struct{ pidfd, pid int }

// errNotOurs says that what came as the second child's pidfd is not one.
var errNotOurs = errors.New("the process that was reported as the program inside is not one that bones started for " +
	"it; bones did nothing to it")

// newEntered takes a pidfd over and makes sure that it stands for a child of ours, and not the first one. The PID
// comes from the kernel. root is our proc file system.
//
// Source: waitid(2), P_PIDFD, since Linux 5.4; proc_pid_fdinfo(5), Pid.
func newEntered(root string, pidfd, first int) (_ *entered, err error) {
	defer func() {
		if err != nil {
			unix.Close(pidfd)
		}
	}()
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Waitid(unix.P_PIDFD, pidfd, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	}
	if err != nil { // ECHILD: another's; EBADF, EINVAL: no pidfd
		return nil, fmt.Errorf("%w: %w", errNotOurs, err)
	}
	b, err := os.ReadFile(root + "/self/fdinfo/" + strconv.Itoa(pidfd))
	if err != nil {
		return nil, err
	}
	if info, err := fdinfo.Parse(b); err == nil && info.PID > 1 && info.PID != first {
		return &entered{pidfd, info.PID}, nil
	}
	return nil, errNotOurs
}

// socketPair makes a connection that keeps records apart and on which the kernel tells our end who sent each. Both
// ends are close-on-exec.
//
// Source: unix(7), SO_PASSCRED.
func socketPair() (ours, theirs int, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		unix.Close(fds[0])
		unix.Close(fds[1])
		return 0, 0, err
	}
	return fds[0], fds[1], nil
}

// maxStrangers is how many records of others are passed over before the worker gives up.
const maxStrangers = 1000

// awaitSecond reads what the first child tells until it hands the second one over or fails. What others send over its
// socket, which somebody who traces the second child can get hold of, counts nothing.
func (w *worker) awaitSecond(socket, first int, s *started) (*entered, error) {
	firstFD, err := unix.PidfdOpen(first, 0) // a child of ours that was not waited for
	if err != nil {
		return nil, err
	}
	defer unix.Close(firstFD)
	waiting := []unix.PollFd{{Fd: int32(socket), Events: unix.POLLIN}, {Fd: int32(firstFD), Events: unix.POLLIN}}
	for strangers := 0; strangers < maxStrangers; {
		ready := pollUntil(forever, waiting...)
		if ready[0].Revents&unix.POLLIN == 0 {
			if waiting[0].Fd = -1; ready[1].Revents == 0 { // closed: it is about to end
				continue
			}
			return nil, errors.New("the entering process was ended from outside; its cgroup's memory limit may be the reason")
		}
		rec, from, files, err := receiveReport(socket)
		if err != nil || from != first {
			closeFDs(files)
			strangers++
			continue
		}
		switch {
		case rec.Step == child.TellSecond && len(files) == 1:
			program, err := newEntered(w.plan.Root, files[0], first)
			if err != nil {
				return nil, err
			}
			w.mu.Lock()
			w.program = program
			w.mu.Unlock()
			crash.Go(w.obey)
			if w.plan.Pause {
				w.control.Send(message{Held: true})
			}
			return program, nil
		case rec.Step == child.TellDirOutside:
			s.DirDeleted = unix.Errno(rec.Number) == unix.ENOENT
			s.DirOutside = !s.DirDeleted
		default:
			closeFDs(files)
			return nil, &stepError{rec.Step, unix.Errno(rec.Number)}
		}
	}
	return nil, errors.New("somebody inside writes to the connection of the entering process: bones no longer uses it")
}

// receiveReport reads one record, from whom the kernel says it is, and the descriptors that came along.
func receiveReport(socket int) (rec child.Report, from int, files []int, err error) {
	control := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4))
	buf := (*[child.ReportSize]byte)(unsafe.Pointer(&rec))[:]
	n, controls, flags, _, err := unix.Recvmsg(socket, buf, control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return rec, 0, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(control[:controls])
	if err != nil {
		return rec, 0, nil, err
	}
	for _, m := range messages {
		if c, err := unix.ParseUnixCredentials(&m); err == nil {
			from = int(c.Pid)
		}
		if fds, err := unix.ParseUnixRights(&m); err == nil {
			files = append(files, fds...)
		}
	}
	if n != child.ReportSize || flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = errors.New("a record of another size")
	}
	return rec, from, files, err
}

func closeFDs(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// listen reads what the second child tells until the program is executed, which closes the pipe, or fails, or ends.
// What it says is a claim: a program number in range, or the step that failed.
func (w *worker) listen(pipe int, program *entered, s *started) error {
	for range child.MaxPrograms + 2 {
		ready := pollUntil(forever, unix.PollFd{Fd: int32(pipe), Events: unix.POLLIN}, unix.PollFd{Fd: int32(program.pidfd),
			Events: unix.POLLIN})
		if ready[0].Revents == 0 {
			return nil // it ended, and told no more than was read
		}
		var rec child.Report
		n, err := unix.Read(pipe, (*[child.ReportSize]byte)(unsafe.Pointer(&rec))[:])
		switch {
		case err == unix.EINTR, err == unix.EAGAIN:
		case err != nil:
			return err
		case n == 0:
			return nil
		case n != child.ReportSize:
			return errForged
		case rec.Step == child.TellTry && rec.Number < child.MaxPrograms:
			s.Program = int(rec.Number)
		case rec.Step > child.StepNone && rec.Step <= child.StepExec:
			return &stepError{rec.Step, unix.Errno(rec.Number)}
		default:
			return errForged
		}
	}
	return errForged
}

// errForged says that the second child told what it never tells.
var errForged = errors.New("somebody inside writes to the connection of the program that bones starts there: bones " +
	"ended it (whoever has CAP_SYS_PTRACE there can)")

// pollUntil waits so long until one of the descriptors is ready, and returns them; nil if none was. Negative is for
// ever.
func pollUntil(patience time.Duration, fds ...unix.PollFd) []unix.PollFd {
	deadline := time.Now().Add(patience)
	for {
		left := -1
		if patience >= 0 {
			left = max(0, int(time.Until(deadline).Milliseconds()))
		}
		switch n, err := unix.Poll(fds, left); {
		case n > 0:
			return fds
		case err != unix.EINTR && patience >= 0:
			return nil
		}
	}
}
