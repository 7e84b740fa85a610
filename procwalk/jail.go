package procwalk

import "sync"

// jail remembers whose memory is not to be read again because a read hung. Each hang costs a thread that may not
// come back while the process lives, and time, so hangs are counted: by user and mount namespace, in one pass and in
// all. A container that makes many such processes only blinds bones to the command lines of its own; those on the
// host's side are read as long as they answer.
type jail struct {
	ownMnt uint64 // the mount namespace that we are in ourselves

	mu     sync.Mutex
	stuck  map[ID]bool
	by     map[prisoner]int
	inPass int
}

// prisoner is what hangs are counted by.
type prisoner struct {
	uid uint32
	mnt uint64
}

const (
	jailPerPrisoner = 2
	jailPerPass     = 8
	jailTotal       = 32
)

func newJail(ownMnt uint64) *jail {
	return &jail{ownMnt: ownMnt, stuck: map[ID]bool{}, by: map[prisoner]int{}}
}

// newPass lets those be tried that were only refused because too many hung in the last pass.
func (j *jail) newPass() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inPass = 0
}

func (j *jail) put(id ID, who prisoner) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stuck[id] = true
	j.by[who]++
	j.inPass++
}

// empty reports whether nothing ever hung: then nobody has to be asked about.
func (j *jail) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.stuck) == 0
}

// verdict is whether a process's memory may be read.
type verdict int

const (
	mayRead   verdict = iota
	notNow            // others of its kind hung, or too many did
	neverMore         // it hung itself
)

func (j *jail) judge(id ID, who prisoner) verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.stuck[id]:
		return neverMore
	case len(j.stuck) < jailTotal && j.inPass < jailPerPass && j.by[who] < jailPerPrisoner:
		return mayRead
	case who.mnt == j.ownMnt && j.by[who] < jailTotal/2:
		return mayRead
	}
	return notNow
}
