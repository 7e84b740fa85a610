// Package timespan is how every flag and prompt of bones reads a length of time: in Go's form, and in days. Moments,
// such as 03:00, are read by record.ParseTime, and numbers of seconds by the flags that count in them.
package timespan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/text"

	"github.com/spf13/pflag"
)

// Parse reads a length of time as people write it: Go's form, such as 90s or 1h30m, and whole days, such as 7d. It may
// be negative in Go's form, which is for the caller to refuse.
//
// Source: time.ParseDuration.
func Parse(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n <= math.MaxInt64/uint64(24*time.Hour) {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	return 0, fmt.Errorf("%q is not a length of time; write it as 5s, 1h30m or 7d", text.New(s))
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

// String implements pflag.Value.
func (v *value) String() string { return time.Duration(*v).String() }

// Type implements pflag.Value: pflag leaves out the default of a duration that is 0.
func (v *value) Type() string { return "duration" }
