package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sequence returns the token for a control sequence, nil if the parser would not know it or would take it for
// something else. seq is what is between ESC [ and the final byte. With alt, Alt is added where takesAlt says so.
//
// Source: xterm control sequences; ECMA-48 5.4; the keyboard protocol of kitty.
func sequence(seq string, final byte, alt bool) []byte {
	if strings.HasPrefix(seq, "<") {
		return sgrMouse(seq[1:], final)
	}
	n, ok := numbers(seq)
	if !ok {
		return nil
	}
	if alt && takesAlt(seq, final) {
		if len(n) == 0 {
			n = []int{1}
		}
		n = append(n, 3)
	}
	switch {
	case final == 'u':
		if len(n) == 0 || len(n) > 2 || !isKey(n[0]) {
			return nil
		}
	case final == '~' && len(n) == 3 && n[0] == 27: // a key with modifiers as xterm tells it
		if !isKey(n[2]) {
			return nil
		}
		n, final = []int{n[2], n[1]}, 'u'
	case strings.IndexByte("IO", final) >= 0: // the focus came and went
		if len(n) > 0 {
			return nil
		}
	case final == '~' && (len(n) == 0 || n[0] == 200 || n[0] == 201):
		return nil
	case strings.IndexByte("ABCDFHLPQRSZabcdqz^@~", final) < 0 || len(n) > 2:
		return nil
	}
	if len(n) > 1 && n[1] > 256 { // no sum of modifiers
		return nil
	}
	return join(n, final)
}

// takesAlt reports whether Alt can be added to the sequence: a key without modifiers.
func takesAlt(seq string, final byte) bool {
	n, ok := numbers(seq)
	return ok && (final == '~' && len(n) == 1 && n[0] < 100 || len(n) == 0 && strings.IndexByte("ABCDFHPQRS", final) >= 0)
}

// maxNumber is the largest number that the parser is given, but for a character's.
const maxNumber = 0xffff

// numbers reads decimal numbers with semicolons between. None may be missing: the parser would take the next one for
// it.
func numbers(seq string) ([]int, bool) {
	if seq == "" {
		return nil, true
	}
	var n []int
	for field := range strings.SplitSeq(seq, ";") {
		v, err := strconv.ParseUint(field, 10, 32)
		if err != nil || v > utf8.MaxRune || len(n) > 0 && v > maxNumber && n[0] != 27 {
			return nil, false
		}
		n = append(n, int(v))
	}
	return n, true
}

// isKey reports whether a number is that of a character or of a key without one, as kitty numbers them.
func isKey(n int) bool {
	return n > 0 && n != utf8.RuneError && utf8.ValidRune(rune(n)) && (n < 0x80 || n > 0x9f)
}

// join writes a control sequence.
func join(n []int, final byte) []byte {
	b := []byte("\x1b[")
	for i, v := range n {
		if i > 0 {
			b = append(b, ';')
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return append(b, final)
}

// altKey is a character together with Alt, in kitty's protocol.
func altKey(r rune) []byte { return join([]int{int(r), 3}, 'u') }

// sgrMouse returns the token for a mouse report, nil if it is none: of three numbers, none missing, each one possible.
func sgrMouse(seq string, final byte) []byte {
	n, ok := numbers(seq)
	if !ok || len(n) != 3 || n[0] > 0xff || n[1] == 0 || n[2] == 0 || final != 'M' && final != 'm' {
		return nil
	}
	if n[1] > maxNumber || n[2] > maxNumber {
		return nil
	}
	return fmt.Appendf(nil, "\x1b[<%d;%d;%d%c", n[0], n[1], n[2], final)
}

// x10Mouse returns the same for a report of the oldest kind, which does not say which button was released, and says 0
// where the column or the row is too large for it.
func x10Mouse(button, x, y byte) []byte {
	if x == 0 || y == 0 {
		return nil
	}
	final := byte('M')
	if button&3 == 3 && button&0x60 == 0 {
		button, final = button&^3, 'm'
	}
	return fmt.Appendf(nil, "\x1b[<%d;%d;%d%c", button, x, y, final)
}

// win32 is a report of win32-input-mode: a key, with the character that it makes.
//
// Source: Windows Terminal, doc/specs/#4999 - Improved keyboard handling in Conpty.
type win32 struct {
	key, scan, char int
	down            bool
	control, repeat int
}

// maxRepeat bounds how often a report may say that a key was repeated; terminals say 1.
const maxRepeat = 32

// parseWin32 reads the numbers of a report. A missing one is 0, of the repetitions 1.
func parseWin32(seq string) (win32, bool) {
	fields := strings.Split(seq, ";")
	if len(fields) > 6 {
		return win32{}, false
	}
	n := [6]int{5: 1}
	for i, field := range fields {
		if field == "" {
			continue
		}
		v, err := strconv.ParseUint(field, 10, 16)
		if err != nil {
			return win32{}, false
		}
		n[i] = int(v)
	}
	if n[2] >= 0x80 && n[2] <= 0x9f || n[3] > 1 {
		return win32{}, false
	}
	return win32{n[0], n[1], n[2], n[3] == 1, n[4], min(max(n[5], 1), maxRepeat)}, true
}

func (r win32) token() []byte { return join([]int{r.key, r.scan, r.char, 1, r.control, r.repeat}, '_') }
