package record

import (
	"fmt"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// What a recording keeps of command lines, in bytes: of each at most CommandMax, and of all of one frame together at
// most commandsMax. Where they are longer than that together, of each as much less is kept as it takes: a recorder
// holds a frame several times over, and whoever starts thousands of processes with long arguments must not make it
// large. No line is cut to less than commandMin, which is what most of them have.
const (
	CommandMax  = 4 << 10
	commandsMax = 2 << 20
	commandMin  = 64
)

// cutLines cuts the command lines of a frame to what is kept of them.
func (f *Frame) cutLines() {
	keep := keptOf(f.Processes)
	cloned := false
	for i := range f.Processes {
		c := f.Processes[i].Cmdline
		switch {
		case c == nil:
		case c.Raw.Len() > keep:
			if !cloned {
				f.Processes, cloned = slices.Clone(f.Processes), true
			}
			// A copy: a part of the line would keep all of it in memory, for as long as this is the key frame.
			f.Processes[i].Cmdline = &procwalk.Cmdline{Raw: text.New(strings.Clone(c.Raw.Raw()[:keep])),
				Truncated: true, Err: c.Err}
			f.Head.Cut++
		case c.Truncated && c.Raw.Len() == keep: // whoever read it knew how much is kept
			f.Head.Cut++
		}
	}
	if f.Head.Cut > 0 {
		f.Head.CutTo = keep
	}
}

// keptOf is how much of each command line is kept. It goes in powers of two, so that it is the same in the next frame
// as a rule: lines that are cut elsewhere would be written anew.
func keptOf(list []procwalk.Process) int {
	for keep := CommandMax; ; keep /= 2 {
		sum := 0
		for i := range list {
			if c := list[i].Cmdline; c != nil {
				sum += min(c.Raw.Len(), keep)
			}
		}
		if sum <= commandsMax || keep <= commandMin {
			return keep
		}
	}
}

// CutLines says how many command lines of the frame are not whole; nil: all are.
func (f *Frame) CutLines() error {
	if f.Head.Cut <= 0 {
		return nil
	}
	to := f.Head.CutTo
	if to <= 0 {
		to = CommandMax
	}
	what := fmt.Sprintf("%d command lines are", f.Head.Cut)
	if f.Head.Cut == 1 {
		what = "one command line is"
	}
	return fmt.Errorf("%s recorded up to the first %d bytes: a recording keeps %d KiB of each at most, and beyond "+
		"%d MiB together less of each, down to %d bytes", what, to, CommandMax>>10, commandsMax>>20, commandMin)
}
