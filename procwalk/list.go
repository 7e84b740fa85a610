package procwalk

import (
	"fmt"
	"slices"
	"strconv"

	"bones/procwalk/dirfile"
	"bones/procwalk/procroot"
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
	loads, _ := dirfile.Read(w.rootfd, "loadavg", w.dents) // without it nothing is known
	last, tasks, known := procroot.LastGiven(loads)
	made := last - w.listed
	few := known && w.listed > 0 && made >= 0 && made <= fewNumbers && made*16 <= len(w.kept) &&
		tasks-w.tasks <= made && w.passes%rereadEvery != 0
	w.listed, w.listing, w.tasks = 0, 0, tasks
	b := w.bulk
	if b != nil && b.bulk != nil {
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
		if fresh := last - b.last; batch != nil && known && b.last > 0 && fresh >= 0 && fresh <= fewNumbers &&
			w.passes%rereadEvery != 0 {
			w.pids = append(w.pids[:0], w.unseen...)
			w.hiddenAmong(batch, max(b.last+1-lookBack, 1), last)
			b.last = last
			return batch, nil
		}
	}
	switch {
	case !w.clocks:
		w.pids, err = quick.List(w.rootfd, w.pids[:0], nil, w.dents)
	case few && batch == nil:
		w.listKnown(last-made+1, last)
	default:
		w.pids, err = quick.List(w.rootfd, w.pids[:0], &w.inos, w.dents)
	}
	if err != nil {
		return nil, fmt.Errorf("listing the processes: %s: %w", w.root, err)
	}
	if batch == nil {
		if known {
			w.listing = last
		}
		if batch, err = w.readBulk(want); err != nil {
			return nil, err
		}
	}
	if batch != nil {
		b.last = last
	}
	return batch, nil
}

// fewNumbers is how many numbers are looked up one by one, which costs less than listing all. lookBack of those before
// are looked up, too: a number is given out a moment before its process can be found.
const fewNumbers, lookBack = 256, 32

// listKnown lists the processes that are known, and those among the numbers that were given out since. A process that
// ended answers no read, and the others are who they were: their numbers were not given to somebody else. Whoever
// chose his number himself (clone3 with set_tid) is found because there are more tasks then than numbers were given
// out, or at the next listing of the directory.
func (w *Walker) listKnown(first, last int) {
	w.pids, w.inos = w.pids[:0], w.inos[:0]
	add := func(pid int, ino uint64) {
		at, known := slices.BinarySearch(w.pids, pid)
		if !known {
			w.pids, w.inos = slices.Insert(w.pids, at, pid), slices.Insert(w.inos, at, ino)
		}
	}
	for i := range w.kept {
		k := &w.kept[i]
		ino := k.ino
		if k.pid >= first && k.pid <= last {
			ino = 0 // it may be another's by now
		}
		w.pids, w.inos = append(w.pids, k.pid), append(w.inos, ino)
	}
	for _, pid := range w.refused {
		add(pid, 0)
	}
	for pid := max(first-lookBack, 1); pid <= last; pid++ {
		if _, known := slices.BinarySearch(w.pids, pid); !known && w.leads(pid) {
			add(pid, 0)
		}
	}
}

// leads reports whether a process, and not a thread, has this number.
func (w *Walker) leads(pid int) bool {
	b, err := dirfile.Read(w.rootfd, strconv.Itoa(pid)+"/status", w.dents)
	return err == nil && ParseStatus(b).TGID == pid
}

// hiddenAmong adds the processes whose numbers are among these and that the batch does not have.
func (w *Walker) hiddenAmong(batch Batch, first, last int) {
	for at, pid := batch.Position(first), first; pid <= last; pid++ {
		if at < batch.Len() && batch.PID(at) == pid {
			at++
			continue
		}
		if w.leads(pid) && !slices.Contains(w.pids, pid) {
			w.pids = append(w.pids, pid)
		}
	}
	slices.Sort(w.pids)
}
