package container

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// Config says where engines keep their records. The usual places are always looked at.
type Config struct {
	Root       string // the host's root directory, "/" as a rule
	CgroupRoot string // where the cgroup file systems are mounted on that host; "": /sys/fs/cgroup
	Users      []User // whose rootless engines are looked at

	// Where engines keep their records that use other directories, as they say themselves.
	Docker     []DockerDirs
	Storage    []StorageDirs // of Podman and CRI-O
	Containerd []string      // state directories
	Runc, Crun []string      // roots
	LXC        []string      // directories of containers
}

// DockerDirs are dockerd's --data-root and --exec-root; an empty one is the usual one.
type DockerDirs struct {
	Data, Exec string
	User       *uint32 // whose rootless engine it is; nil: root's
}

// StorageDirs are the graph root and the run root of github.com/containers/storage; an empty one is the usual one.
type StorageDirs struct {
	Graph, Run string
	User       *uint32 // as in DockerDirs
}

// User is somebody who may run a rootless engine.
type User struct {
	UID  uint32
	Home string
}

// Store finds containers in what engines leave on disk. It remembers files that have not changed. It may be used by
// several goroutines at once.
type Store struct {
	files      *files
	cgroupRoot string
	docker     []dockerPlace
	containerd []directory
	storage    []storagePlace // podman and CRI-O
	runc, crun []directory
	lxc        []string // directories of containers, beside the usual ones
	elsewhere  []error  // engines of users whose records are not looked at
}

// Info is what the disk says about a container. What it does not say is empty.
type Info struct {
	Found     bool    // an engine has a record of it
	Doubtful  bool    // to be believed only if InitPID is in the container: see Disbelieved
	Runtime   Runtime // what the disk adds to the path; Unknown if nothing
	Name      text.Text
	Image     text.Text
	Labels    []Label // by key; where an engine keeps no labels on disk, the annotations of its OCI configuration
	Pod       PodInfo
	Limits    *RecordedLimits // what the runtime has written down for its group; nil: not known
	InitPID   int             // the recorded init, if it is alive and still the same process; else 0
	InitStart uint64          // when it started, in ticks since boot, if the engine recorded that; else 0
	Evidence  []string        // why bones believes all this, a line each, fit for a terminal
	Errors    []error         // records that are there but could not be used: not permitted, not of the known form
}

// Label is a name and a value that somebody gave to a container.
type Label struct{ Key, Value text.Text }

// PodInfo is the pod of a container.
type PodInfo struct{ UID, Name, Namespace text.Text }

// InitStart tells when the process that has this PID now started, in clock ticks since boot; false if there is none.
type InitStart func(pid int) (startTicks uint64, ok bool)

// Pauses returns, for each user, which process keeps the namespaces of that user's rootless Podman, as Podman wrote it
// down. It is the user's own claim.
//
// Source: podman, pkg/util (GetRootlessPauseProcessPidPath).
func (s *Store) Pauses() map[uint32]int {
	found := map[uint32]int{}
	for _, p := range s.storage {
		if p.run.user == nil {
			continue
		}
		if pid, err := load(s.files, p.run, "libpod/tmp/pause.pid", parsePID); err == nil {
			found[*p.run.user] = pid
		}
	}
	return found
}

// Lookup returns what the disk says about a container: the innermost one of its chain.
//
// A container within another one has its records in there, where whoever is root in it can write anything; they are
// not looked at. An id that is unique everywhere may be in the host's records all the same: a container that was given
// the engine's socket starts others, and can have them below its own group.
func (s *Store) Lookup(c Chain, initStart InitStart) Info {
	return s.lookup(&lookup{store: s, initStart: initStart}, c, nil)
}

// Named is Lookup for somebody who only asks how a container is called: what takes another file is left out.
func (s *Store) Named(c Chain) Info { return s.lookup(&lookup{store: s, brief: true}, c, nil) }

// LookupRecord is Lookup for a container that was found by a record. If it is a user's, what else that user's engines
// know about it is believed too.
func (s *Store) LookupRecord(c Chain, r EngineRecord, initStart InitStart) Info {
	return s.lookup(&lookup{store: s, initStart: initStart}, c, &r)
}

func (s *Store) lookup(l *lookup, c Chain, r *EngineRecord) Info {
	e, ok := c.Container()
	if !ok {
		e = c.Innermost()
	}
	if r != nil {
		l.user = r.User
		l.evidence("%s: this record names a container, which the name of its group does not", r.Where())
	} else {
		l.pathEvidence(e)
	}
	nested := len(c.Containers()) > 1
	if e.ID.Len() > 0 && (!nested || ids.Hex64(e.ID.Raw())) {
		l.search(e)
	}
	l.info.Doubtful = l.info.Found && (nested || r == nil && e.others() && l.recordDir.user == nil)
	if l.info.Pod.UID.Len() == 0 {
		l.info.Pod.UID = e.PodUID
	}
	switch {
	case l.info.Found || e.Kind != Container || len(l.info.Errors) > 0:
	case nested:
		l.evidence("its records, if there are any, are in the container around it, where they could say anything")
	default:
		l.evidence("bones found no engine's record of it on disk")
	}
	return l.info
}

// Disbelieved returns what is left of a doubtful Info whose init is not in the container. Whoever owns a group can
// give it the name of another container's: a user in their own slice, a container in its own group.
func (i Info) Disbelieved(e ChainEntry) Info {
	return Info{Pod: PodInfo{UID: e.PodUID}, Errors: i.Errors,
		Evidence: append(slices.Clone(i.Evidence[:min(1, len(i.Evidence))]),
			"an engine has a record of this id, but the init that it names is not in this group, so bones does not believe it")}
}

// lookup is the work on one Info.
type lookup struct {
	store     *Store
	initStart InitStart
	brief     bool // only the name is asked for
	info      Info
	sureInit  bool      // the init's start time was compared
	refuted   int       // a PID that a record with a start time showed to be another process now
	user      *uint32   // whose records are believed beside the system's
	recordDir directory // that was asked last; the zero place for engines that only root has
}

func (l *lookup) search(e ChainEntry) {
	id := e.ID.Raw()
	if !plainName(id) {
		return
	}
	switch e.Runtime {
	case Docker, ECS:
		l.docker(e, id)
	case Podman, CRIO:
		l.storage(e, id)
	case Containerd:
		l.containerd(id)
	case LXC:
		if name := e.Called.Raw(); name != id && plainName(name) && e.MayBeCalled(name) {
			l.evidence("the engine's own process beside it calls it %s", e.Called)
			id = name
		}
		l.lxc(id)
	case Nspawn, Rkt, LibvirtLXC:
		l.machine(id)
	case Runc, Crun:
		if l.storage(e, id); !l.info.Found && e.Runtime == Runc {
			l.runc(id, e, Unknown)
		} else if !l.info.Found {
			l.crun(id, e, Unknown)
		}
	case CRI, Unknown, Kata, Garden:
		// The path does not say whose it is; the one that has a record of the id is it.
		l.containerd(id)
		if !l.info.Found {
			l.docker(e, id)
		}
		if !l.info.Found {
			l.storage(e, id)
		}
	}
}

// pathEvidence says what the group's name told.
func (l *lookup) pathEvidence(e ChainEntry) {
	if e.Group.Len() == 0 {
		return
	}
	what := e.Kind.String()
	if e.Runtime != Unknown {
		what = string(e.Runtime) + " " + what
	}
	l.evidence("/proc/PID/cgroup names the group %s: the form of a %s", e.Group, what)
}

func (l *lookup) evidence(format string, args ...any) {
	l.info.Evidence = append(l.info.Evidence, text.Line(fmt.Sprintf(format, args...)))
}

// failed records an error; a file that is not there is none.
func (l *lookup) failed(err error) {
	if err != nil && !gone(err) {
		l.info.Errors = append(l.info.Errors, err)
	}
}

// found records that an engine knows the container. The first one to know it counts.
func (l *lookup) found(r Runtime) {
	if !l.info.Found {
		l.info.Found, l.info.Runtime = true, r
	}
}

// init records what an engine says is the container's init. start is 0 where it did not record when it started.
func (l *lookup) init(where string, pid int, start uint64) {
	if pid <= 0 || l.sureInit || pid == l.refuted {
		return
	}
	ticks, alive := uint64(0), false
	if l.initStart != nil {
		ticks, alive = l.initStart(pid)
	}
	switch {
	case !alive:
		l.evidence("%s: init was PID %d, which has ended", text.New(where), pid)
	case start == 0:
		l.evidence("%s: init is PID %d; the record does not say when that process started", text.New(where), pid)
		if l.info.InitPID == 0 {
			l.info.InitPID = pid
		}
	case start != ticks:
		l.evidence("%s: init was PID %d, started at %d ticks after boot; the process with that PID now started at %d",
			text.New(where), pid, start, ticks)
		l.refuted = pid
		if l.info.InitPID == pid {
			l.info.InitPID = 0 // another record, without a start time, had been believed
		}
	default:
		l.evidence("%s: init is PID %d, and it started when recorded (%d ticks after boot)", text.New(where), pid, start)
		l.info.InitPID, l.info.InitStart, l.sureInit = pid, start, true
	}
}

// labels takes over what a record has, in order of the keys.
func (l *lookup) labels(m map[string]string) {
	if len(l.info.Labels) > 0 {
		return
	}
	bytes, n := 0, 0
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if bytes += len(k) + len(m[k]); n == maxLabels || bytes > maxLabelBytes {
			l.failed(fmt.Errorf("it has %d labels or annotations, more than bones keeps; it shows %d of them", len(m), n))
			break
		}
		if n++; !l.store.files.budgets.labelsFit(len(k) + len(m[k])) {
			l.info.Labels = nil
			return
		}
		l.info.Labels = append(l.info.Labels, Label{text.New(k), text.New(m[k])})
	}
}

// mayKnow reports whether the records at p are to be believed about a group: those of a user only for a group that is
// that user's. Otherwise any user could give names to the containers of others. What a user's record tells of is that
// user's alone: an id that somebody else's engine knows too does not make it theirs.
func (l *lookup) mayKnow(p directory, e ChainEntry) bool {
	l.recordDir = p
	switch {
	case l.user != nil:
		return p.user != nil && *l.user == *p.user
	case p.user == nil:
		return true
	case e.Delegation.Known:
		return e.Delegation.Owner == *p.user
	}
	return sliceNumber(e.Group.Raw()) == strconv.FormatUint(uint64(*p.user), 10)
}
