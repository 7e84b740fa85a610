package netview

import (
	"fmt"
	"time"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/span"
	"bones/procwalk/text"

	"github.com/spf13/pflag"
)

// Readings are the flags of a command that reads once, or twice where it shows rates.
type Readings struct {
	Rates bool
	Sort  string
	over  string        // as the user wrote it
	apart time.Duration // what that means, by Check
}

// Register adds the flags. rates is what --rates shows in addition, sort the help of --sort.
func (r *Readings) Register(f *pflag.FlagSet, rates, sort string) {
	f.BoolVar(&r.Rates, "rates", false, rates)
	f.StringVar(&r.over, "over", "1s", "take the two readings of --rates `TIME` apart: 1, 0.5, 5s, 1m")
	f.StringVar(&r.Sort, "sort", "", sort)
}

// Check reads --over, and says what is wrong with it.
func (r *Readings) Check() (err error) {
	if r.apart, err = span.Interval(r.over, 10*time.Millisecond, time.Hour); err != nil {
		return command.Usage("--over takes the time between two readings: %w", err)
	}
	return nil
}

// Span is the time between the two readings; 0: there is one.
func (r *Readings) Span() time.Duration {
	if !r.Rates {
		return 0
	}
	return r.apart
}

// Print prints a list as the user wants it, and to standard error what is missing from it. name is that of the
// command.
func Print[T any](p command.Program, name string, list []T, notes []string, inJSON func(*T) any,
	table func() *tint.Table) error {
	var err error
	if p.JSON() {
		err = object.WriteArray(p.Out(), object.EachAs(list, inJSON))
	} else {
		err = table().Print(p.Out(), p.Colours())
	}
	for _, n := range notes {
		fmt.Fprintln(p.Err(), "bones: "+name+": "+text.Line(n))
	}
	return err
}
