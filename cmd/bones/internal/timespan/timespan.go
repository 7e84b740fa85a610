// Package timespan makes flags of the time between two readings, as package span reads it.
package timespan

import (
	"time"

	"bones/procwalk/span"

	"github.com/spf13/pflag"
)

// IntervalVar defines a flag that span.Interval reads, with a letter for it or "". to holds its default.
func IntervalVar(flags *pflag.FlagSet, to *time.Duration, name, letter, usage string, least, most time.Duration) {
	flags.VarP(&interval{to, least, most}, name, letter, usage)
}

type interval struct {
	to          *time.Duration
	least, most time.Duration
}

// Set implements pflag.Value.
func (i *interval) Set(s string) error {
	d, err := span.Interval(s, i.least, i.most)
	if err == nil {
		*i.to = d
	}
	return err
}

// String implements pflag.Value. Nothing is "0" and not "0s": of a type of ours pflag leaves out that default alone.
func (i *interval) String() string {
	if i.to == nil || *i.to == 0 {
		return "0"
	}
	return i.to.String()
}

// Type implements pflag.Value.
func (i *interval) Type() string { return "duration" }
