package record

import (
	"bytes"
	"testing"

	"bones/procwalk"
)

// TestNoRecordingHasRoots: frames of rows with numbers for their root directories are, to the byte, those of rows
// without. The numbers stand for places in the kernel's memory, and say nothing to whoever reads the recording.
func TestNoRecordingHasRoots(t *testing.T) {
	with, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	without, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	a, b := newWorld(3, 20), newWorld(3, 20)
	for second := range 3 {
		f, plain := a.at(second), b.at(second)
		rooted := 0
		for i := range f.Processes {
			p := &f.Processes[i]
			if p.NS != nil {
				spaces := p.NS.WithRoot(uint32(10*second + i + 1))
				p.NS, rooted = &spaces, rooted+1
			}
		}
		if rooted == 0 {
			t.Fatal("no process has namespaces")
		}
		got, _, err := with.Encode(f)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := without.Encode(plain)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("frame %d: %d bytes, %d without the roots", second, len(got), len(want))
		}
	}
	var spaces procwalk.Namespaces
	if numbered := spaces.WithRoot(7); numbered.Root() != 7 || spaces.Root() != 0 {
		t.Errorf("the numbers are %d and %d", numbered.Root(), spaces.Root())
	}
}
