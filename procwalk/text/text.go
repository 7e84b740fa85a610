// Package text holds strings that somebody else chose: process names, arguments, paths, cgroup names, labels.
//
// Such text is hostile input to a tool that runs as root on a terminal. A Text cannot be printed by accident:
// every way that fmt, %v or a writer has of getting at it goes through the sanitiser. The exact bytes are there
// for comparison and for system calls, behind the one word Raw, so that a reader of the code can find each use.
package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is untrusted text. The zero value is empty text. It is comparable: two Texts are == when their bytes are.
type Text struct{ raw string }

// New marks s as untrusted.
func New(s string) Text { return Text{raw: s} }

// Raw returns the exact bytes. They must not reach a terminal, a log or a shell.
func (t Text) Raw() string { return t.raw }

// Len returns the number of bytes of the exact text.
func (t Text) Len() int { return len(t.raw) }

// String returns the sanitised form (see Sanitise).
func (t Text) String() string { return Sanitise(t.raw) }

// Format makes every verb of fmt print the sanitised form, also those that would look inside (%d, %#v). Width,
// precision and flags apply to that form. %q puts it between quotation marks and escapes nothing a second time: what
// is printed is a Go string literal of the exact text.
func (t Text) Format(f fmt.State, verb rune) {
	safe := Sanitise(t.raw)
	switch verb {
	case 's', 'v', 'x', 'X':
	case 'q':
		safe = `"` + strings.ReplaceAll(safe, `"`, `\"`) + `"`
		verb = 's'
	default:
		verb = 's'
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), safe)
}

// MarshalJSON writes the text itself, not its sanitised form, with what is Deceptive as \u escapes: JSON may be read
// on a terminal too, and encoding/json escapes only what is below U+0020. Invalid UTF-8 becomes U+FFFD, as JSON
// strings must be valid.
func (t Text) MarshalJSON() ([]byte, error) {
	if plain(t.raw) { // nearly all are, and a table has ten of them in each row
		return append(append(append(make([]byte, 0, len(t.raw)+2), '"'), t.raw...), '"'), nil
	}
	b, err := json.Marshal(strings.ToValidUTF8(t.raw, "\uFFFD"))
	if err != nil {
		return b, err
	}
	return SafeJSON(b), nil
}

// UnmarshalJSON reads what MarshalJSON has written. The text is as untrusted as it was. Bytes that were not valid
// UTF-8 do not come back: whoever needs them writes an Exact.
func (t *Text) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &t.raw) }

// plain reports whether JSON has a string as it is.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// SafeJSON returns JSON that says the same and is safe to show: what is Deceptive stands as \u escapes, in keys as
// well as in values. Line feeds, which JSON has between values only, stay.
func SafeJSON(b []byte) []byte {
	deceives := func(r rune) bool { return r != '\n' && Deceptive(r) }
	if bytes.IndexFunc(b, deceives) < 0 {
		return b
	}
	var safe []byte
	for _, r := range string(b) {
		switch {
		case !deceives(r):
			safe = utf8.AppendRune(safe, r)
		case r <= 0xffff:
			safe = fmt.Appendf(safe, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			safe = fmt.Appendf(safe, `\u%04x\u%04x`, high, low)
		}
	}
	return safe
}
