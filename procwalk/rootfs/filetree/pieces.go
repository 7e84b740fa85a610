package filetree

import "io"

// Pieces is what a stream holds, in slices of PieceSize bytes but the last, so that nothing is copied when there is
// more.
type Pieces struct {
	List   [][]byte
	Length int64 // bytes in all
}

// PieceSize is in bytes. What a file of the kernel takes is within the first piece, and reaches it in one write.
const PieceSize = 1 << 20

func (p *Pieces) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		if p.Length%PieceSize == 0 {
			p.List = append(p.List, nil)
		}
		last := &p.List[len(p.List)-1]
		n := min(len(rest), PieceSize-len(*last))
		*last, rest = append(*last, rest[:n]...), rest[n:]
		p.Length += int64(n)
	}
	return len(b), nil
}

// WriteTo writes each piece with one call.
func (p *Pieces) WriteTo(w io.Writer) (written int64, err error) {
	for _, b := range p.List {
		n, err := w.Write(b)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
