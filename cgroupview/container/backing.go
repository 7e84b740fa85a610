package container

// Member is what Backing needs to know of a process.
type Member struct {
	PID, PPID int
	Start     uint64 // clock ticks since boot
	Inside    int    // the PID that it sees itself; 0 if unknown
	Key       string // the container it is in (Chain.Key), "" for none
	Dead      bool   // it has ended, and nobody has waited for it yet
}

// Backed is the process that stands for a container, and why that one.
type Backed struct {
	PID int
	Why string
}

// Backing returns the process that backs each container: the init that its engine recorded, if it is alive and in the
// group, else the topmost process of the group whose parent is outside. Of several such (whatever an engine runs in a
// container later is one too) it is the one that is PID 1 inside, else the oldest. A process that has ended stands for
// nothing as long as there is one that runs.
//
// recorded gives the PID that an engine recorded, after its start time has been compared; 0 for none.
func Backing(rows []Member, recorded func(key string) int) map[string]Backed {
	keys := make(map[int]string, len(rows))
	for _, r := range rows {
		if r.Key != "" {
			keys[r.PID] = r.Key
		}
	}
	best := map[string]Member{}
	tops := map[string]int{}
	oldest := map[string]Member{} // for a group in which parents form a cycle: snapshots are not atomic
	lives := map[string]bool{}
	for _, r := range rows {
		lives[r.Key] = lives[r.Key] || !r.Dead
	}
	for _, r := range rows {
		if r.Key == "" || r.Dead && lives[r.Key] {
			continue
		}
		if o, ok := oldest[r.Key]; !ok || older(r, o) {
			oldest[r.Key] = r
		}
		if keys[r.PPID] == r.Key && r.PPID != r.PID {
			continue
		}
		tops[r.Key]++
		if b, ok := best[r.Key]; !ok || older(r, b) {
			best[r.Key] = r
		}
	}
	backed := make(map[string]Backed, len(oldest))
	for key, o := range oldest {
		if pid := recorded(key); pid != 0 && keys[pid] == key {
			backed[key] = Backed{pid, "the init that the engine recorded; it is alive and in the group"}
			continue
		}
		b, ok := best[key]
		switch {
		case !ok:
			backed[key] = Backed{o.PID, "the oldest process of the group"}
		case tops[key] == 1:
			backed[key] = Backed{b.PID, "the only process of the group whose parent is outside"}
		case b.Inside == 1:
			backed[key] = Backed{b.PID, "its parent is outside of the group, and it is PID 1 inside"}
		default:
			backed[key] = Backed{b.PID, "the oldest of the processes of the group whose parents are outside"}
		}
	}
	return backed
}

// older orders the candidates: PID 1 inside first, then by start, then by PID.
func older(a, b Member) bool {
	switch {
	case (a.Inside == 1) != (b.Inside == 1):
		return a.Inside == 1
	case a.Start != b.Start:
		return a.Start < b.Start
	}
	return a.PID < b.PID
}
