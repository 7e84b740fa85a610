package rows

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"bones/procwalk"
)

// searched is how much of a command line a filter looks at.
const searched = 16 << 10

// matchFuzzy matches letters in order within one word: "mcd" finds memcached. Over a whole command line they would
// find almost anything. Case matters only if the pattern has an upper-case letter.
func matchFuzzy(word string) func(*procwalk.Process, *Names) bool {
	exact := strings.ToLower(word) != word
	letters := []rune(word)
	_, err := strconv.ParseUint(word, 10, 31)
	number := err == nil
	return func(p *procwalk.Process, _ *Names) bool {
		if number && strconv.Itoa(p.PID) == word {
			return true
		}
		if fuzzy(p.Comm.Raw(), letters, exact) {
			return true
		}
		if p.Cmdline == nil {
			return false
		}
		raw := p.Cmdline.Raw.Raw()
		raw = raw[:min(len(raw), searched)]
		if strings.Contains(raw, word) { // also over the end of a word: "bin/sh"
			return true
		}
		return fuzzy(raw, letters, exact)
	}
}

// Fuzzy reports whether the letters of a word are in s in this order within one word of it, as a filter's are.
func Fuzzy(s, word string) bool {
	return word == "" || fuzzy(s, []rune(word), strings.ToLower(word) != word)
}

// fuzzy reports whether the letters are in s in this order, without the end of a word between them.
func fuzzy(s string, letters []rune, exact bool) bool {
	next := 0
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		i += n
		if r == 0 || r == ' ' || r == '/' {
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
