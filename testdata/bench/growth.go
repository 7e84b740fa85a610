package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"bones/procwalk"
)

// snapshotCost returns the CPU time of reading the table as `bones ps` does and making its tree, per process.
func snapshotCost(rounds int) (time.Duration, int, error) {
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		return 0, 0, err
	}
	defer w.Close()
	var costs []time.Duration
	n := 0
	for i := range rounds + 1 {
		before := ownCPU()
		snap, err := w.Snapshot(context.Background(), procwalk.Request{Want: procwalk.WantStatus | procwalk.WantCmdline})
		if err != nil {
			return 0, 0, err
		}
		if tree := procwalk.NewTree(snap); len(tree.Order) != len(snap.Processes) {
			return 0, 0, fmt.Errorf("the tree has %d rows of %d", len(tree.Order), len(snap.Processes))
		}
		n = len(snap.Processes)
		if i > 0 {
			costs = append(costs, (ownCPU()-before)/time.Duration(n))
		}
	}
	return median(costs), n, nil
}

func ownCPU() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
