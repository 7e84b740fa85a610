package shell

import (
	"bytes"
	"io"
	"testing"
)

// TestBoundsOfWhatIsCopied: a host that writes without an end fills no memory, also when it is io.Copy that takes it,
// as os/exec does.
func TestBoundsOfWhatIsCopied(t *testing.T) {
	endless := func() io.Reader { return io.LimitReader(struct{ io.Reader }{forever{}}, 8<<20) }
	h := &FirstBytes{Most: 100}
	if n, err := io.Copy(h, endless()); n != 8<<20 || err != nil || len(h.String()) != 100 {
		t.Errorf("of %d bytes %d were kept, %v", n, len(h.String()), err)
	}
	b := &Bounded{Most: 100 << 10}
	if _, err := io.Copy(b, endless()); err == nil || len(b.Bytes()) > b.Most {
		t.Errorf("%d bytes were taken, %v", len(b.Bytes()), err)
	}
}

// forever is a host that writes without an end.
type forever struct{}

func (forever) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte("x"), len(b))), nil }
