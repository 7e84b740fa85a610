package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	warmUp    = 4 * time.Second // until a program refreshes steadily
	refreshes = 15              // that are measured, one a second: some of them are kept for the past, which costs more
)

// refreshed is what a program that refreshes on a terminal costs.
type refreshed struct {
	cpu      time.Duration // of one refresh, drawing included
	sent     int64         // bytes a refresh to the terminal
	resident int64         // bytes: the program, or what it started where that is more
}

// refreshCost runs a program that refreshes once a second on a terminal of 160x45.
func refreshCost(argv []string) (cost refreshed, err error) {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return cost, fmt.Errorf("%s is not installed", argv[0])
	}
	master, slave, err := openPTY(160, 45)
	if err != nil {
		return cost, err
	}
	defer master.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "TERM=xterm-256color", "HOME=" + binDir}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	slave.Close()
	if err != nil {
		return cost, err
	}
	var drawn atomic.Int64
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := master.Read(buf)
			drawn.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		// What it started is in its session, and is told by the terminal's end.
		cmd.Process.Kill()
		<-ended
	}()
	select {
	case err := <-ended:
		ended <- err
		return cost, fmt.Errorf("it does not stay on the terminal: %v", err)
	case <-time.After(warmUp):
	}
	before, err := cpuOf(cmd.Process.Pid)
	if err != nil {
		return cost, err
	}
	bytesBefore := drawn.Load()
	select {
	case err := <-ended:
		ended <- err
		return cost, fmt.Errorf("it ended: %v", err)
	case <-time.After(refreshes * time.Second):
	}
	after, err := cpuOf(cmd.Process.Pid)
	if err != nil {
		return cost, err
	}
	sent := drawn.Load() - bytesBefore
	if sent == 0 {
		return cost, errors.New("it drew nothing in all that time")
	}
	return refreshed{(after - before) / refreshes, sent / refreshes, residentOf(cmd.Process.Pid)}, nil
}

// cpuOf returns the CPU time of a process and its descendants, by their CPU clocks.
//
// Source: clock_getcpuclockid(3); include/linux/posix-timers_types.h, CPUCLOCK_SCHED.
func cpuOf(pid int) (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of %d: %w", pid, err)
	}
	sum := time.Duration(ts.Nano())
	for _, child := range childrenOf(pid) {
		if cpu, err := cpuOf(child); err == nil { // or it has ended
			sum += cpu
		}
	}
	return sum, nil
}

// residentOf returns the resident memory of a process or of one that it started, the largest of them, in bytes.
//
// Source: proc_pid_statm(5).
func residentOf(pid int) (bytes int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if f := strings.Fields(string(b)); len(f) > 1 {
		pages, _ := strconv.ParseInt(f[1], 10, 64)
		bytes = pages * int64(os.Getpagesize())
	}
	for _, child := range childrenOf(pid) {
		bytes = max(bytes, residentOf(child))
	}
	return bytes
}

// childrenOf returns what a process started.
func childrenOf(pid int) (children []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, _ := os.ReadFile(list) // or the thread has ended
		for _, word := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(word); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
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
