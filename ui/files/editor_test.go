package files

import (
	"strings"
	"testing"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
)

// TestFileEditorKeepsWhatItDoesNotShow saves a file that was changed in one place: every other byte is as it was.
func TestFileEditorKeepsWhatItDoesNotShow(t *testing.T) {
	for _, content := range []string{"", "one", "a\tb\n\n", "\x1b[2J\\x1b \xff\xfe\r\n\x00\u202e",
		"日本\n" + strings.Repeat("x", 5000)} {
		var saved []byte
		e := newFileEditor("/x", []byte(content), func(b []byte) { saved = b })
		for _, key := range []string{"Z", "^s"} {
			e.Key(kit.Event(key))
		}
		if string(saved) != "Z"+content {
			t.Errorf("%q became %q", content, saved)
		}
	}
	e := newFileEditor("/x", []byte("a"), func([]byte) { t.Error("saved") })
	if !e.Key(kit.Event("Esc")) {
		t.Error("Esc without changes does not leave")
	}
	e.Paste("p\x1b[2J\rq")
	if b, err := e.content(); err != nil || string(b) != "p\x1b[2J\nqa" {
		t.Errorf("pasted: %q, %v", b, err)
	}
	if e.Key(kit.Event("Esc")) || !e.Key(kit.Event("Esc")) {
		t.Error("Esc with changes is to ask once")
	}
	e.Key(tcell.NewEventKey(tcell.KeyRune, '\\', 0))
	e.Key(tcell.NewEventKey(tcell.KeyRune, 'q', 0))
	if _, err := e.content(); err == nil || e.Key(kit.Event("^s")) {
		t.Errorf("an escape that is none is saved: %v", err)
	}
}
