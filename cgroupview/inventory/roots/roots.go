// Package roots finds out which processes have another root directory than the host, and remembers it as long as
// nothing suggests that it changed.
package roots

import (
	"maps"
	"strconv"
	"time"

	"bones/procwalk"
	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// Finder looks at the roots of processes, in one pass over a snapshot after the other. It is for one goroutine.
type Finder struct {
	procRoot, root string // root: of the host whose processes are shown; "" if it is not known
	hostRoot       quick.FileID
	hasRoot, asked bool
	passes         uint64
	known          map[procwalk.ID]*known

	of     *procwalk.Snapshot // of which number is the one that procwalk.Namespaces has for the root of the host;
	number uint32             // 0: it is not known
}

// known is what was found out about the root directory of a process, and in which pass.
type known struct {
	sign    sign
	another bool
	pass    uint64
}

// sign is another when a process has run since, as far as its stat and status tell: only who runs changes his root.
type sign struct {
	spaces     [procwalk.NSTypes]uint64
	comm       string
	cpu, fault uint64
	code       uint64
}

func signOf(p *procwalk.Process) sign {
	return sign{spaces: p.NS.Inode, comm: p.Comm.Raw(), cpu: p.UTime + p.STime, fault: p.MinFlt + p.MajFlt,
		code: p.StartCode}
}

// settled is how old a process is when its root is no longer looked at in each pass: who makes a sandbox changes the
// root soon after it was started.
const settled = 10 * time.Second

// relook is in how many passes the root of one that has not run is looked at again.
const relook = 64

// New returns a Finder for the proc file system there, and the root of its host: "" if that is not known.
func New(procRoot, root string) *Finder {
	return &Finder{procRoot: procRoot, root: root, known: map[procwalk.ID]*known{}}
}

// Another reports whether a process has another root directory than the host. Only the directory counts: systemd gives
// services the host's own, mounted again. Once found out it is found out again when the process has run, and in its
// turn: pivot_root(2) can change the root of a process that does nothing. The process must have its namespaces.
func (f *Finder) Another(s *procwalk.Snapshot, p *procwalk.Process) (another, ok bool) {
	if !f.asked {
		f.asked = true
		f.hostRoot, f.hasRoot = quick.RootOfInit(f.procRoot)
		if !f.hasRoot && f.root != "" {
			f.hostRoot, f.hasRoot = quick.FileAt(unix.AT_FDCWD, f.root)
		}
	}
	if !f.hasRoot {
		return false, false
	}
	if p.NS.Root() != 0 {
		if f.of != s {
			f.of, f.number = s, f.numberIn(s)
		}
		if f.number != 0 {
			return p.NS.Root() != f.number, true
		}
	}
	k, found := f.known[p.ID()]
	sign := signOf(p)
	turn := f.passes%relook == uint64(p.PID)%relook
	if found && k.sign == sign && !turn && old(s, p) {
		k.pass = f.passes
		return k.another, true
	}
	if found {
		// If the number is another's by now and the answer is the same, it is still what is known of this one.
		own, ok := quick.FileAt(unix.AT_FDCWD, f.procRoot+"/"+strconv.Itoa(p.PID)+"/root")
		if ok && k.another == (own != f.hostRoot) {
			k.sign, k.pass = sign, f.passes
			return k.another, true
		}
	}
	dir, err := procwalk.OpenFolder(f.procRoot, p.ID())
	if err != nil {
		return false, false
	}
	defer dir.Close()
	own, ok := quick.FileAt(dir.FD(), "root")
	another = own != f.hostRoot
	if ok {
		f.known[p.ID()] = &known{sign, another, f.passes}
	}
	return another, ok
}

// numberIn is the number of the host's root in a snapshot: that of PID 1, or where the snapshot has none, as where the
// kernel hides PID 1 from BPF, that of bones, if its root is the host's. 0: it is not known.
func (f *Finder) numberIn(s *procwalk.Snapshot) uint32 {
	if init := s.Find(1); init != nil && init.NS != nil && init.NS.Root() != 0 {
		return init.NS.Root()
	}
	self := s.Find(s.Host.OwnPID())
	if self == nil || self.NS == nil {
		return 0
	}
	if own, ok := quick.FileAt(unix.AT_FDCWD, "/"); !ok || own != f.hostRoot {
		return 0
	}
	return self.NS.Root()
}

func old(s *procwalk.Snapshot, p *procwalk.Process) bool {
	return s.Host.TicksPerSec > 0 && s.Uptime-s.Host.Ticks(p.StartTime) > settled
}

// Due reports whether the root of a process counts and is to be looked at again, because it has run since it was was,
// or is young. Whose turn it is to be looked at without a sign of a change is left out.
func (f *Finder) Due(s *procwalk.Snapshot, was, p *procwalk.Process) bool {
	if old(s, p) && was.UTime+was.STime == p.UTime+p.STime && was.MinFlt+was.MajFlt == p.MinFlt+p.MajFlt &&
		was.StartCode == p.StartCode {
		return false
	}
	_, counts := f.known[p.ID()]
	return counts
}

// Next begins another pass. What nobody asked for in the last one is forgotten, and so is its snapshot, which can be
// most of the program's memory.
func (f *Finder) Next() {
	f.of, f.number = nil, 0
	maps.DeleteFunc(f.known, func(_ procwalk.ID, k *known) bool { return k.pass != f.passes })
	f.passes++
}
