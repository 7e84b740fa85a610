package kit

import (
	"errors"
	"strings"
)

// What the user types as several words, in the palette and in prompts, is split in this one way: at blanks, with the
// three quotings of the shell and nothing else of it. A word with a blank is 'io.max=8:0 rbps=1', or with double
// quotes, or with a backslash before the blank. A filter has no quotes: it is read anew with each key.

var errQuote = errors.New(`a quote is not closed: 'a b', "a b" and a\ b are one word`)

// SplitWords splits a line into its words.
func SplitWords(line string) (words []string, err error) {
	for {
		word, rest, ok, err := CutWord(line)
		if err != nil || !ok {
			return words, err
		}
		words, line = append(words, word), rest
	}
}

// CutWord takes the first word off a line; ok says whether there is one, which may be empty. rest is as it was typed,
// from the next word on.
func CutWord(line string) (word, rest string, ok bool, err error) {
	word, rest, ok, err = CutBefore(line)
	return word, strings.TrimLeft(rest, " \t"), ok, err
}

// CutBefore is CutWord, but rest begins with the blanks behind the word.
//
// Source: POSIX.1-2017, Shell Command Language, 2.2 Quoting.
func CutBefore(line string) (word, rest string, ok bool, err error) {
	var b strings.Builder
	line = strings.TrimLeft(line, " \t")
	quote, escaped := rune(0), false
	for i, r := range line {
		switch {
		case escaped:
			if quote != 0 && !strings.ContainsRune(`"\$`+"`", r) {
				b.WriteByte('\\') // it means nothing there
			}
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote = r
		case r == ' ' || r == '\t':
			return b.String(), line[i:], true, nil
		default:
			b.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return "", "", false, errQuote
	}
	return b.String(), "", line != "", nil
}

// OneWord is what was typed where one word is meant: without its quotes, or, with blanks between, as it stands, for a
// name may have them.
func OneWord(typed string) (string, error) {
	words, err := SplitWords(typed)
	if err != nil || len(words) != 1 {
		return typed, err
	}
	if words[0] == "" {
		return "", errors.New("there is nothing between the quotes")
	}
	return words[0], nil
}

// Quote is a word as it is typed where it may be one of several: with quotes if it would else be read as another.
func Quote(word string) string {
	if words, err := SplitWords(word); err == nil && len(words) == 1 && words[0] == word {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Unquote takes the quotes out of a text that may have blanks between its words. It keeps those, and drops what blanks
// are at the end.
func Unquote(typed string) (string, error) {
	plain := ""
	for start := strings.TrimLeft(typed, " \t"); start != ""; start = strings.TrimLeft(typed, " \t") {
		word, rest, _, err := CutBefore(start)
		if err != nil {
			return "", err
		}
		plain += typed[:len(typed)-len(start)] + word
		typed = rest
	}
	return plain, nil
}

// LastWord is the last word of a line that is still typed, as far as there is one and without its quotes, which need
// not be closed yet; and what stands before it, as it was typed.
func LastWord(line string) (before, word string) {
	const end = "\x00" // belongs to the last word, wherever that begins
	rest := strings.TrimLeft(line, " \t") + end
	for {
		before = line[:len(line)+len(end)-len(rest)]
		last, next, _, err := CutWord(rest)
		for _, close := range []string{"'", `"`} {
			if err != nil {
				last, next, _, err = CutWord(rest + close)
			}
		}
		if next == "" {
			return before, strings.TrimSuffix(last, end)
		}
		rest = next
	}
}
