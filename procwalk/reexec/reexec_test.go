package reexec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// errPlain and typedError are what the parts of these tests fail with.
var errPlain = errors.New("a plain failure")

type typedError struct {
	Code int
	Path string
}

func (e *typedError) Error() string { return fmt.Sprintf("typed %d for %q", e.Code, e.Path) }

var vocabulary = NewErrors([]error{errPlain, fs.ErrClosed}, (*typedError)(nil))

type ask struct {
	Text  string
	Write *int
}

type answer struct {
	Text   string
	Files  int
	Failed *Failure
}

// init makes the test program the part that these tests start.
func init() {
	Register("__reexec-test", func(args []string) int {
		c, err := NewConn(3)
		if err != nil {
			return Report(err)
		}
		for {
			var q ask
			files, err := c.Receive(&q)
			if err == io.EOF {
				return len(args)
			}
			a := answer{Text: q.Text, Files: len(files)}
			if q.Text == "fail" {
				a.Failed = vocabulary.Pack(fmt.Errorf("it was %w: %w: %w", errPlain, &typedError{0, "\xff"}, unix.EROFS))
			}
			for _, f := range files {
				if _, err := fmt.Fprintf(f, "%s %d", q.Text, *q.Write); err != nil {
					a.Failed = vocabulary.Pack(err)
				}
				f.Close()
			}
			if err := errors.Join(err, c.Send(a)); err != nil {
				return Report(err)
			}
		}
	})
	Register("__reexec-report", func([]string) int { return Report(errors.New("so it is\n\x1b[2J")) })
}

// TestParts starts this program again, talks with it, gives it files, and closes the connection.
func TestParts(t *testing.T) {
	ours, theirs, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	cmd := Command("__reexec-test", "one", "", "\xff")
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirs}, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	theirs.Close()
	talk := func(q ask, files ...*os.File) answer {
		t.Helper()
		if err := ours.Send(q, files...); err != nil {
			t.Fatal(err)
		}
		var a answer
		if _, err := ours.Receive(&a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	long := strings.Repeat("\xffé", 1<<18) // more than a socket takes at once
	if a := talk(ask{Text: long}); a.Text != long || a.Failed != nil {
		t.Errorf("%d bytes came back of %d", len(a.Text), len(long))
	}
	var files []*os.File
	for n := range maxFiles {
		f, err := os.Create(filepath.Join(t.TempDir(), "file"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
		zero := 0
		if a := talk(ask{Text: long, Write: &zero}, files...); a.Files != n+1 || a.Failed != nil {
			t.Errorf("%d files: %d arrived, %v", n+1, a.Files, a.Failed)
		}
		if b, err := os.ReadFile(f.Name()); err != nil || string(b) != long+" 0" {
			t.Errorf("%d bytes were written into the file, %v", len(b), err)
		}
	}
	if err := ours.Send(ask{}, append(files, files...)...); err == nil {
		t.Error("too many files went along")
	}
	if a := talk(ask{}); a.Text != "" || a.Files != 0 {
		t.Errorf("%+v", a)
	}
	ro, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	one := 1
	if err := vocabulary.Unpack(talk(ask{Write: &one}, ro).Failed); !errors.Is(err, unix.EBADF) {
		t.Errorf("writing where nothing can be written: %v", err)
	}

	err = vocabulary.Unpack(talk(ask{Text: "fail"}).Failed)
	var typed *typedError
	if !errors.Is(err, errPlain) || errors.Is(err, fs.ErrClosed) || !errors.Is(err, unix.EROFS) ||
		!errors.As(err, &typed) || *typed != (typedError{0, "\xff"}) ||
		err.Error() != `it was a plain failure: typed 0 for "\xff": read-only file system` {
		t.Errorf("%v", err)
	}
	if err := ours.CloseWrite(); err != nil {
		t.Error(err)
	}
	if _, err := ours.Receive(new(answer)); err != io.EOF {
		t.Errorf("at its end: %v", err)
	}
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("it ended with %v, want the number of its arguments, 3", cmd.ProcessState)
	}
}

func TestReport(t *testing.T) {
	cmd := Command("__reexec-report")
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Run()
	if got, want := said.String(), "bones: so it is\\n\\x1b[2J\n"; got != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("it said %q and ended with %v, want %q and 1", got, cmd.ProcessState, want)
	}
}

// TestErrorsKeepWhatTheyAre: also those that are nothing but one of a kind, and those without words.
func TestErrorsKeepWhatTheyAre(t *testing.T) {
	if vocabulary.Pack(nil) != nil || vocabulary.Unpack(nil) != nil {
		t.Error("no error is one")
	}
	hinted := &fault.Error{Kind: fault.Unsupported, What: "joining", Why: "not here", Hint: "needs Linux 5.8",
		Err: unix.ENOSYS}
	for _, err := range []error{errPlain, errors.New(""), errors.New("other"), unix.ENOENT, &typedError{},
		fmt.Errorf("around: %w", &typedError{1, "p"}),
		&fs.PathError{Op: "open", Path: "/x", Err: unix.EACCES}, hinted, fmt.Errorf("around: %w", hinted),
		fmt.Errorf("%w: it", fault.Gone), errors.Join(errPlain, fs.ErrClosed)} {
		var b bytes.Buffer
		var f *Failure
		if e := errors.Join(NewEncoder(&b).Encode(vocabulary.Pack(err)), NewDecoder(&b).Decode(&f)); e != nil {
			t.Fatal(e)
		}
		back := vocabulary.Unpack(f)
		if back == nil || back.Error() != err.Error() {
			t.Fatalf("%q came back as %v", err, back)
		}
		for _, is := range []error{errPlain, fs.ErrClosed, fs.ErrPermission, fs.ErrNotExist, unix.ENOENT, unix.EACCES,
			unix.ENOSYS, fault.Gone, fault.Unsupported, fault.NotPermitted} {
			if errors.Is(err, is) != errors.Is(back, is) {
				t.Errorf("%q came back as another, asked for %v", err, is)
			}
		}
		if fault.Of(err) != fault.Of(back) {
			t.Errorf("%q came back as %v, was %v", err, fault.Of(back), fault.Of(err))
		}
		var e, then *fault.Error
		if errors.As(err, &e) && (!errors.As(back, &then) || *e != *then) {
			t.Errorf("%#v came back as %#v", e, then)
		}
		var was, now *typedError
		if errors.As(err, &was) != errors.As(back, &now) || was != nil && *was != *now {
			t.Errorf("%q came back with %v", err, now)
		}
		if _, plain := err.(*typedError); plain {
			if _, ok := back.(*typedError); !ok {
				t.Errorf("%q came back as a %T", err, back)
			}
		}
	}
}

func TestSealedCopy(t *testing.T) {
	f, err := SealedCopy("/etc/hostname", "sealed")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := os.ReadFile("/etc/hostname")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(Path(f)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := f.WriteAt([]byte("x"), 0); err == nil {
		t.Error("it can be written to")
	}
	if w, err := os.OpenFile(Path(f), os.O_WRONLY, 0); err == nil {
		if _, err := w.Write([]byte("x")); err == nil {
			t.Error("it can be written to under another descriptor")
		}
		w.Close()
	}
	if _, err := SealedCopy("/nonexistent", "sealed"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestSealedCopyIsWhole: of a program of several MiB, and of a file that the kernel does not copy by itself.
func TestSealedCopyIsWhole(t *testing.T) {
	for _, path := range []string{Self, "/proc/self/cmdline", "/dev/null"} {
		f, err := SealedCopy(path, "sealed")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(Path(f)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, or others: %v", path, len(got), len(want), err)
		}
	}
}

// TestOnlyTheChildIsHeard: whoever else has got hold of the other end says nothing that counts, and gives no file.
func TestOnlyTheChildIsHeard(t *testing.T) {
	ours, theirs, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	cmd := Command("__reexec-test")
	cmd.ExtraFiles = []*os.File{theirs}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	ours.Only(cmd.Process.Pid)
	var a answer
	if err := ours.Send(ask{Text: "child"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Receive(&a); err != nil || a.Text != "child" {
		t.Fatalf("%+v, %v", a, err)
	}
	stolen, err := NewConn(theirs.Fd()) // a descriptor that we still have, as one who may trace the child would
	if err != nil {
		t.Fatal(err)
	}
	defer stolen.Close()
	if err := stolen.Send(answer{Text: "stranger"}, os.Stderr); err != nil {
		t.Fatal(err)
	}
	if files, err := ours.Receive(&a); !errors.Is(err, ErrStranger) || len(files) > 0 {
		t.Errorf("a stranger was heard: %+v, %v, %d files", a, err, len(files))
	}
}
