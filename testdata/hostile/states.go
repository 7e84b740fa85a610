package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"bones/testdata/hostile/mini"
)

// stateKinds are in a state in which some of their files answer otherwise, or not at all.
func stateKinds() []kind {
	one := func(name, doc string, make func(s *stage) (int, error)) kind {
		return kind{name: name, doc: doc, small: true, make: func(s *stage, _ int) ([]int, error) {
			pid, err := make(s)
			return []int{pid}, err
		}}
	}
	return []kind{
		{name: "zombie", doc: "N processes that ended and are not waited for", n: 3, small: true, make: func(s *stage,
			n int) ([]int, error) {
			pid, err := s.start(mini.Program{Mode: mini.Zombies, Count: uint64(n)}, "undertaker", []string{"undertaker"})
			return []int{pid}, err
		}},
		one("dead-leader", "a process whose first thread has ended while another one lives", func(s *stage) (int, error) {
			return s.startInto('Z', mini.Program{Mode: mini.DeadLeader}, "headless", []string{"headless", "--alive"})
		}),
		one("vfork", "a parent that waits in the kernel for a child that never lets go", func(s *stage) (int, error) {
			return s.startInto('D', mini.Program{Mode: mini.VFork}, "vforker", []string{"vforker", "--waiting"})
		}),
		one("stopped", "a stopped process", func(s *stage) (int, error) {
			pid, err := s.start(mini.Program{}, "stopped", []string{"stopped"})
			if err != nil {
				return 0, err
			}
			if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
				return 0, err
			}
			return pid, waitStopped(pid, unix.WUNTRACED)
		}),
		one("traced", "a process that is stopped under a tracer", func(s *stage) (int, error) {
			pid, err := s.start(mini.Program{}, "traced", []string{"traced"})
			if err != nil {
				return 0, err
			}
			if err := unix.PtraceSeize(pid); err != nil {
				return 0, fmt.Errorf("PTRACE_SEIZE: %w", err)
			}
			if err := unix.PtraceInterrupt(pid); err != nil {
				return 0, fmt.Errorf("PTRACE_INTERRUPT: %w", err)
			}
			return pid, waitStopped(pid, 0)
		}),
		one("deleted-exe", "a process whose executable is deleted, and was called so before", func(s *stage) (int, error) {
			path, err := s.write(mini.Program{}, "gone (deleted)\n\x1b[31m")
			if err != nil {
				return 0, err
			}
			pid, err := s.launch(path, []string{"gone", "--for-good"})
			if err != nil {
				return 0, err
			}
			return pid, os.Remove(path)
		}),
		one("deleted-cwd", "a process whose working directory is deleted", func(s *stage) (int, error) {
			dir := filepath.Join(s.dir, "cwd\n\x1b[31m")
			if err := os.Mkdir(dir, 0o755); err != nil {
				return 0, err
			}
			pid, err := s.start(mini.Program{}, "homeless", []string{"homeless"}, func(a *syscall.ProcAttr) { a.Dir = dir })
			if err != nil {
				return 0, err
			}
			return pid, os.Remove(dir)
		}),
	}
}

// startInto starts a program that gets itself into a state, and waits until it is in it.
func (s *stage) startInto(state byte, p mini.Program, file string, argv []string) (int, error) {
	pid, err := s.start(p, file, argv)
	if err != nil {
		return 0, err
	}
	return pid, awaitState(fmt.Sprintf("/proc/%d", pid), state)
}

// waitStopped waits until a child has stopped.
func waitStopped(pid, options int) error {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, options, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("waiting for the stop: %w", err)
		case status.Stopped():
			return nil
		default:
			return fmt.Errorf("it did not stop, but has status %#x", status)
		}
	}
}
