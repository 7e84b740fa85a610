// Package timespan is how every flag and prompt of bones reads a length of time: in Go's form, and in weeks and days.
// Moments, such as 03:00, are read by record.ParseTime, and numbers of seconds by the flags that count in them.
package timespan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/text"

	"github.com/spf13/pflag"
)

// Parse reads a length of time as people write it: Go's form, such as 90s or 1h30m, and before it weeks and days,
// such as 7d, 2w or 1d12h. It is not negative.
//
// Source: time.ParseDuration.
func Parse(s string) (time.Duration, error) {
	wrong := func(why string) (time.Duration, error) {
		return 0, fmt.Errorf("%q is not a length of time%s", text.New(s), why)
	}
	const longest = 100 * 365 * 24 * time.Hour
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
		if n > uint64(longest/unit.length) {
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
	case d > longest-sum:
		return wrong(" of less than a hundred years")
	}
	return sum + d, nil
}

// Var defines a flag that Parse reads. to holds its default.
func Var(flags *pflag.FlagSet, to *time.Duration, name, usage string) {
	flags.Var((*value)(to), name, usage)
}

type value time.Duration

// Set implements pflag.Value.
func (v *value) Set(s string) error {
	d, err := Parse(s)
	if err == nil {
		*v = value(d)
	}
	return err
}

// String implements pflag.Value. Nothing is "0" and not "0s": of a type of ours pflag leaves out that default alone.
func (v *value) String() string {
	if *v == 0 {
		return "0"
	}
	return time.Duration(*v).String()
}

// Type implements pflag.Value.
func (v *value) Type() string { return "duration" }
