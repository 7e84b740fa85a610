package detail

import (
	"context"
	"strconv"

	"bones/procwalk"
)

// Expand returns a snapshot with a row for each thread of the processes that only marks (nil: of all), and which of
// the rows those are. A row of a thread has the PID of its process and a TID; what is the same for all threads is that
// of the process. As ps has it, the row of the first thread says what the whole process used. A process whose threads
// cannot be listed keeps its own row; one that has ended meanwhile has none.
//
// The rows of a process stand one after the other, in the kernel's order, which is that of ps -L, and have one PID:
// Snapshot.Find gives any of them.
//
// Source: proc_pid_task(5).
func (r *Reader) Expand(ctx context.Context, s *procwalk.Snapshot, want procwalk.Want, only []bool) (
	*procwalk.Snapshot, []bool, error) {
	out := *s
	out.Processes = make([]procwalk.Process, 0, 2*len(s.Processes))
	var marks []bool
	for i := range s.Processes {
		shown := only == nil || only[i]
		p := &s.Processes[i]
		before := len(out.Processes)
		if !shown {
			out.Processes = append(out.Processes, *p)
		} else if err := r.expand(ctx, &out, p, want); err != nil {
			return nil, nil, err
		}
		for range len(out.Processes) - before {
			marks = append(marks, shown)
		}
	}
	if only == nil {
		marks = nil
	}
	return &out, marks, nil
}

func (r *Reader) expand(ctx context.Context, out *procwalk.Snapshot, p *procwalk.Process, want procwalk.Want) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	folder, err := procwalk.OpenFolder(r.root, p.ID())
	if err == procwalk.ErrGone {
		return nil
	}
	if err != nil {
		out.Processes = append(out.Processes, *p)
		return nil
	}
	defer folder.Close()
	tids, _, err := folder.Numbers("task", threadsMax)
	if err != nil {
		if folder.Alive() {
			out.Processes = append(out.Processes, *p)
		}
		return nil
	}
	for _, tid := range tids {
		if tid == p.PID {
			first := *p
			first.TID = tid
			out.Processes = append(out.Processes, first)
			continue
		}
		stat, err := folder.ThreadStat(tid)
		if err != nil {
			continue // it ended meanwhile
		}
		row := *p
		row.Stat, row.TID = stat, tid
		row.PID = p.PID
		if want&procwalk.WantStatus != 0 {
			if status := folder.StatusOf("task/" + strconv.Itoa(tid) + "/status"); status.Err == nil {
				row.Status = status
			}
		}
		out.Processes = append(out.Processes, row)
	}
	return nil
}
