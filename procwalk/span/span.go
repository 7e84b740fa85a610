// Package span reads a length of time as people write it, for flags, prompts and settings alike.
package span

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/text"
)

// Longest is the longest that Parse reads: a hundred years.
const Longest = 100 * 365 * 24 * time.Hour

// Parse reads a length of time as people write it: Go's form, such as 90s or 1h30m, and before it weeks and days,
// such as 7d, 2w or 1d12h. It is not negative.
//
// Source: time.ParseDuration.
func Parse(s string) (time.Duration, error) {
	wrong := func(why string) (time.Duration, error) {
		return 0, fmt.Errorf("%q is not a length of time%s", text.New(s), why)
	}
	sum, rest := time.Duration(0), s
	for _, unit := range []struct {
		letter string
		length time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		digits, after, found := strings.Cut(rest, unit.letter)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			return wrong("; write it as 5s, 1h30m or 7d")
		}
		if n > uint64(Longest/unit.length) {
			return wrong(" of less than a hundred years")
		}
		sum, rest = sum+time.Duration(n)*unit.length, after
	}
	if rest == "" && s != "" {
		return sum, nil
	}
	d, err := time.ParseDuration(rest)
	switch {
	case err != nil || strings.HasPrefix(rest, "+"):
		return wrong("; write it as 5s, 1h30m or 7d")
	case d < 0:
		return wrong(": it is negative")
	case d > Longest-sum:
		return wrong(" of less than a hundred years")
	}
	return sum + d, nil
}

// Interval reads the time between two readings: a number of seconds, such as 5 or 0.5, or what Parse reads. It is from
// least to most, both included.
func Interval(s string, least, most time.Duration) (time.Duration, error) {
	d, err := Parse(s)
	if seconds, number := strconv.ParseFloat(s, 64); number == nil && strings.Trim(s, "0123456789.") == "" {
		if err = nil; seconds > most.Seconds() { // before it is multiplied, which may overflow
			d = most + 1
		} else {
			d = time.Duration(seconds * float64(time.Second))
		}
	}
	if err != nil || d < least || d > most {
		return 0, fmt.Errorf("%q is not a time from %s to %s; write it as 5, 0.5, 5s or 1m", text.New(s), short(least),
			short(most))
	}
	return d, nil
}

// short leaves out what is nothing: 1h for 1h0m0s.
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}
