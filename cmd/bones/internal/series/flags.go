package series

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"bones/cgroupview/inventory/totals"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/record"
	"bones/procwalk/span"

	"github.com/spf13/pflag"
)

// Flags are those of a command that shows a series.
type Flags struct {
	begin, end, every string
	csv               bool
}

// Register makes them flags of a command.
func (f *Flags) Register(to *pflag.FlagSet) {
	to.StringVar(&f.begin, "begin", "", "with --from: print a series from `TIME` on: 03:00, yesterday 03:00, "+
		"-1d12h before its end, @SECONDS, RFC 3339")
	to.StringVar(&f.end, "end", "", "with --from: print a series up to `TIME`")
	to.StringVar(&f.every, "every", "", "with --from: print a series with a step of `TIME`: 10s, 1m, 1h (default: 1m)")
	to.BoolVar(&f.csv, "csv", false, "print a series as comma-separated values")
}

// Given reports whether a series is asked for.
func (f *Flags) Given() bool { return f.begin != "" || f.end != "" || f.every != "" || f.csv }

// Print prints the series of the recording at a path.
func (f *Flags) Print(ctx context.Context, p command.Program, from, at string, targets []string,
	by totals.By) error {
	switch {
	case p.Past() == nil:
		return command.Usage("a series needs a recording: name one with --from; bones record makes one")
	case at != "":
		return command.Usage("--at is one moment, and a series goes from --begin to --end: leave out one of them")
	}
	ask := Ask{Targets: targets, By: by, Every: time.Minute}
	if f.every != "" {
		every, err := span.Interval(f.every, time.Second, 365*24*time.Hour)
		if err != nil {
			return command.Usage("--every: %w", err)
		}
		ask.Every = every
	}
	r, err := record.Open(from)
	if err != nil {
		return command.Failed(fmt.Errorf("--from: %w", err))
	}
	defer r.Close()
	for _, at := range []struct {
		flag, word string
		to         *time.Time
	}{{"--begin", f.begin, &ask.Begin}, {"--end", f.end, &ask.End}} {
		if at.word == "" || r.Len() == 0 {
			continue
		}
		t, err := record.ParseTime(at.word, r.Last())
		if err != nil {
			return command.Usage("%s: %w", at.flag, err)
		}
		*at.to = t
	}
	var out Printer
	switch {
	case p.JSON():
		out = JSON(p.Out())
	case f.csv:
		out = CSV(p.Out())
	default:
		out = Table(p.Out(), cmp.Or(string(by), "container"))
	}
	missing, of, err := Read(ctx, r, &ask, out.Print)
	if err != nil {
		return command.Failed(err)
	}
	if missing > 0 {
		p.Complain(fmt.Errorf("%d of the %d steps have no moment in the recording, and are left out", missing, of))
	}
	return command.Failed(out.Close())
}
