package detail

import (
	"context"
	"errors"
	"slices"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// ThreadsListed is how many threads Read describes, those that began first. Threads has all of them.
const ThreadsListed = 256

// threadsMax is more threads than a kernel can have (PID_MAX_LIMIT, include/linux/threads.h).
const threadsMax = 1 << 22

// Threads are the threads of a process, its first among them.
//
// Source: proc_pid_task(5).
type Threads struct {
	Count int
	List  []Thread // ascending by TID; in what Read returns ThreadsListed at most
}

// Thread is one thread of a process, as its stat was at one time. UTime, STime and StartTime are in clock ticks.
type Thread struct {
	At           time.Time // when it was read
	TID          int
	Comm         text.Text
	State        byte
	UTime, STime uint64
	Processor    int
	StartTime    uint64
}

// Threads lists the threads of the process with this identity, however many there are.
func (r *Reader) Threads(ctx context.Context, id procwalk.ID) (Threads, error) {
	folder, err := procwalk.OpenFolder(r.root, id)
	if err != nil {
		return Threads{}, err
	}
	defer folder.Close()
	threads := readThreads(ctx, folder, threadsMax)
	return threads.Value, threads.Err
}

func readThreads(ctx context.Context, folder *procwalk.Folder, most int) Field[Threads] {
	tids, more, err := folder.Numbers("task", most)
	if err != nil {
		return Field[Threads]{Err: err}
	}
	slices.Sort(tids)
	t := Threads{Count: len(tids)}
	if more {
		t.Count = max(folder.Stat.NumThreads, len(tids)+1)
	}
	for _, tid := range tids {
		if err := ctx.Err(); err != nil {
			return Field[Threads]{Value: t, Err: err}
		}
		s, err := folder.ThreadStat(tid)
		if errors.Is(err, procwalk.ErrGone) || errors.Is(err, procwalk.ErrUnsupported) || errors.Is(err, procwalk.ErrNone) {
			t.Count-- // it ended meanwhile
			continue
		}
		if err != nil {
			return Field[Threads]{Value: t, Err: err}
		}
		t.List = append(t.List, Thread{time.Now(), tid, s.Comm, s.State, s.UTime, s.STime, s.Processor, s.StartTime})
	}
	return Field[Threads]{Value: t}
}
