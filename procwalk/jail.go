package procwalk

import (
	"bytes"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"bones/procwalk/quick"
)

// jail remembers whose memory is not to be read again because a read hung. Each hang costs a thread that may not
// come back while the process lives, and time, so hangs are counted: by user and mount namespace, in one pass and in
// all. A container that makes many such processes only blinds bones to the command lines of its own; those on the
// host's side are read as long as they answer.
type jail struct {
	ownMnt uint64 // the mount namespace that we are in ourselves

	mu      sync.Mutex
	stuck   map[ID]prisoner
	by      map[prisoner]int
	strikes map[ID]int // how often it hung, also where it answered in the end
	inPass  int
}

// prisoner is what hangs are counted by.
type prisoner struct {
	uid uint32
	mnt uint64
}

const (
	jailPerPrisoner = 2
	jailPerPass     = 4
	jailPerPassOwn  = 6 // in our own mount namespace
	jailTotal       = 32
	jailTotalOwn    = 64
	jailStrikes     = 3
)

func newJail(ownMnt uint64) *jail {
	return &jail{ownMnt: ownMnt, stuck: map[ID]prisoner{}, by: map[prisoner]int{}, strikes: map[ID]int{}}
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
	j.stuck[id] = who
	j.by[who]++
	j.strikes[id]++
	j.inPass++
}

// release is called when a read that was given up comes back after all: the machine was slow, not the process. One
// that is slow again and again stays.
func (j *jail) release(id ID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.strikes[id] < jailStrikes {
		j.remove(id)
	}
}

func (j *jail) remove(id ID) {
	if who, ok := j.stuck[id]; ok {
		delete(j.stuck, id)
		j.by[who]--
	}
}

// forget removes those that have ended.
func (j *jail) forget(s *Snapshot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id := range j.strikes {
		if s.FindID(id) == nil {
			j.remove(id)
			delete(j.strikes, id)
		}
	}
}

// empty reports whether nothing ever hung: then nobody has to be asked about.
func (j *jail) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.strikes) == 0
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
	_, stuck := j.stuck[id]
	switch {
	case stuck:
		return neverMore
	case len(j.stuck) < jailTotal && j.inPass < jailPerPass && j.by[who] < jailPerPrisoner:
		return mayRead
	case who.mnt == j.ownMnt && len(j.stuck) < jailTotalOwn && j.inPass < jailPerPassOwn && j.by[who] < jailTotal/2:
		return mayRead
	}
	return notNow
}

// prisonerAt returns what a hang of the process behind dir is counted by.
func prisonerAt(dir folder) prisoner {
	var who prisoner
	var st unix.Stat_t
	if dir.stat(&st) == nil {
		who.uid = st.Uid
	}
	var b [64]byte
	if n, err := quick.Readlink(dir.fd, dir.name(nsLinks[Mnt]), b[:]); err == nil {
		who.mnt, _ = parseNSLink(b[:n])
	}
	return who
}

// runnable reports whether a thread of this program runs or waits for a processor alone; false: that cannot be told.
// Source: proc_pid_stat(5), state.
func runnable(thread int) bool {
	fd, err := unix.Open("/proc/self/task/"+strconv.Itoa(thread)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var buf [128]byte // of which a name and the numbers before the state take less than half
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return false
	}
	at := bytes.LastIndex(buf[:n], []byte(") "))
	return at >= 0 && at+2 < n && buf[at+2] == 'R'
}
