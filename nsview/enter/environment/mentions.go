package environment

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// Mentions hands on what a program writes, and notes which of some variables that the program lacks are named in it:
// programs that fail for want of a variable say which as a rule. Only the beginning is looked at.
type Mentions struct {
	w     io.Writer
	names []string

	mu   sync.Mutex
	head []byte
}

// mentionsMax is how much of what a program writes is looked at, in bytes.
const mentionsMax = 16 << 10

// NewMentions returns one that writes to w; nil throws away.
func NewMentions(w io.Writer, names []string) *Mentions { return &Mentions{w: w, names: names} }

// Write implements io.Writer.
func (m *Mentions) Write(b []byte) (int, error) {
	m.mu.Lock()
	m.head = append(m.head, b[:min(len(b), mentionsMax-len(m.head))]...)
	m.mu.Unlock()
	if m.w == nil {
		return len(b), nil
	}
	return m.w.Write(b)
}

// Found returns the names that were written so far.
func (m *Mentions) Found() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Named(string(m.head), m.names)
}

// Named returns those of the names that stand in a text as words.
func Named(s string, names []string) (found []string) {
	part := func(b byte) bool {
		return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
	}
	words := map[string]bool{}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r > 127 || !part(byte(r)) }) {
		words[word] = true
	}
	for _, name := range names {
		// A name that could be any word of a message is no evidence.
		if words[name] && len(name) > 2 && bytes.ContainsAny([]byte(name), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") &&
			!slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}
