package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"
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
	if _, err := readSmall(path); !errors.Is(err, errOthers) {
		t.Error(err)
	}
	if c := readConfig(path); c.theme != "" || len(c.keys) != 0 || !strings.Contains(strings.Join(c.problems(), "\n"),
		"another user") {
		t.Errorf("another's: %+v, %v", c, c.problems())
	}
}
