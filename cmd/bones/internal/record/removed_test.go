package record

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestSegmentIsRemoved: where somebody removes the segment that is written to, the next frame begins another; where
// the directory is gone, the recorder says so, in place of writing for an hour what nobody can read.
func TestSegmentIsRemoved(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := newWorld(12, 20)
	for i := range 3 {
		if err := s.Write(w.at(i)); err != nil {
			t.Fatal(err)
		}
	}
	list, _ := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if len(list) != 1 || os.Remove(list[0]) != nil {
		t.Fatalf("segments: %q", list)
	}
	if err := s.Write(w.at(3)); err != nil {
		t.Fatal(err)
	}
	if r := open(t, dir); r.Len() != 1 {
		t.Errorf("%d frames after the segment was removed, want 1", r.Len())
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(w.at(4)); err == nil || !strings.Contains(err.Error(), "somebody removed") {
		t.Errorf("without the directory it says %v", err)
	}
}
