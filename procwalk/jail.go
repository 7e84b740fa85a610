package procwalk

import "sync"

// jail remembers whose memory is not to be read again because a read hung. Each hang costs a thread that may not
// come back while the process lives, so they are counted: per user, so that a user who makes many such processes
// only blinds bones to their own, and in all.
type jail struct {
	mu     sync.Mutex
	stuck  map[ID]bool
	byUser map[uint32]int
}

const (
	jailPerUser = 2
	jailTotal   = 12
)

func newJail() *jail { return &jail{stuck: map[ID]bool{}, byUser: map[uint32]int{}} }

func (j *jail) put(id ID, uid uint32) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stuck[id] = true
	j.byUser[uid]++
}

// empty reports whether nothing ever hung: then nobody has to be asked about.
func (j *jail) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.stuck) == 0
}

// holds reports whether the memory of this process must not be read.
func (j *jail) holds(id ID, uid uint32) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.stuck[id] || j.byUser[uid] >= jailPerUser || len(j.stuck) >= jailTotal
}
