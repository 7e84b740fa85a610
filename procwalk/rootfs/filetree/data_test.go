package filetree

import (
	"errors"
	"io"
	"testing"
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
