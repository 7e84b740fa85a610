package text

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sanitise makes s safe to show on one line of a terminal, and keeps it readable and reversible (see Restore).
//
// Whatever could move the cursor, start an escape sequence, hide, reorder or join characters becomes a visible
// escape in the manner of Go string literals: \n, \t, \r, \x1b, \u202e, \U000e0041, and \xff for a byte that is
// not valid UTF-8. A backslash becomes two. Printable text of any script stays as it is.
func Sanitise(s string) string {
	i := firstUnsafe(s)
	if i == len(s) {
		return s
	}
	return string(appendSafe(append(make([]byte, 0, len(s)+16), s[:i]...), s[i:]))
}

// AppendSafe appends the sanitised form of s to dst.
func AppendSafe(dst []byte, s string) []byte {
	i := firstUnsafe(s)
	dst = append(dst, s[:i]...)
	if i == len(s) {
		return dst
	}
	return appendSafe(dst, s[i:])
}

// firstUnsafe returns the length of the prefix of s that needs no change, looking at plain ASCII only.
func firstUnsafe(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '\\' {
			return i
		}
	}
	return len(s)
}

// Line makes a message that was put together from safe parts and from errors of other packages fit for one line of a
// terminal. It is Sanitise but for backslashes, which stay single: it cannot be undone, and what was sanitised before
// is not escaped twice.
func Line(s string) string {
	if !strings.Contains(s, `\`) {
		return Sanitise(s) // as nearly all are: recordings are full of them
	}
	parts := strings.Split(s, `\`)
	for i, p := range parts {
		parts[i] = Sanitise(p)
	}
	return strings.Join(parts, `\`)
}

func appendSafe(dst []byte, s string) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n <= 1:
			dst = fmt.Appendf(dst, `\x%02x`, s[0])
		case r == '\\':
			dst = append(dst, '\\', '\\')
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r < 0x20 || r == 0x7f:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x80:
			dst = append(dst, byte(r))
		case Deceptive(r):
			if r > 0xffff {
				dst = fmt.Appendf(dst, `\U%08x`, r)
			} else {
				dst = fmt.Appendf(dst, `\u%04x`, r)
			}
		default:
			dst = append(dst, s[:n]...)
		}
		s = s[n:]
	}
	return dst
}

// Deceptive reports whether a rune above ASCII can act on the terminal or on the reader instead of being read: C1
// controls, bidirectional controls, zero-width and invisible characters, tag characters, variation selectors, line
// and paragraph separators, spaces other than the ordinary one, private use and unassigned code points.
//
// Source: Unicode 15 categories Cc, Cf, Zl, Zp, Zs, Co, Cn and Default_Ignorable_Code_Point.
func Deceptive(r rune) bool {
	switch {
	case r < 0x80:
		return r < 0x20 || r == 0x7f
	case r < 0xa0:
		return true // C1: 0x9b is a one-byte CSI
	case r == 0x034f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0, r == 0x2800:
		return true // graphic by category, but nothing is drawn
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return !unicode.IsPrint(r) // letters, marks, numbers, punctuation, symbols; not Cf, Co, Cn, Z*
}

// Restore undoes Sanitise: it returns the bytes that were sanitised to s, or an error if s is no such text.
func Restore(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		if i+1 == len(s) {
			return "", errors.New("text ends within an escape")
		}
		digits := 0
		switch s[i+1] {
		case '\\':
			b.WriteByte('\\')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		default:
			return "", fmt.Errorf("unknown escape \\%c", s[i+1])
		}
		i += 2
		if digits == 0 {
			continue
		}
		if i+digits > len(s) {
			return "", errors.New("text ends within an escape")
		}
		v, err := strconv.ParseUint(s[i:i+digits], 16, 32)
		if err != nil {
			return "", fmt.Errorf("escape %q: %w", s[i-2:i+digits], err)
		}
		if digits == 2 {
			b.WriteByte(byte(v))
		} else {
			b.WriteRune(rune(v))
		}
		i += digits
	}
	return b.String(), nil
}
