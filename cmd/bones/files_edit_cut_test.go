package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"bones/cmd/bones/internal/copying"
	"bones/procwalk/proctest"
)

// TestEditedTextThatIsTooLong: what an editor that fails has added to a file of the greatest length is not taken for
// nothing, which would have the copy removed.
func TestEditedTextThatIsTooLong(t *testing.T) {
	editor := filepath.Join(proctest.TempDir(t), "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\necho added >> \"$1\"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", editor)
	before := bytes.Repeat([]byte("x"), maxEdit)
	e, err := copying.NewEditCopy("long", before)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Remove()
	if after, err := edited(e); err == nil || after != nil {
		t.Errorf("%d bytes, as before: %v; error %v", len(after), bytes.Equal(after, before), err)
	}
}
