package detail

import (
	"context"
	"errors"

	"bones/procwalk"
	"bones/procwalk/text"
)

// ThreadsListed is how many threads are described, the lowest numbers first.
const ThreadsListed = 256

// Threads are the threads of a process, its first among them.
//
// Source: proc_pid_task(5).
type Threads struct {
	Count int
	List  []Thread // ThreadsListed at most
}

// Thread is one of them. Times are in clock ticks.
type Thread struct {
	TID          int
	Comm         text.Text
	State        byte
	UTime, STime uint64
	Processor    int
	StartTime    uint64
}

// Threads lists the threads of the process with this identity.
func (r *Reader) Threads(ctx context.Context, id procwalk.ID) (Threads, error) {
	folder, err := procwalk.OpenFolder(r.root, id)
	if err != nil {
		return Threads{}, err
	}
	defer folder.Close()
	threads := readThreads(ctx, folder)
	return threads.Value, threads.Err
}

func readThreads(ctx context.Context, folder *procwalk.Folder) Field[Threads] {
	tids, more, err := folder.Numbers("task", ThreadsListed)
	if err != nil {
		return Field[Threads]{Err: err}
	}
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
		t.List = append(t.List, Thread{tid, s.Comm, s.State, s.UTime, s.STime, s.Processor, s.StartTime})
	}
	return Field[Threads]{Value: t}
}
