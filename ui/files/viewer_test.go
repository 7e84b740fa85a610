package files

import (
	"bytes"
	"strings"
	"testing"
)

// TestLongLinesSayWhatIsLeft: of a long line the beginning is shown, and how many bytes there are beyond it.
func TestLongLinesSayWhatIsLeft(t *testing.T) {
	for n, want := range map[int]string{lineMax: "x", lineMax + 3: "x ... and 3 bytes more"} {
		f := newFileViewer("/a", append(bytes.Repeat([]byte("x"), n), '\n'), false)
		if got := f.line(0); !strings.HasSuffix(got, want) || strings.Count(got, "x") != lineMax {
			t.Errorf("of %d bytes: %d, ending in %q", n, len(got), got[len(got)-30:])
		}
	}
}
