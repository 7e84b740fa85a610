package rows

import (
	"slices"
	"strings"
)

// filterWords are the plain words of a filter: each must be part of what a row shows, and each that stands behind an
// exclamation mark must not. Whether a letter is a capital does not matter.
type filterWords struct {
	wanted, unwanted []string // in small letters
}

// add takes the next word that the user typed. A lone exclamation mark is one that is still being typed.
func (f *filterWords) add(word string) {
	word = strings.ToLower(word)
	unwanted, not := strings.CutPrefix(word, "!")
	switch {
	case not && unwanted != "":
		f.unwanted = append(f.unwanted, unwanted)
	case !not && word != "":
		f.wanted = append(f.wanted, word)
	}
}

// none reports whether there is no word, so that every row passes.
func (f *filterWords) none() bool { return len(f.wanted)+len(f.unwanted) == 0 }

// pass reports whether a row passes that shows this text, in small letters.
func (f *filterWords) pass(shown string) bool {
	isPart := func(word string) bool { return strings.Contains(shown, word) }
	return !slices.ContainsFunc(f.unwanted, isPart) &&
		!slices.ContainsFunc(f.wanted, func(word string) bool { return !isPart(word) })
}
