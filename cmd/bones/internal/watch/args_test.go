package watch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/inventory/events"
)

// TestCutCommandLinesSaySo: three points stand for what an event does not keep of a command line, wherever the end of
// an argument is. What is there only to make room, as behind the title that a program gave itself, is nothing.
func TestCutCommandLinesSaySo(t *testing.T) {
	proc := t.TempDir()
	if err := os.Mkdir(filepath.Join(proc, "1"), 0o755); err != nil {
		t.Fatal(err)
	}
	whole := strings.Repeat("a", events.CommandMax)
	for _, c := range []struct{ what, line, want string }{
		{"whole", whole + "\x00", whole},
		{"cut in an argument", whole + "bc\x00", whole + "..."},
		{"cut between arguments", whole + "\x00bc\x00", whole + "..."},
		{"a title and room behind it", "title" + strings.Repeat("\x00", 1000), "title"},
		{"more than is read, with NULs", "a" + strings.Repeat("\x00", argsRead) + "b\x00", "a..."},
	} {
		if err := os.WriteFile(filepath.Join(proc, "1", "cmdline"), []byte(c.line), 0o644); err != nil {
			t.Fatal(err)
		}
		args := argsReader{proc: proc}
		if got, ok := args.read(1); !ok || got.Raw() != c.want {
			t.Errorf("%s: %q of %d bytes, want %q of %d", c.what, got.Raw(), got.Len(), c.want, len(c.want))
		}
	}
}
