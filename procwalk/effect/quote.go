package effect

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
)

// Command joins words into one line that a POSIX shell splits back into exactly these words, and that is safe to
// print: control, deceptive and non-UTF-8 bytes do not stand in it but in octal for printf(1). Words must hold no
// NUL, which no argument can.
//
// Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting and 2.6.3 Command Substitution.
func Command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if strings.HasSuffix(w, "\n") {
			return viaEval(words)
		}
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// viaEval serves words that end in a newline, which "$(...)" would drop: within eval's text a quote stands behind it.
func viaEval(words []string) string {
	single := make([]string, len(words))
	for i, w := range words {
		single[i] = singleQuoted(w)
	}
	return `eval "$(printf '` + octal(strings.Join(single, " ")) + `')"`
}

func quote(word string) string {
	switch {
	case word == "":
		return "''"
	case strings.Trim(word, plain) == "":
		return word
	case !hidden(word):
		return singleQuoted(word)
	}
	return `"$(printf '` + octal(word) + `')"`
}

func singleQuoted(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// plain are the characters that mean nothing to a shell wherever they stand in a word.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,"

// hidden reports whether s holds something that may not be printed as it is.
func hidden(s string) bool {
	return strings.ReplaceAll(text.Sanitise(s), `\\`, `\`) != s
}

// octal writes s for the format of printf(1): printable ASCII as it is, the rest in octal. A hyphen at the beginning
// would be an option of printf, and an exclamation mark would be history to an interactive bash, which looks for it
// between double quotes.
func octal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x20, c >= 0x7f, c == '\'', c == '\\', c == '!', c == '-' && i == 0:
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '%':
			b.WriteString("%%")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
