package procwalk

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"bones/procwalk/dirfile"

	"bones/procwalk/fields"
	"bones/procwalk/quick"
)

// list finds out which processes there are, and returns the batch that their rows come from; nil: /proc.
//
// Listing the directory costs as much as half a batch. Where there is a batch it tells who is there, but for those
// that the kernel hides from it: what was hidden before, or has had one of the numbers that were given out since.
func (w *Walker) list(want Want) (batch Batch, err error) {
	w.inos = w.inos[:0]
	if w.only != nil {
		w.pids = w.only
		return nil, nil
	}
	last, known := w.lastPID()
	b := w.bulk
	if b != nil && b.bulk != nil {
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
		if fresh := last - b.last; batch != nil && known && b.last > 0 && fresh >= 0 && fresh <= fewNumbers &&
			w.passes%rereadEvery != 0 {
			w.pids = append(w.pids[:0], w.unseen...)
			w.hiddenAmong(batch, b.last+1, last)
			b.last = last
			return batch, nil
		}
	}
	if !w.clocks {
		w.pids, err = quick.List(w.rootfd, w.pids[:0], nil, w.dents)
	} else {
		w.pids, err = quick.List(w.rootfd, w.pids[:0], &w.inos, w.dents)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the processes: %s: %w", w.root, err)
	}
	if batch == nil {
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
	}
	if batch != nil {
		b.last = last
	}
	return batch, nil
}

// fewNumbers is how many numbers are looked up one by one, which costs less than listing all.
const fewNumbers = 256

// lastPID returns the number that was given to a task last in our pid namespace: the next one is higher, or the lowest
// that is free. false: it cannot be told.
//
// Source: proc_loadavg(5); fs/proc/loadavg.c.
func (w *Walker) lastPID() (pid int, ok bool) {
	b, err := dirfile.Read(w.rootfd, "loadavg", w.dents)
	if err != nil {
		return 0, false
	}
	f := fields.Line{Rest: bytes.TrimSpace(b)}
	f.Rest = f.Rest[bytes.LastIndexByte(f.Rest, ' ')+1:]
	n := f.Uint()
	return int(n), !f.Bad && n > 0 && n < 1<<30
}

// hiddenAmong adds the processes whose numbers are among these and that the batch does not have. The folder of a
// thread can be opened as well.
func (w *Walker) hiddenAmong(batch Batch, first, last int) {
	for at, pid := batch.Position(first), first; pid <= last; pid++ {
		if at < batch.Len() && batch.PID(at) == pid {
			at++
			continue
		}
		b, err := dirfile.Read(w.rootfd, strconv.Itoa(pid)+"/status", w.dents)
		if err == nil && ParseStatus(b).TGID == pid && !slices.Contains(w.pids, pid) {
			w.pids = append(w.pids, pid)
		}
	}
	slices.Sort(w.pids)
}
