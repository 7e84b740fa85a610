package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestConfigOfAnotherIsLeftOut: root with the home of a user must not get the keys that the user chose.
func TestConfigOfAnotherIsLeftOut(t *testing.T) {
	proctest.Need(t, proctest.Root)
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("theme = \"mono\"\n[keys]\nquit = \"F10\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := readConfig(path); c.theme != "mono" || len(c.keys) != 1 {
		t.Fatalf("our own: %+v", c)
	}
	if err := os.Chown(path, 54321, 54321); err != nil {
		t.Fatal(err)
	}
	if _, err := readOwned(path); !errors.Is(err, errOthers) {
		t.Error(err)
	}
	if c := readConfig(path); c.theme != "" || len(c.keys) != 0 || !strings.Contains(strings.Join(c.problems(), "\n"),
		"another user") {
		t.Errorf("another's: %+v, %v", c, c.problems())
	}
}

// TestConfigIsNoDevice: root with the home of a user who has a link there does not open what it leads to: opening some
// devices does something.
func TestConfigIsNoDevice(t *testing.T) {
	dir := t.TempDir()
	pipe, path := filepath.Join(dir, "pipe"), filepath.Join(dir, "config")
	if err := errors.Join(unix.Mkfifo(pipe, 0o600), os.Symlink(pipe, path)); err != nil {
		t.Fatal(err)
	}
	writer := make(chan error, 1)
	go func() { // it can be opened for writing once somebody has opened it for reading
		f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
		f.Close()
		writer <- err
	}()
	for range 20 {
		if c := readConfig(path); len(c.problems()) != 1 {
			t.Fatal(c.problems())
		}
	}
	if len(writer) > 0 {
		t.Error("it was opened")
	} else if f, err := os.OpenFile(pipe, os.O_RDONLY|unix.O_NONBLOCK, 0); err == nil {
		<-writer
		f.Close()
	}
}
