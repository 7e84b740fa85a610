package shell

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxBefore is how much a host may print before what bones asked for, in bytes.
const maxBefore = 64 << 10

// marked takes what a host prints: what comes before the line with the marker is for nobody, and what comes
// behind it is the program's. It is for one writer; what it says is read when that has ended.
type marked struct {
	to     io.Writer
	marker string
	begun  chan struct{} // closed when the program begins

	head  []byte
	said  string // the rest of the line with the marker
	found bool
	err   error
}

// Write implements io.Writer.
func (m *marked) Write(b []byte) (int, error) {
	if m.found {
		n, err := m.to.Write(b)
		m.err = err
		return n, err
	}
	m.head = append(m.head, b...)
	line, rest, whole := bytes.Cut(m.head, []byte(m.marker+" "))
	if whole {
		line, rest, whole = bytes.Cut(rest, []byte("\n"))
	}
	if !whole {
		if len(m.head) > maxBefore {
			m.err = fmt.Errorf("the host printed more than %d bytes, and not what bones asked for: %s", maxBefore,
				shortened(string(m.head[:200])))
			return 0, m.err
		}
		return len(b), nil
	}
	m.found, m.said, m.head = true, string(line), nil
	if word, _, _ := strings.Cut(m.said, " "); word == "run" {
		close(m.begun)
	}
	if len(rest) > 0 {
		if _, m.err = m.to.Write(rest); m.err != nil {
			return 0, m.err
		}
	}
	return len(b), nil
}

// failure is why no more was taken.
func (m *marked) failure() error { return m.err }

// ErrTooMuch is the error of a host that prints without an end.
var ErrTooMuch = errors.New("it is more than bones reads of a host")

// Bounded takes so many bytes, and then fails. It has no buffer embedded in it: io.Copy asks a writer for ReadFrom
// first, and that of the buffer would take whatever comes.
type Bounded struct {
	got  bytes.Buffer
	Most int
}

// Write implements io.Writer.
func (b *Bounded) Write(p []byte) (int, error) {
	if b.got.Len()+len(p) > b.Most {
		return 0, fmt.Errorf("it printed more than %d bytes: %w", b.Most, ErrTooMuch)
	}
	return b.got.Write(p)
}

// Bytes are those that it took.
func (b *Bounded) Bytes() []byte { return b.got.Bytes() }

// FirstBytes keeps the first bytes and drops the others. For what it has not embedded see Bounded.
type FirstBytes struct {
	got  bytes.Buffer
	Most int
}

// Write implements io.Writer.
func (h *FirstBytes) Write(p []byte) (int, error) {
	h.got.Write(p[:min(len(p), max(0, h.Most-h.got.Len()))])
	return len(p), nil
}

// String is what it has kept.
func (h *FirstBytes) String() string { return h.got.String() }
