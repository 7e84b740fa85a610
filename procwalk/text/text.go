// Package text holds strings that somebody else chose: process names, arguments, paths, cgroup names, labels.
//
// Such text is hostile input to a tool that runs as root on a terminal. A Text cannot be printed by accident:
// every way that fmt, %v or a writer has of getting at it goes through the sanitiser. The exact bytes are there
// for comparison and for system calls, behind the one word Raw, so that a reader of the code can find each use.
package text

import (
	"encoding/json"
	"fmt"
	"strings"
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
// precision and flags apply to that form.
func (t Text) Format(f fmt.State, verb rune) {
	switch verb {
	case 's', 'v', 'q', 'x', 'X':
	default:
		verb = 's'
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), Sanitise(t.raw))
}

// MarshalJSON writes the text itself, not its sanitised form: JSON escapes control characters by its own rules.
// Invalid UTF-8 becomes U+FFFD, as JSON strings must be valid.
func (t Text) MarshalJSON() ([]byte, error) {
	return json.Marshal(strings.ToValidUTF8(t.raw, "\uFFFD"))
}
