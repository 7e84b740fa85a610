package proctest

import (
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Refuse has the kernel refuse system calls to this process from now on, on all its threads, as a filter of a
// container engine does that does not know them. It is for parts of a test program: there is no way back. It takes
// root.
//
// Source: seccomp(2), SECCOMP_FILTER_FLAG_TSYNC since Linux 3.17.
func Refuse(errno unix.Errno, calls ...uint32) error {
	return refuse(unix.SECCOMP_FILTER_FLAG_TSYNC, errno, calls)
}

// Without runs f on a thread to which the kernel refuses some system calls: with ENOSYS, as one that is older, or with
// EPERM, as a filter that does not know them. The thread ends with f. Goroutines that f starts are not concerned.
func Without(t testing.TB, errno unix.Errno, calls []uint32, f func() error) error {
	t.Helper()
	type result struct{ filter, err error }
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked
		if err := refuse(0, errno, calls); err != nil {
			done <- result{err, nil}
			return
		}
		done <- result{nil, f()}
	}()
	r := <-done
	if r.filter != nil {
		t.Skipf("a filter of system calls cannot be set: %v", r.filter)
	}
	return r.err
}

// refuse sets a filter. Source: seccomp(2), SECCOMP_SET_MODE_FILTER.
func refuse(flags uintptr, errno unix.Errno, calls []uint32) error {
	const number = 0 // where struct seccomp_data has it
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number}}
	for i, call := range calls {
		program = append(program, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call,
			Jt: uint8(len(calls) - i)}) // to the last one
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)})
	p := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, err := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&p)))
	runtime.KeepAlive(program)
	if err != 0 {
		return err
	}
	return nil
}
