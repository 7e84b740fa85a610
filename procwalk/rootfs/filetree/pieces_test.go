package filetree

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPieces: what comes in parts of any length is kept whole, in slices of one length.
func TestPieces(t *testing.T) {
	content := make([]byte, 2*PieceSize+5)
	rand.NewChaCha8([32]byte{}).Read(content)
	for _, part := range []int{1 << 10, 1000, PieceSize, PieceSize + 1, len(content)} {
		var p Pieces
		for rest := content; len(rest) > 0; {
			n, err := p.Write(rest[:min(part, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(slices.Concat(p.List...), content) || p.Length != int64(len(content)) || len(p.List) != 3 ||
			len(p.List[0]) != PieceSize || len(p.List[1]) != PieceSize {
			t.Errorf("in parts of %d bytes: %d bytes in %d slices", part, p.Length, len(p.List))
		}
		var got bytes.Buffer
		if n, err := p.WriteTo(&got); err != nil || n != p.Length || !bytes.Equal(got.Bytes(), content) {
			t.Errorf("in parts of %d bytes: %d are written, %v", part, n, err)
		}
	}
}
