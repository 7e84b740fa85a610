package record

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview/spec"
	"bones/procwalk/span"

	"github.com/spf13/pflag"
)

// Flags are the settings of a recorder as they are written on a command line.
type Flags struct{ Interval, Keep, Size string }

// DefaultFlags are those of `bones record` without any.
var DefaultFlags = Flags{Interval: "5s", Keep: "7d", Size: "2G"}

// Register makes them flags of a command.
func (f *Flags) Register(to *pflag.FlagSet) {
	to.StringVar(&f.Interval, "interval", f.Interval, "take a moment every `TIME`: 5, 0.5, 5s, 1m")
	to.StringVar(&f.Keep, "keep", f.Keep, "keep segments for `TIME`: 12h, 7d")
	to.StringVar(&f.Size, "max-size", f.Size, "keep at most `SIZE` on disk: 500M, 2G")
}

// Parse reads them. What does not make sense is an error that says how it is written.
func (f *Flags) Parse() (interval time.Duration, keep Keep, err error) {
	if interval, err = span.Interval(f.Interval, 100*time.Millisecond, 24*time.Hour); err != nil {
		return 0, keep, fmt.Errorf("--interval: %w", err)
	}
	keep.For, err = span.Parse(f.Keep)
	if err != nil || keep.For < time.Minute {
		return 0, keep, fmt.Errorf("--keep %q is not a time of at least a minute and less than a hundred years; write "+
			"it as 12h or 7d", f.Keep)
	}
	size, err := spec.ParseSize(f.Size, 0)
	switch {
	case strings.HasSuffix(f.Size, "%"):
		return 0, keep, fmt.Errorf("--max-size %s: bones takes no share of a disk; write it as 500M or 2G", f.Size)
	case err != nil:
		return 0, keep, fmt.Errorf("--max-size %w", err)
	case size < 1<<20 || size > 1<<62:
		return 0, keep, fmt.Errorf("--max-size %q is not between 1M and 4E; write it as 500M or 2G", f.Size)
	}
	keep.Size = int64(size)
	return interval, keep, nil
}
