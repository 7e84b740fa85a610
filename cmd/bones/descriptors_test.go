package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"bones/cmd/bones/internal/terminal"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// fewDescriptors starts bones with a limit of open files: fewDescriptors LIMIT ARG...
const fewDescriptors = "__few-descriptors"

func init() {
	reexec.Register(fewDescriptors, func(args []string) int {
		var limit uint64
		fmt.Sscan(args[0], &limit)
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
			return reexec.Report(err)
		}
		a := &app{in: os.Stdin, out: &terminal.Output{File: os.Stdout}, err: os.Stderr}
		return a.run(context.Background(), args[1:])
	})
}

// TestFewDescriptorsLoseNoRow: with almost no descriptors, ps shows each process, or does not end with 0.
func TestFewDescriptorsLoseNoRow(t *testing.T) {
	const processes = 500
	tree := proctest.New(t)
	tree.Fill(processes, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i, Comm: "sleep", Args: []string{"sleep", "1000"}}
	})
	for limit := 8; limit <= 14; limit++ {
		c := reexec.Command(fewDescriptors, fmt.Sprint(limit), "ps", "--proc", tree.Path())
		var errs bytes.Buffer
		c.Stderr = &errs
		out, err := c.Output()
		if rows := strings.Count(string(out), "sleep 1000"); rows != processes && (err == nil || errs.Len() == 0) {
			t.Errorf("%d descriptors: %d of %d rows, %v, %s", limit, rows, processes, err, &errs)
		} else if limit >= 9 && rows != processes {
			t.Errorf("%d descriptors: %d of %d rows although one is enough: %s", limit, rows, processes, &errs)
		}
	}
}

// TestWhatIsMissingIsSaid: a command whose table lacks something says so, and does not end with 0.
func TestWhatIsMissingIsSaid(t *testing.T) {
	var out, errs bytes.Buffer
	lacking := &procwalk.Snapshot{Short: 3, ShortErr: unix.EMFILE, Processes: make([]procwalk.Process, 10)}
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, incomplete: lacking.Incomplete()}
	if status := a.run(t.Context(), []string{"version"}); status != exitFailed {
		t.Errorf("status %d", status)
	}
	if got := errs.String(); !strings.Contains(got, "3 of 10 processes") || !strings.Contains(got, "EMFILE") ||
		!strings.Contains(got, "ulimit -n") {
		t.Errorf("it says %q", got)
	}
}
