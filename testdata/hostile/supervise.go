package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// supervise runs the init of a new pid namespace that makes the kind, and ends it.
func supervise(k kind, n int) error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socketpair: %w", err)
	}
	defer unix.Close(pair[0])
	if err := unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return fmt.Errorf("SO_PASSCRED: %w", err)
	}
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	if k.userNS || os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	p, err := os.StartProcess(reexec.Self, []string{"hostile", "inner", k.name, strconv.Itoa(n)}, &os.ProcAttr{
		Files: []*os.File{null, null, os.Stderr, os.NewFile(uintptr(pair[1]), "pids")},
		Sys:   attr,
	})
	if err != nil {
		return fmt.Errorf("new namespaces: %w", err)
	}
	unix.Close(pair[1])
	over := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		<-signals
		p.Kill() // also while it is being made
		close(over)
	}()
	go func() {
		io.Copy(io.Discard, os.Stdin)
		signals <- syscall.SIGTERM
	}()
	defer func() {
		p.Kill()
		p.Wait() // the whole pid namespace is gone when its init has been waited for
	}()

	pids, err := receivePIDs(pair[0])
	if err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	var line strings.Builder
	line.WriteString("ready")
	for _, pid := range pids {
		fmt.Fprintf(&line, " %d", pid)
	}
	fmt.Println(line.String())

	<-over
	return nil
}

// sendPID tells the other end of a socket a PID of this pid namespace; the kernel translates it on the way.
func sendPID(fd, pid int) error {
	cred := unix.UnixCredentials(&unix.Ucred{Pid: int32(pid), Uid: 0, Gid: 0})
	return unix.Sendmsg(fd, []byte("pid"), cred, nil, 0)
}

// receivePIDs takes what sendPID sent, until "ready" or an error comes.
func receivePIDs(fd int) ([]int, error) {
	var pids []int
	buf, oob := make([]byte, 4096), make([]byte, 256)
	for {
		n, m, _, _, err := unix.Recvmsg(fd, buf, oob, 0)
		switch word := string(buf[:max(n, 0)]); {
		case err == unix.EINTR:
		case err != nil:
			return nil, err
		case n == 0:
			return nil, errors.New("the init of the namespace ended before it was ready")
		case word == "ready":
			return pids, nil
		case word == "pid":
			messages, err := unix.ParseSocketControlMessage(oob[:m])
			if err != nil {
				return nil, err
			}
			for i := range messages {
				if cred, err := unix.ParseUnixCredentials(&messages[i]); err == nil {
					pids = append(pids, int(cred.Pid))
				}
			}
		default:
			return nil, errors.New(word)
		}
	}
}
