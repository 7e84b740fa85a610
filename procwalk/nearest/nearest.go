// Package nearest finds the word that somebody who mistyped one may have meant.
package nearest

import (
	"slices"
	"strings"
)

// most is how many words are suggested.
const most = 3

// wordMax is how many characters of a word are compared: names come from processes, and have any length.
const wordMax = 64

// Words returns those of the candidates that are close to a word, the closest first: with a letter or two wrong,
// missing, added or swapped, or with the word as their beginning or as a part of them. Candidates that are the same
// count once.
func Words(word string, candidates []string) []string {
	type ranked struct {
		word string
		far  int
	}
	low := short(word)
	if low == "" {
		return nil
	}
	var list []ranked
	for _, c := range candidates {
		name := short(c)
		far := distance(low, name)
		switch {
		case far <= 1+len(low)/5:
		case len(low) >= 3 && strings.HasPrefix(name, low):
			far = len(low)
		case len(low) >= 3 && strings.Contains(name, low):
			far = len(low) + 1
		default:
			continue
		}
		if !slices.ContainsFunc(list, func(r ranked) bool { return r.word == c }) {
			list = append(list, ranked{c, far})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return a.far - b.far })
	var words []string
	for _, r := range list[:min(len(list), most)] {
		words = append(words, r.word)
	}
	return words
}

func short(s string) string {
	r := []rune(strings.ToLower(s))
	return string(r[:min(len(r), wordMax)])
}

// distance is how many letters have to be changed, added, taken away or swapped with the next to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, now := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		now[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(y)]
}
