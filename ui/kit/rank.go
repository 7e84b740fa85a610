package kit

import (
	"fmt"
	"strings"

	"bones/ui/rows"
)

// Ranks of a match of what was typed with a name, the best first.
const (
	RankExact = iota
	RankPrefix
	RankWordPrefix
	RankHolds
	RankLetters
	RankDescribed // only what it does holds it
	NoMatch
)

// RankOf says how well typed fits a name.
func RankOf(name, typed string) int {
	name, typed = strings.ToLower(name), strings.ToLower(typed)
	switch {
	case typed == "" || strings.HasPrefix(name, typed):
		if name == typed {
			return RankExact
		}
		return RankPrefix
	case strings.Contains(name, " "+typed):
		return RankWordPrefix
	case strings.Contains(name, typed):
		return RankHolds
	}
	for word := range strings.FieldsSeq(typed) {
		if !rows.Fuzzy(name, word) {
			return NoMatch
		}
	}
	return RankLetters
}

// TypeOn says that a list of what fits what was typed leaves so many out; empty: none.
func TypeOn(left int) string {
	if left == 0 {
		return ""
	}
	return fmt.Sprintf("and %d more: type on", left)
}
