package logs

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"time"
)

// ParseJournal reads an object of `journalctl --output=json`. MESSAGE is text, or an array of bytes where it is no
// UTF-8, or null where it is too large to be printed.
//
// Source: systemd, docs/JOURNAL_EXPORT_FORMATS.md; moby, daemon/logger/journald/journald.go: a message of the
// priority err was printed to stderr, one with CONTAINER_PARTIAL_MESSAGE goes on in the next.
func ParseJournal(line []byte) (Entry, error) {
	var v struct {
		Message  json.RawMessage `json:"MESSAGE"`
		Priority string          `json:"PRIORITY"`
		Partial  string          `json:"CONTAINER_PARTIAL_MESSAGE"`
		Time     string          `json:"__REALTIME_TIMESTAMP"` // microseconds
	}
	if err := json.Unmarshal(line, &v); err != nil {
		return Entry{}, errForm
	}
	micros, err := strconv.ParseInt(v.Time, 10, 64)
	if err != nil {
		return Entry{}, errForm
	}
	e := Entry{Time: time.UnixMicro(micros).UTC(), Stream: "stdout", Partial: v.Partial == "true"}
	if v.Priority == "3" {
		e.Stream = "stderr"
	}
	var printed *string
	var numbers []uint16
	switch {
	case len(v.Message) == 0:
		return Entry{}, errForm
	case json.Unmarshal(v.Message, &printed) == nil:
		if printed != nil {
			e.Text = *printed
		}
	case json.Unmarshal(v.Message, &numbers) == nil:
		b := make([]byte, len(numbers))
		for i, n := range numbers {
			if n > 255 {
				return Entry{}, errForm
			}
			b[i] = byte(n)
		}
		e.Text = string(b)
	default:
		return Entry{}, errForm
	}
	return e, nil
}

// ReadJournal hands on what journalctl prints, as Read does. io.EOF: it has ended, and all was handed on.
func ReadJournal(out io.Reader, ask Ask, emit func(Entry) error) error {
	r := &reader{ask: ask, parse: ParseJournal, emit: emit}
	l := newLines(out)
	for {
		if ask.Idle != nil && l.r.Buffered() == 0 {
			ask.Idle()
		}
		line, err := l.next()
		if err != nil && err != errLong {
			for _, e := range r.join.Rest() {
				if e := r.hand(e); e != nil {
					return e
				}
			}
			if errors.Is(err, fs.ErrClosed) {
				return io.EOF
			}
			return err
		}
		if err := r.take(line, err); err != nil {
			return err
		}
	}
}
