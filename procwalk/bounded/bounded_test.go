package bounded

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

func TestReadAll(t *testing.T) {
	for _, size := range []int{0, 1, 7, 4095, 4096, 4097, 100_000} {
		whole := strings.Repeat("x", size)
		for _, most := range []int{0, 1, 6, 7, 8, 4095, 4096, 4097, 99_999, 100_000, 100_001} {
			for name, r := range map[string]io.Reader{"at once": strings.NewReader(whole),
				"byte by byte": iotest.OneByteReader(strings.NewReader(whole)),
				"end with it":  iotest.DataErrReader(strings.NewReader(whole))} {
				b, err := ReadAll(r, int64(most))
				if len(b) != min(size, most) || errors.Is(err, ErrTooLong) != (size > most) || err != nil && size <= most {
					t.Errorf("%d bytes, at most %d, %s: %d, %v", size, most, name, len(b), err)
				}
			}
		}
	}
	broken := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(unix.EIO))
	if b, err := ReadAll(broken, 9); string(b) != "abc" || err != unix.EIO {
		t.Errorf("%q, %v", b, err)
	}
}

func TestReadFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(name, []byte("seven\n!"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(name, 7); string(b) != "seven\n!" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	b, err := ReadFile(name, 6)
	if string(b) != "seven\n" || !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), name) {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := ReadFile(name+"x", 6); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestFD(t *testing.T) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := ReadAll(FD(f.Fd()), 1<<20)
	if err != nil || !bytes.HasPrefix(b, []byte("Name:")) || b[len(b)-1] != '\n' {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := ReadAll(FD(-1), 1); err != unix.EBADF {
		t.Error(err)
	}
}
