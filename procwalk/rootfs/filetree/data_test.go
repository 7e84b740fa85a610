package filetree

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"bones/procwalk/proctest"
)

// TestEndlessFile reads a file that claims no length and never ends.
func TestEndlessFile(t *testing.T) {
	n, err := io.Copy(io.Discard, Bounded(zeros{}, 0, "endless"))
	if !errors.Is(err, ErrTooLarge) || n > endless {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := io.Copy(io.Discard, Bounded(zeros{}, 5<<20, "long")); n != 5<<20 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestFileThatShrinks: what a file lost while it was copied is not zeros in the copy, but an error.
func TestFileThatShrinks(t *testing.T) {
	dir := t.TempDir()
	const part = 1 << 20
	from, err := os.Create(dir + "/from")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	full := bytes.Repeat([]byte("x"), part)
	for _, at := range []int64{0, 2 * part, 4 * part} { // with holes between them, so that there are parts to copy
		if _, err := from.WriteAt(full, at); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(dir + "/from")
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(dir + "/to")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	err = CopyFile(to, from, int64(len(want)), "from", func(int64) error { return from.Truncate(part / 2) })
	if got, _ := os.ReadFile(dir + "/to"); !errors.Is(err, ErrShorter) && !bytes.Equal(got, want) {
		t.Errorf("%v, and a copy of %d bytes which is not what there was", err, len(got))
	}
}

// TestFileThatGrows: of a file that has grown since it was opened as much is copied as it had then.
func TestFileThatGrows(t *testing.T) {
	dir := t.TempDir()
	now := bytes.Repeat([]byte("x"), 3<<20)
	if err := os.WriteFile(dir+"/from", now, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, then := range []int{10, 2 << 20} {
		from, err1 := os.Open(dir + "/from")
		to, err2 := os.Create(dir + "/to")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		err := errors.Join(CopyFile(to, from, int64(then), "from", nil), from.Close(), to.Close())
		if got, _ := os.ReadFile(dir + "/to"); err != nil || !bytes.Equal(got, now[:then]) {
			t.Errorf("%v, and %d bytes of the %d that there were", err, len(got), then)
		}
	}
}

// TestFileThatClaimsMore: a file of sysfs claims a page, and its copy is as long as what can be read of it.
func TestFileThatClaimsMore(t *testing.T) {
	from, err := os.Open("/sys/kernel/fscaps")
	if err != nil {
		proctest.Missing(t, "a file of sysfs: %v", err)
	}
	defer from.Close()
	want, err := os.ReadFile("/sys/kernel/fscaps")
	if err != nil {
		t.Fatal(err)
	}
	info, err := from.Stat()
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.Create(t.TempDir() + "/to")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if err := CopyFile(to, from, info.Size(), "fscaps", nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(to.Name()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the copy has %d bytes, and the file %d: %v", len(got), len(want), err)
	}
}

// TestGrownFileIsCopiedAsItWas: a file that grows while it is copied is not followed: the copy is as long as the file
// was when it was opened.
func TestGrownFileIsCopiedAsItWas(t *testing.T) {
	for _, size := range []int{5, clonable, 3 << 20} {
		name := filepath.Join(t.TempDir(), "grows")
		was := bytes.Repeat([]byte("a"), size)
		if err := os.WriteFile(name, append(was, "more"...), 0o600); err != nil { // it has grown since it was looked at
			t.Fatal(err)
		}
		from, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		told := 0
		err = CopyFile(to, from, int64(size), "grows", func(int64) error {
			if told++; told > 100 {
				return errors.New("it is followed")
			}
			_, err := from.Write(was[:5])
			return err
		})
		got, readErr := os.ReadFile(to.Name())
		if err != nil || readErr != nil || !bytes.Equal(got, was) {
			t.Errorf("a file of %d bytes that grew became %d: %v, %v", size, len(got), err, readErr)
		}
	}
}
