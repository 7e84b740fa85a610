package streams

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// readsSome plays a program that reads so much of its input and ends.
func readsSome(t *testing.T, stdio Stdio, n int) string {
	t.Helper()
	f, err := Open(stdio, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.FcntlInt(f.Inside[0].Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	program := os.NewFile(uintptr(fd), "program")
	f.CloseInside()
	f.Copy(func(syscall.Signal) {})
	got, err := io.ReadAll(io.LimitReader(program, int64(n)))
	if err != nil {
		t.Error(err)
	}
	program.Close()
	f.Finish()
	return string(got)
}

// inputs are files that a program may be given, each with the text in it and its end.
func inputs(t *testing.T, text string) map[string]*os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { io.WriteString(w, text); w.Close() }()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := os.NewFile(uintptr(fds[0]), "socket")
	go func() { io.WriteString(ours, text); ours.Close() }()
	all := map[string]*os.File{"a file": file, "a pipe": r, "a socket": os.NewFile(uintptr(fds[1]), "socket")}
	t.Cleanup(func() {
		for _, f := range all {
			io.Copy(io.Discard, f) // whoever writes into it ends
			f.Close()
		}
	})
	return all
}

// TestWhatIsNotReadStays: of each sort of input only that is taken which the program read, and nothing comes twice.
func TestWhatIsNotReadStays(t *testing.T) {
	var long strings.Builder
	for i := range 40000 {
		fmt.Fprintf(&long, "line %d\n", i)
	}
	for _, reads := range []int{0, 1, 2, 4095, 4096, 4097, 100001, 1 << 30} {
		for name, in := range inputs(t, long.String()) {
			got := readsSome(t, Stdio{In: in}, reads)
			rest, err := io.ReadAll(in)
			if err != nil {
				t.Error(err)
			}
			if got+string(rest) != long.String() || len(got) != min(reads, long.Len()) {
				t.Errorf("%s: the program read %d of %d, and %d are left of %d", name, len(got), reads, len(rest), long.Len())
			}
		}
	}
}

// TestNothingIsReadThatNobodyWantsYet: an input that goes on is left alone while the program does not read, and the
// program's end does not wait for it.
func TestNothingIsReadThatNobodyWantsYet(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	w.WriteString("one\n")
	readsSome(t, Stdio{In: r}, 0)
	w.WriteString("two\n")
	b := make([]byte, 100)
	if n, err := r.Read(b); err != nil || string(b[:n]) != "one\ntwo\n" {
		t.Errorf("%q, %v", b[:n], err)
	}
}

// TestKeysOfAnotherJob: a terminal is not read while it is another job's.
func TestKeysOfAnotherJob(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	proctest.Need(t, proctest.PTYs)
	w.WriteString("keys")
	asked := make(chan bool, 1)
	f, err := Open(Stdio{In: r, Out: io.Discard, TTY: true, Mine: func() bool {
		select {
		case asked <- true:
		default:
		}
		return false
	}}, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	f.Copy(func(syscall.Signal) {})
	<-asked
	<-asked
	f.CloseInside()
	f.Finish()
	b := make([]byte, 100)
	if n, err := r.Read(b); err != nil || string(b[:n]) != "keys" {
		t.Errorf("%q, %v", b[:n], err)
	}
}

// TestWriterLeftBehind: what the program left behind, and writes for ever, does not keep its end from being seen.
func TestWriterLeftBehind(t *testing.T) {
	for _, tty := range []bool{false, true} {
		if tty {
			proctest.Need(t, proctest.PTYs)
		}
		came := make(seen, 1)
		f, err := Open(Stdio{Out: came, TTY: tty}, os.Geteuid())
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.FcntlInt(f.Inside[1].Fd(), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		kept := os.NewFile(uintptr(fd), "kept")
		f.CloseInside()
		f.Copy(func(syscall.Signal) {})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				if _, err := kept.WriteString("y\n"); err != nil {
					return
				}
			}
		}()
		<-came
		finished := make(chan struct{})
		go func() { f.Finish(); close(finished) }()
		select {
		case <-finished:
		case <-time.After(proctest.Patience):
			t.Fatal("the end is not seen")
		}
		<-ended
		kept.Close()
	}
}

// seen tells that something was written.
type seen chan struct{}

func (s seen) Write(b []byte) (int, error) {
	select {
	case s <- struct{}{}:
	default:
	}
	return len(b), nil
}

// TestErrorsApart: with a terminal, too, errors can go elsewhere.
func TestErrorsApart(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	var out, errs bytes.Buffer
	f, err := Open(Stdio{Out: &out, Err: &errs, TTY: true, Apart: true}, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	f.Inside[1].WriteString("out")
	f.Inside[2].WriteString("err")
	f.CloseInside()
	f.Copy(func(syscall.Signal) {})
	f.Finish()
	if out.String() != "out" || errs.String() != "err" {
		t.Errorf("%q and %q", &out, &errs)
	}
}
