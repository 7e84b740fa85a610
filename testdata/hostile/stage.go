package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"bones/procwalk/reexec"
	"bones/testdata/hostile/mini"
)

// pidSocket is where inner reports to; readyPipe where what it starts says that it stands.
const (
	pidSocket = 3
	readyPipe = 3
)

// stage is the init of the namespaces that a kind lives in.
type stage struct {
	dir  string // a directory that vanishes with the mount namespace
	null uintptr
	next int
}

// inner is the program's life as init.
func inner(name, count string) error {
	unix.CloseOnExec(pidSocket)
	pids, err := perform(name, count)
	if err != nil {
		unix.Sendmsg(pidSocket, []byte(err.Error()), nil, nil, 0)
		os.Exit(1)
	}
	for _, pid := range pids {
		if err := sendPID(pidSocket, pid); err != nil {
			unix.Sendmsg(pidSocket, []byte("sending a PID: "+err.Error()), nil, nil, 0)
			os.Exit(1)
		}
	}
	unix.Sendmsg(pidSocket, []byte("ready"), nil, nil, 0)
	for {
		unix.Pause()
	}
}

func perform(name, count string) ([]int, error) {
	k, ok := findKind(name)
	if !ok {
		return nil, fmt.Errorf("no kind %q", name)
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return nil, err
	}
	s := &stage{}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("making the mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return nil, fmt.Errorf("mounting /proc: %w", err)
	}
	for _, dir := range []string{"/mnt", "/media", "/srv", "/opt", "/home"} {
		if err = unix.Mount("hostile", dir, "tmpfs", 0, "mode=755"); err == nil {
			s.dir = dir
			break
		}
	}
	if s.dir == "" {
		return nil, fmt.Errorf("mounting a tmpfs: %w", err)
	}
	// Not an os.File, which closes itself when it is not used any more: its number would be that of /dev/fuse next, a
	// victim would get it as its standard input, and would keep itself stuck for ever.
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s.null = uintptr(null)
	return k.make(s, n)
}

// start runs the program as a process that is called by file, which may be anything, and waits until it stands.
func (s *stage) start(p mini.Program, file string, argv []string, options ...func(*syscall.ProcAttr)) (int, error) {
	path, err := s.write(p, file)
	if err != nil {
		return 0, err
	}
	return s.launch(path, argv, options...)
}

func (s *stage) write(p mini.Program, file string) (string, error) {
	s.next++
	dir := filepath.Join(s.dir, strconv.Itoa(s.next))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	path := dir + "/" + file
	return path, p.Write(path)
}

// startSelf runs this program again, as `hostile self NAME`.
func (s *stage) startSelf(name string, options ...func(*syscall.ProcAttr)) (int, error) {
	return s.launch(reexec.Self, []string{"hostile", "self", name, "--an-argument-to-lose=0123456789"}, options...)
}

// launch starts path and waits for a byte from its descriptor 3.
func (s *stage) launch(path string, argv []string, options ...func(*syscall.ProcAttr)) (int, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer unix.Close(pipe[0])
	attr := &syscall.ProcAttr{Env: []string{"HOME=/"}, Files: []uintptr{s.null, s.null, 2, uintptr(pipe[1])}}
	for _, o := range options {
		o(attr)
	}
	pid, err := syscall.ForkExec(path, argv, attr)
	unix.Close(pipe[1])
	if err != nil {
		return 0, fmt.Errorf("starting it: %w", err)
	}
	return pid, await(pipe[0])
}

// await reads the byte that says that a process stands.
func await(fd int) error {
	var b [1]byte
	for {
		n, err := unix.Read(fd, b[:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case n == 0:
			return errors.New("it ended before it stood")
		default:
			return nil
		}
	}
}

// tellReady is the other end of await.
func tellReady() {
	unix.Write(readyPipe, []byte{1})
	unix.Close(readyPipe)
}

// selves are the kinds that a Go program must make of itself.
func selves() map[string]func() error {
	return map[string]func() error{
		"erased":    eraseArguments,
		"rewritten": rewriteArguments,
		"control":   controlArguments,
		"huge":      hugeArguments,
		"stuck":     stuckVictim,
	}
}

func self(name string) error {
	f, ok := selves()[name]
	if !ok {
		return fmt.Errorf("no such self %q", name)
	}
	if err := f(); err != nil {
		return err
	}
	tellReady()
	for {
		unix.Pause()
	}
}
