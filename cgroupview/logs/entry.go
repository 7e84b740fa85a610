// Package logs reads what engines wrote down of what containers print: Docker's json-file, the CRI's form, which
// Podman's k8s-file has too, LXC's console, and the objects that journalctl prints. Everything in them was
// chosen by the container.
package logs

import (
	"strings"
	"time"
)

// Entry is what a container printed: one line of it, or a part of a long one.
type Entry struct {
	Time    time.Time // when the engine read it
	Stream  string    // stdout or stderr; empty: not known
	Text    string    // without the end of the line
	Partial bool      // the line goes on in the next entry of this stream
	Cut     int       // bytes that were left out of a line that is longer than MaxLine
	Err     error     // the line of the log is not of the form that it should have; the rest is empty then
}

// parseConsole reads a line of what a console showed: there is nothing but the text.
func parseConsole(line []byte) (Entry, error) {
	return Entry{Text: strings.TrimRight(string(line), "\r")}, nil
}

// MaxLine is how many bytes of a line are kept.
const MaxLine = 256 << 10

// Joiner puts lines together that engines have split: Docker after 16 KiB, the CRI's engines where they like.
type Joiner struct {
	parts map[string]*part // by stream
}

type part struct {
	first Entry
	text  strings.Builder
	cut   int
}

// Add takes an entry, and returns the line that it completes; false: it does not complete one.
func (j *Joiner) Add(e Entry) (Entry, bool) {
	if e.Err != nil {
		return e, true
	}
	p := j.parts[e.Stream]
	if p == nil && !e.Partial {
		if over := len(e.Text) - MaxLine; over > 0 {
			e.Text, e.Cut = e.Text[:MaxLine], e.Cut+over
		}
		return e, true
	}
	if p == nil {
		p = &part{first: e}
		if j.parts == nil {
			j.parts = map[string]*part{}
		}
		j.parts[e.Stream] = p
	}
	room := max(MaxLine-p.text.Len(), 0)
	p.text.WriteString(e.Text[:min(len(e.Text), room)])
	p.cut += e.Cut + max(len(e.Text)-room, 0)
	if e.Partial {
		return Entry{}, false
	}
	return j.finish(e.Stream), true
}

func (j *Joiner) finish(stream string) Entry {
	p := j.parts[stream]
	delete(j.parts, stream)
	e := p.first
	e.Text, e.Cut, e.Partial = p.text.String(), p.cut, false
	return e
}

// Rest returns the lines whose end has not come.
func (j *Joiner) Rest() []Entry {
	var list []Entry
	for _, stream := range []string{"", "stdout", "stderr"} {
		if j.parts[stream] != nil {
			list = append(list, j.finish(stream))
		}
	}
	return list
}
