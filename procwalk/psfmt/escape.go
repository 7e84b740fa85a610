package psfmt

import (
	"unicode/utf8"

	"bones/procwalk/psfmt/glibc"
	"bones/procwalk/text"
)

// ps escapes text twice: its library when it reads a name or a command line (escapeRead), and ps itself when it
// prints (context.text). Both are needed to get the same bytes.

// escapeRead appends s the way ps's library keeps it: at most limit bytes; in a UTF-8 locale controls become ?, and
// from the first byte that does not begin a character on, everything that is not printable ASCII becomes . or ?; in
// any other locale that holds from the start.
//
// Source: procps 4.0.2, library/escape.c.
func escapeRead(dst []byte, s string, limit int, utf8Locale bool) []byte {
	if len(s) > limit {
		s = s[:limit]
	}
	i := 0
	if utf8Locale {
		for i < len(s) {
			b := s[i]
			if b < 0x80 {
				if b < 0x20 || b == 0x7f {
					b = '?'
				}
				dst = append(dst, b)
				i++
				continue
			}
			n := leadLength(b)
			if n == 0 || i+n > len(s) {
				break
			}
			dst = append(dst, s[i:i+n]...)
			i += n
		}
	}
	for ; i < len(s); i++ {
		b := s[i]
		switch {
		case b >= 0x80:
			b = '?'
		case b < 0x20 || b == 0x7f:
			b = '.'
		}
		dst = append(dst, b)
	}
	return dst
}

// leadLength returns the length of the character that a byte from 0x80 on begins, 0 if it begins none. ps takes f4
// for the last.
func leadLength(b byte) int {
	switch {
	case b < 0xc2 || b > 0xf4:
		return 0
	case b < 0xe0:
		return 2
	case b < 0xf0:
		return 3
	}
	return 4
}

// text appends s to the cell, at most c.rest columns of it, and returns how many columns it took. What the locale
// cannot show becomes ?; what ps would show although it deceives becomes an escape (see the package's comment).
//
// Source: procps 4.0.2, src/ps/output.c, escape_str and escape_str_utf8.
func (c *context) text(s []byte, rest int) int {
	used := 0
	for len(s) > 0 && used < rest {
		if n := printable(s[:min(len(s), rest-used)]); n > 0 {
			c.cell = append(c.cell, s[:n]...)
			s = s[n:]
			used += n
			continue
		}
		b := s[0]
		if b < 0x80 || !c.o.UTF8 {
			switch {
			case b >= 0x80:
				b = '?'
			case b < 0x20 || b == 0x7f:
				b = '.'
				if c.o.UTF8 {
					b = '?'
				}
			}
			c.cell = append(c.cell, b)
			s = s[1:]
			used++
			continue
		}
		r, n := utf8.DecodeRune(s)
		if beyondUnicode(s) {
			n, r = 4, 0x110000 // the C library takes it for one character
		}
		if r == utf8.RuneError && n == 1 {
			c.cell = append(c.cell, '?')
			s = s[1:]
			used++
			continue
		}
		width := glibc.RuneWidth(r)
		switch {
		case width < 0:
			c.cell = append(c.cell, '?')
			used++
		case text.Deceptive(r):
			c.scratch = text.AppendSafe(c.scratch[:0], string(s[:n]))
			if len(c.scratch) > rest-used {
				return used
			}
			c.cell = append(c.cell, c.scratch...)
			used += len(c.scratch)
		default:
			if width > rest-used {
				return used
			}
			c.cell = append(c.cell, s[:n]...)
			used += width
		}
		s = s[n:]
	}
	return used
}

// beyondUnicode reports whether s begins with a well-formed sequence for a number above U+10FFFF.
func beyondUnicode(s []byte) bool {
	return len(s) >= 4 && s[0] == 0xf4 && s[1] >= 0x90 && s[1] < 0xc0 && s[2]&0xc0 == 0x80 && s[3]&0xc0 == 0x80
}

// printable returns how many bytes of printable ASCII s begins with.
func printable(s []byte) int {
	for i, b := range s {
		if b < 0x20 || b > 0x7e {
			return i
		}
	}
	return len(s)
}

// plain appends s as it is, bytes that are not printable ASCII as ?.
func (c *context) plain(s string) int {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b < 0x20 || b > 0x7e {
			b = '?'
		}
		c.cell = append(c.cell, b)
	}
	return len(s)
}
