package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// screen is a program that runs on a terminal of 160x45, whose other end the benchmark holds and reads.
type screen struct {
	cmd    *exec.Cmd
	master *os.File
	drawn  atomic.Int64 // bytes that the program has sent to the terminal
	ended  chan error   // holds what Wait said, once the program has ended
}

// onScreen starts a program on such a terminal, which is its controlling terminal. The program's environment is the
// same on every host.
func onScreen(argv []string) (*screen, error) {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil, fmt.Errorf("%s is not installed", argv[0])
	}
	master, slave, err := openPTY(160, 45)
	if err != nil {
		return nil, err
	}
	s := &screen{cmd: exec.Command(argv[0], argv[1:]...), master: master, ended: make(chan error, 1)}
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "TERM=xterm-256color", "HOME=" + binDir}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = s.cmd.Start()
	slave.Close()
	if err != nil {
		master.Close()
		return nil, err
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := master.Read(buf)
			s.drawn.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	go func() { s.ended <- s.cmd.Wait() }()
	return s, nil
}

// stays leaves the program alone for a while. It is an error if the program ends meanwhile.
func (s *screen) stays(d time.Duration) error {
	select {
	case err := <-s.ended:
		s.ended <- err
		return fmt.Errorf("it does not stay on the terminal: %v", err)
	case <-time.After(d):
		return nil
	}
}

// end sends the program a signal that ends it, waits for that, and closes the terminal: what the program started is in
// its session, and is told by the terminal's end.
func (s *screen) end(sig syscall.Signal) {
	s.cmd.Process.Signal(sig)
	<-s.ended
	s.master.Close()
}

func openPTY(columns, rows uint16) (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	}
	if err == nil {
		slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("a pseudo-terminal: %w", err)
	}
	return master, slave, nil
}
