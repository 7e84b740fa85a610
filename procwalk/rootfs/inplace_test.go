package rootfs

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"bones/procwalk/proctest"
)

// TestPieces: what comes in parts of any length is kept whole, in slices of one length.
func TestPieces(t *testing.T) {
	content := make([]byte, 2*pieceSize+5)
	rand.NewChaCha8([32]byte{}).Read(content)
	for _, part := range []int{1 << 10, 1000, pieceSize, pieceSize + 1, len(content)} {
		var p pieces
		for rest := content; len(rest) > 0; {
			n, err := p.Write(rest[:min(part, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(slices.Concat(p.list...), content) || p.length != int64(len(content)) || len(p.list) != 3 ||
			len(p.list[0]) != pieceSize || len(p.list[1]) != pieceSize {
			t.Errorf("in parts of %d bytes: %d bytes in %d slices", part, p.length, len(p.list))
		}
	}
}

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
