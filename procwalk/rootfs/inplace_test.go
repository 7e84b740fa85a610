package rootfs

import (
	"errors"
	"io"
	"os"
	"testing"

	"bones/procwalk/proctest"
)

// TestTooMuchForAFileItself: a file with a second name is written itself, and not with more than may stand in memory.
// It is refused before the first byte, whether or not the sender knows how much it is.
func TestTooMuchForAFileItself(t *testing.T) {
	const old = "what was there"
	w := newWorldIn(t, inMemory(t), func(root, _ string) {
		os.WriteFile(root+"/linked", []byte(old), 0o644)
		os.Link(root+"/linked", root+"/other-name")
	})
	c := NewClient("/proc", w.id, RootDir, proctest.Patience)
	defer c.Close()
	for _, size := range []int64{-1, maxInPlace + 1} {
		_, err := c.Do(t.Context(), Op{Kind: "put", Path: "/linked"}, io.LimitReader(zeros{}, maxInPlace+1), size, nil)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
		for _, name := range []string{"/linked", "/other-name"} {
			if got, err := os.ReadFile(w.root + name); err != nil || string(got) != old {
				t.Errorf("%d bytes: %s holds %d bytes, %v", size, name, len(got), err)
			}
		}
		noTemps(t, w.root)
	}
}
