package main

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Go program that gets no thread or no address space does not fail with an error: the runtime prints a trace and
// ends with status 2, the first time before anything of the program runs. So bones looks whether there is room before
// it starts the runtime. `make build` links it with the entry point entry (room_ARCH.s); what was linked without has
// the runtime started, and looks in main.

const (
	// wantedThreads is how many threads a command needs beside the first, with some to spare: the runtime's own, one
	// for each CPU it uses, and some that wait in the kernel.
	wantedThreads = 12
	// startedThreads of them are there when main begins.
	startedThreads = 3
	// wantedSpace is how much address space the runtime reserves, in bytes, with some to spare. It uses little of it.
	wantedSpace = 1536 << 20
	// wantedData is how much of it may be written to, in bytes: what a table of some ten thousand processes takes.
	wantedData = 256 << 20
)

// Messages of entry, which has nothing but write(2).
var (
	noThreads = "bones: starting: there is no room for 12 more threads: a limit on processes is reached; " +
		"raise pids.max of this control group, or the limit of this user (ulimit -u), or end what fills it\n"
	noSpace = "bones: starting: the address space is limited to less than 1536 MiB; " +
		"raise the limit of this shell (ulimit -v) to 1572864 or unlimited\n"
	noData = "bones: starting: the data of a process is limited to less than 256 MiB; " +
		"raise the limit of this shell (ulimit -d) to 262144 or unlimited\n"
)

// entered is set by entry when it has looked.
var entered uint32

// entry is where the kernel starts the program: it looks, and goes on to the runtime's own entry point, or says what
// is missing and ends with status 1.
//
//lint:ignore U1000 the linker is told to begin there
func entry()

// probeThreads makes so many processes that share our memory and end at once, and waits for them after the last: until
// then each of them counts. It returns 0 if that could be done. Threads count as processes for both limits.
//
// Source: clone(2), CLONE_VM; wait4(2), __WCLONE; Documentation/admin-guide/cgroup-v1/pids.rst.
func probeThreads(n int64) int64

// checkRoom does what entry does, where bones was linked without it.
func checkRoom() error {
	if entered != 0 {
		return nil
	}
	var space unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &space); err == nil && space.Cur < wantedSpace {
		return errors.New(noSpace)
	}
	var data unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &data); err == nil && data.Cur < wantedData {
		return errors.New(noData)
	}
	// No handler of the runtime may run in a process that shares our memory.
	all := unix.Sigset_t{}
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	var old unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &old); err != nil {
		return nil
	}
	made := probeThreads(wantedThreads - startedThreads)
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil); err != nil {
		return err
	}
	if made != 0 {
		return errors.New(noThreads)
	}
	return nil
}

// roomOrEnd is checkRoom for main.
func roomOrEnd() {
	if err := checkRoom(); err != nil {
		fmt.Fprint(os.Stderr, err)
		os.Exit(exitFailed)
	}
}
