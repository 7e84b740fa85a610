// Package hangs counts the reads of processes' memory that hung, and says whose is not to be read again. Reading a
// command line needs the process's memory, which a file system that never answers can hold: see procwalk.ErrStuck.
package hangs

import (
	"sync"
)

// Jail remembers whose memory is not to be read again because a read hung. Each hang costs a thread that may not
// come back while the process lives, and time, so hangs are counted: by user and mount namespace, in one pass and in
// all. A container that makes many such processes only blinds bones to the command lines of its own; those on the
// host's side are read as long as they answer.
type Jail[ID comparable] struct {
	ownMnt uint64 // the mount namespace that we are in ourselves

	mu      sync.Mutex
	stuck   map[ID]Prisoner
	by      map[Prisoner]int
	strikes map[ID]int // how often it hung, also where it answered in the end
	inPass  int
}

// Prisoner is what hangs are counted by.
type Prisoner struct {
	UID uint32
	Mnt uint64 // the inode of its mount namespace
}

// How many may hang, and how often one may before it is not forgiven any more. PerPrisoner is for those of one user in
// one mount namespace.
const (
	PerPrisoner = 2
	perPass     = 4
	perPassOwn  = 6 // in our own mount namespace
	total       = 32
	totalOwn    = 64
	mostStrikes = 3
)

// New returns an empty jail; ownMnt is the inode of our own mount namespace.
func New[ID comparable](ownMnt uint64) *Jail[ID] {
	return &Jail[ID]{ownMnt: ownMnt, stuck: map[ID]Prisoner{}, by: map[Prisoner]int{}, strikes: map[ID]int{}}
}

// NewPass lets those be tried that were only refused because too many hung in the last pass.
func (j *Jail[ID]) NewPass() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inPass = 0
}

// Put is called when a read of the process has hung.
func (j *Jail[ID]) Put(id ID, who Prisoner) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stuck[id] = who
	j.by[who]++
	j.strikes[id]++
	j.inPass++
}

// Release is called when a read that was given up comes back after all: the machine was slow, not the process. One
// that is slow again and again stays.
func (j *Jail[ID]) Release(id ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.strikes[id] < mostStrikes {
		j.remove(id)
	}
}

func (j *Jail[ID]) remove(id ID) {
	if who, ok := j.stuck[id]; ok {
		delete(j.stuck, id)
		j.by[who]--
	}
}

// Forget removes the processes that have ended; lives reports whether one has not.
func (j *Jail[ID]) Forget(lives func(ID) bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id := range j.strikes {
		if !lives(id) {
			j.remove(id)
			delete(j.strikes, id)
		}
	}
}

// Empty reports whether no read has ever hung: then there is no need to look at a process.
func (j *Jail[ID]) Empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.strikes) == 0
}

// Stuck returns how many reads hang now.
func (j *Jail[ID]) Stuck() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.stuck)
}

// Verdict says whether a process's memory may be read.
type Verdict int

const (
	MayRead   Verdict = iota // no read of it has hung
	NotNow                   // others of its kind hung, or too many did
	NeverMore                // it hung itself
)

// Judge tells whether the memory of a process may be read.
func (j *Jail[ID]) Judge(id ID, who Prisoner) Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, stuck := j.stuck[id]
	switch {
	case stuck:
		return NeverMore
	case len(j.stuck) < total && j.inPass < perPass && j.by[who] < PerPrisoner:
		return MayRead
	case who.Mnt == j.ownMnt && len(j.stuck) < totalOwn && j.inPass < perPassOwn && j.by[who] < total/2:
		return MayRead
	}
	return NotNow
}
