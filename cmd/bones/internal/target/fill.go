package target

import (
	"context"
	"slices"

	"bones/procwalk"
)

// Fill returns a snapshot in which those rows that only marks are read once more, with all that is wanted of them:
// everything of few processes costs less than everything of all. Of one that has ended meanwhile the mark is taken
// off.
func (f Finder) Fill(ctx context.Context, s *procwalk.Snapshot, only []bool, want procwalk.Want) (*procwalk.Snapshot,
	error) {
	var pids []int
	for i := range s.Processes {
		if only[i] {
			pids = append(pids, s.Processes[i].PID)
		}
	}
	if len(pids) == 0 {
		return s, nil
	}
	w, err := f.Walker(procwalk.Only(pids))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	few, err := w.Snapshot(ctx, procwalk.Request{Want: want})
	if err != nil {
		return nil, err
	}
	filled := *s
	filled.Uptime, filled.Processes = few.Uptime, slices.Clone(s.Processes)
	for i := range filled.Processes {
		if !only[i] {
			continue
		}
		p := few.FindID(s.Processes[i].ID())
		if only[i] = p != nil; p != nil {
			filled.Processes[i] = *p
		}
	}
	return &filled, nil
}
