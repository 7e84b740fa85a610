package inventory

import (
	"maps"
	"time"

	"bones/procwalk"
	"bones/procwalk/quick"

	"golang.org/x/sys/unix"
)

// knownRoot is what was found out about the root directory of a process, and in which pass.
type knownRoot struct {
	sign    rootSign
	another bool
	pass    uint64
}

// rootSign is another when a process has run since, as far as its stat and status tell: only who runs changes his
// root.
type rootSign struct {
	spaces     [procwalk.NSTypes]uint64
	comm       string
	cpu, fault uint64
	code       uint64
}

func signOf(p *procwalk.Process) rootSign {
	return rootSign{spaces: p.NS.Inode, comm: p.Comm.Raw(), cpu: p.UTime + p.STime, fault: p.MinFlt + p.MajFlt,
		code: p.StartCode}
}

// settled is how old a process is when its root is no longer looked at in each pass: who makes a sandbox changes the
// root soon after it was started.
const settled = 10 * time.Second

// relookRoot is in how many passes the root of one that has not run is looked at again.
const relookRoot = 256

// anotherRoot reports whether a process has another root directory than the host. Only the directory counts: systemd
// gives services the host's own, mounted again. Once found out it is found out again when the process has run, and in
// its turn: pivot_root(2) can change the root of a process that does nothing.
func (r *Resolver) anotherRoot(s *procwalk.Snapshot, p *procwalk.Process) (another, known bool) {
	if !r.rootAsked {
		r.rootAsked = true
		r.hostRoot, r.hasRoot = quick.RootOfInit(r.procRoot)
		if !r.hasRoot && r.root != "" {
			r.hostRoot, r.hasRoot = quick.FileAt(unix.AT_FDCWD, r.root)
		}
	}
	if !r.hasRoot {
		return false, false
	}
	k, ok := r.roots[p.ID()]
	sign := signOf(p)
	turn := r.passes%relookRoot == uint64(p.PID)%relookRoot
	if ok && k.sign == sign && !turn && s.Host.TicksPerSec > 0 && s.Uptime-s.Host.Ticks(p.StartTime) > settled {
		k.pass = r.passes
		return k.another, true
	}
	f, err := procwalk.OpenFolder(r.procRoot, p.ID())
	if err != nil {
		return false, false
	}
	defer f.Close()
	own, known := quick.FileAt(f.FD(), "root")
	another = own != r.hostRoot
	if known {
		r.roots[p.ID()] = &knownRoot{sign, another, r.passes}
	}
	return another, known
}

// forgetRoots drops those that were not asked about in this pass.
func (r *Resolver) forgetRoots() {
	maps.DeleteFunc(r.roots, func(_ procwalk.ID, k *knownRoot) bool { return k.pass != r.passes })
}
