package taskiter

import (
	"fmt"
	"strings"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// Choice is where the rows of a process table come from, as a user chooses it.
type Choice string

// The sources there are.
const (
	Auto Choice = "auto" // BPF where it can be used and saves time, else the files of /proc
	Proc Choice = "proc" // the files of /proc
	BPF  Choice = "bpf"  // BPF, or an error that says why not
)

// Sources are all of them, for a help text and for completion.
var Sources = []Choice{Auto, Proc, BPF}

// ParseSource reads a word; none is Auto.
func ParseSource(word string) (Choice, error) {
	if word == "" {
		return Auto, nil
	}
	var names []string
	for _, s := range Sources {
		if string(s) == word {
			return s, nil
		}
		names = append(names, string(s))
	}
	return "", fmt.Errorf("%q is not a source of the process table; the sources are %s", word, strings.Join(names, ", "))
}

// worthOnce is from how many processes on a table that is read once is had for less by BPF, loading the program
// counted.
//
// `bones ps` was measured on Linux 6.18 on a loaded machine with two processors, in turns by BPF and by /proc: the
// lower quartile of the CPU time of 150 runs each was 15.8 and 15.8 ms with 205 processes, 16.4 and 17.5 with 255; an
// earlier measurement had 20.3 and 24.8 with 413, 32.0 and 48.6 with 1,103; a later one, in which loading had become
// cheaper, 11.5 and 11.0 with 175, 12.2 and 12.9 with 200, 12.3 and 12.7 with 225.
const worthOnce = 200

// WorthOnce reports whether there are so many tasks on this host that a table that is read once is had for less by
// BPF.
//
// Source: sysinfo(2), procs, which counts threads as well.
func WorthOnce() bool { return tasks() >= worthOnce }

// tasks is how many tasks there are on this host; 0 if that cannot be told.
func tasks() int {
	var i unix.Sysinfo_t
	if unix.Sysinfo(&i) != nil {
		return 0
	}
	return int(i.Procs)
}

// Once returns what makes a Walker take its rows from the source, for a table that is read once.
func (s Choice) Once() procwalk.Option { return s.option(worthOnce, Open) }

// worthKept is worthOnce for a table that is read again and again, where loading counts once. Which processes have run
// since BPF tells as well as the CPU clocks: the others keep what is in the files of /proc.
//
// A snapshot of mostly idle processes cost 0.2 ms by BPF and 0.4 by /proc with 103 processes, 0.4 and 1.9 with 303,
// 2.5 and 6.1 with 1,003, 12 and 30 with 5,003 (the smallest of 40 each, in turns, measured as above).
const worthKept = 100

// Kept is Once for a table that is read again and again.
func (s Choice) Kept() procwalk.Option { return s.option(worthKept, OpenAgain) }

func (s Choice) option(worth int, open func(string, *procwalk.Machine) (*Iterator, error)) procwalk.Option {
	if s == Proc {
		return procwalk.NoBulk("asked for with --source proc")
	}
	return procwalk.BulkFrom(worth, s == BPF, func(root string, m *procwalk.Machine) (procwalk.Bulk, error) {
		return open(root, m)
	})
}
