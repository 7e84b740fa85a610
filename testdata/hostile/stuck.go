package main

import (
	"bones/procwalk/reexec"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stuckKinds hold a lock that their readers need.
func stuckKinds() []kind {
	return []kind{{
		name:   "stuck",
		doc:    "a process that holds its mmap_lock: reading its cmdline never ends",
		userNS: true,
		make:   makeStuck,
	}, {
		name:   "stuck-many",
		doc:    "N of them",
		n:      8, // more than bones tries in one pass, wherever it looks from
		userNS: true,
		make: func(s *stage, n int) ([]int, error) {
			var pids []int
			for range n {
				one, err := makeStuck(s, 1)
				if err != nil {
					return nil, err
				}
				pids = append(pids, one...)
			}
			return pids, nil
		},
	}}
}

const (
	stuckFile = "file" // the FUSE file, in the working directory
	goPipe    = 4      // where the victim is told that its read is under way
	tidPipe   = 5      // where it says which thread is going to hang
)

// makeStuck serves a FUSE file that never answers a read, to a victim that
//
//  1. opens it and reads: the page stays locked until the answer comes;
//  2. opens it again, which this time is answered with FOPEN_DIRECT_IO, and maps it privately. The kernel takes the
//     mmap_lock for writing, and in fuse_file_mmap (fs/fuse/file.c) it drops the file's cached pages, for which it
//     waits for the page's lock.
//
// The end of the server closes /dev/fuse, which ends every wait.
func makeStuck(s *stage, _ int) ([]int, error) {
	s.next++
	dir := filepath.Join(s.dir, strconv.Itoa(s.next))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, stuckFile)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return nil, err
	}
	server, err := mountFUSE(path)
	if err != nil {
		return nil, err
	}
	go server.serve()
	var begin, tid [2]int
	if err := errors.Join(unix.Pipe2(begin[:], unix.O_CLOEXEC), unix.Pipe2(tid[:], unix.O_CLOEXEC)); err != nil {
		return nil, err
	}
	pid, err := s.startSelf("stuck", func(a *syscall.ProcAttr) {
		a.Files = append(a.Files, uintptr(begin[0]), uintptr(tid[1]))
		a.Dir = dir
	})
	if err != nil {
		return nil, err
	}
	unix.Close(begin[0])
	unix.Close(tid[1])
	defer unix.Close(begin[1])
	defer unix.Close(tid[0])
	select {
	case <-server.reading:
	case <-time.After(10 * time.Second):
		return nil, errors.New("the victim did not come to read")
	}
	if _, err := unix.Write(begin[1], []byte{1}); err != nil {
		return nil, err
	}
	buf := make([]byte, 32)
	n, err := unix.Read(tid[0], buf)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("the victim did not tell its thread: %v", err)
	}
	// The thread sleeps uninterruptibly, in its system call mmap.
	return []int{pid}, awaitState(fmt.Sprintf("/proc/%d/task/%s", pid, buf[:n]), 'D')
}

// awaitState waits until the process or the thread with this directory of /proc is in a state: it says that it stands
// before its last system call brings it there.
func awaitState(dir string, state byte) error {
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			return err
		}
		if bytes.Contains(stat, []byte{')', ' ', state, ' '}) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s never has the state %c: %q", dir, state, stat)
		}
	}
}

// stuckVictim is the life of the victim.
func stuckVictim() error {
	reexec.SetName("hostile") // started through /proc/self/exe, it is called exe
	path, err := filepath.Abs(stuckFile)
	if err != nil {
		return err
	}
	go func() {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fmt.Fprintln(os.Stderr, "hostile: stuck:", err)
			return
		}
		unix.Read(fd, make([]byte, 4096)) // for ever
	}()
	go func() {
		if err := await(goPipe); err != nil {
			return
		}
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fmt.Fprintln(os.Stderr, "hostile: stuck: second open:", err)
			return
		}
		unix.Write(tidPipe, []byte(strconv.Itoa(unix.Gettid())))
		unix.RawSyscall6(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE, uintptr(fd), 0) // for ever, too
	}()
	return nil
}
