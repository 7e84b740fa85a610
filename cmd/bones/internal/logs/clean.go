package logs

import (
	"strings"

	"bones/procwalk/text"
)

// colours are the escape sequences that only change colours and weight (SGR).
//
// Source: ECMA-48, 8.3.117.
var colours = text.Pattern("\x1b\\[[0-9;:]*m")

// Clean makes a line of a log fit for a terminal: without colours, with blanks for tabs, and with escapes for whatever
// else acts on a terminal.
func Clean(s string) string {
	s = strings.TrimSuffix(s, "\r") // of a container with a terminal
	if strings.IndexByte(s, '\x1b') >= 0 {
		s = colours().ReplaceAllLiteralString(s, "")
	}
	return text.Line(untab(s))
}

// untab puts blanks up to the next eighth place for each tab.
func untab(s string) string {
	if strings.IndexByte(s, '\t') < 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, part := range strings.SplitAfter(s, "\t") {
		words, tab := strings.CutSuffix(part, "\t")
		b.WriteString(words)
		at += len([]rune(words))
		if tab {
			n := 8 - at%8
			b.WriteString("        "[:n])
			at += n
		}
	}
	return b.String()
}
