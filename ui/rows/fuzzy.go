package rows

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// matchWord matches a part of what is shown, or letters in order within one word of it: "mcd" finds memcached. Over a
// whole command line letters would find almost anything.
func matchWord(word string) func(*sight) bool {
	exact := strings.ToLower(word) != word
	letters := []rune(word)
	part := holds(word)
	return func(s *sight) bool {
		return s.any(func(shown []byte) bool { return part(shown) || fuzzy(shown, letters, exact) })
	}
}

// holds returns whether something has a part, of which capital letters matter only if it has one.
func holds(part string) func([]byte) bool {
	want, exact := []byte(part), strings.ToLower(part) != part
	var low []byte
	return func(shown []byte) bool {
		if exact || bytes.Contains(shown, want) {
			return bytes.Contains(shown, want)
		}
		low = appendLower(low[:0], shown)
		return bytes.Contains(low, want)
	}
}

func appendLower(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

// Fuzzy reports whether the letters of a word are in s in this order within one word of it, as a filter's are.
func Fuzzy(s, word string) bool {
	return word == "" || fuzzy([]byte(s), []rune(word), strings.ToLower(word) != word)
}

// fuzzy reports whether the letters are in s in this order, without the end of a word between them.
func fuzzy(s []byte, letters []rune, exact bool) bool {
	next := 0
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		i += n
		if r == ' ' || r == '/' {
			next = 0
			continue
		}
		if !exact {
			if r >= 'A' && r <= 'Z' {
				r += 'a' - 'A'
			} else if r >= utf8.RuneSelf {
				r = unicode.ToLower(r)
			}
		}
		if r == letters[next] {
			if next++; next == len(letters) {
				return true
			}
		}
	}
	return false
}
