package inventory

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"strconv"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// owners tells in one pass whose groups and whose processes there are. A group is whose directory it is, whatever its
// name says, and a process is whose the kernel says it is, whatever a record says.
type owners struct {
	procRoot    string
	snapshot    *procwalk.Snapshot
	host        [procwalk.NSTypes]uint64
	delegations *cgroupview.Delegations // nil where no cgroup file system can be asked
	processes   map[ownership]bool
}

type ownership struct {
	id   procwalk.ID
	user uint32
}

func (r *Resolver) newOwners(s *procwalk.Snapshot, host [procwalk.NSTypes]uint64) *owners {
	o := &owners{procRoot: r.procRoot, snapshot: s, host: host, processes: map[ownership]bool{}}
	if r.fs = r.given; r.fs == nil {
		r.fs, _ = cgroupview.Open(cgroupview.Config{Proc: r.procRoot, Root: r.cgroupRoot})
	}
	if r.fs != nil {
		o.delegations = r.fs.Delegations()
	}
	return o
}

// whose returns who owns and who made the group whose path a line has; not known where that cannot be asked.
func whose(d *cgroupview.Delegations, l container.CgroupLine) container.Delegation {
	if d == nil {
		return container.Delegation{}
	}
	is, _ := d.Of(l)
	return is
}

// mayName reports whether a record may name a group as its own: root's record any, a user's only one whose directory
// is that user's.
func mayName(rec container.EngineRecord, d *cgroupview.Delegations) func(container.CgroupLine) bool {
	return func(l container.CgroupLine) bool {
		if rec.User == nil {
			return true
		}
		is := whose(d, l)
		return is.Known && is.Owner == *rec.User
	}
}

// identify tells what a process with these lines belongs to, and for each container in that a key, empty for what is
// none. A container is its group: two groups are two containers, whatever their names are.
func (o *owners) identify(lines []container.CgroupLine) (container.Chain, []string) {
	chain := container.FromLines(lines)
	if chain.Containers() == nil {
		return chain, nil
	}
	if kept := o.ofOneMaker(lines); len(kept) < len(lines) {
		lines, chain = kept, container.FromLines(kept)
	}
	keys := make([]string, len(chain))
	for i := range chain {
		if chain[i].Kind != container.Container {
			continue
		}
		group := canonical(chain[:i+1], lines)
		d := whose(o.delegations, group)
		chain[i].Delegation = d
		keys[i] = chain[:i+1].Key() + "\x00" + group.Path.Raw() + "\x00" + strconv.FormatUint(uint64(d.Maker), 10)
	}
	return chain, keys
}

// ofOneMaker leaves out the lines that tell of a container which somebody else made than the one that other lines tell
// of. With version 1 a user may move a process of theirs, which root runs in a container, into a group of their own in
// one hierarchy, and give that the name of another container: then only what root named counts.
func (o *owners) ofOneMaker(lines []container.CgroupLine) []container.CgroupLine {
	makers := make([]int64, len(lines))
	first := int64(-1)
	for i, l := range lines {
		makers[i] = -1
		for _, e := range container.FromLines(lines[i : i+1]) {
			if e.Kind == container.Container { // the outermost: what is inside is its own business
				l.Path = e.Group
				makers[i] = int64(whose(o.delegations, l).Maker)
				if first < 0 || makers[i] < first {
					first = makers[i]
				}
				break
			}
		}
	}
	var kept []container.CgroupLine
	for i, l := range lines {
		if makers[i] < 0 || makers[i] == first {
			kept = append(kept, l)
		}
	}
	return kept
}

// canonical returns the line, with the path of the group itself, by which the innermost container of a chain is known:
// the same for all its processes, although they may be in groups below it, and in different ones in each hierarchy.
func canonical(chain container.Chain, lines []container.CgroupLine) container.CgroupLine {
	best := container.CgroupLine{Path: chain.Innermost().Group}
	found := false
	for _, l := range lines {
		if group, ok := chain.GroupIn(l); ok && (!found || group.Raw() < best.Path.Raw()) {
			best, found = container.CgroupLine{Hierarchy: l.Hierarchy, Controllers: l.Controllers, Path: group}, true
		}
	}
	return best
}

// runs reports whether a process is a user's: by its real user id, or because its user namespace, or one around that,
// is owned by the user, as that of a rootless container is, in which it may be any of the user's subordinate ids.
func (o *owners) runs(p *procwalk.Process, user uint32) bool {
	if p.Status == nil || p.Status.Err != nil {
		return false
	}
	if p.Status.UID == user {
		return true
	}
	key := ownership{p.ID(), user}
	is, known := o.processes[key]
	if !known {
		is = o.ownsNamespace(p, user)
		o.processes[key] = is
	}
	return is
}

// ownsNamespace asks the kernel, and where it cannot tell, the lineage: who started the first process in there.
//
// Source: ioctl_ns(2): NS_GET_OWNER_UID since Linux 4.11, NS_GET_PARENT since 4.9.
func (o *owners) ownsNamespace(p *procwalk.Process, user uint32) bool {
	f, err := procwalk.OpenFolder(o.procRoot, p.ID()) // it is still the process that was read
	if err != nil {
		return false
	}
	defer f.Close()
	fd, err := unix.Openat(f.FD(), "ns/user", unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) && o.startedBy(p, user)
	}
	for range maxUserNS {
		uid, err := unix.IoctlGetUint32(fd, unix.NS_GET_OWNER_UID)
		if err == unix.ENOTTY {
			unix.Close(fd)
			return o.startedBy(p, user)
		}
		// The outermost namespace is owned by root of all; nothing of a user's is around it.
		parent, errno := -1, error(nil)
		if err == nil && uid != user {
			parent, errno = unix.IoctlRetInt(fd, unix.NS_GET_PARENT)
		}
		unix.Close(fd)
		if err != nil || errno != nil {
			return false
		}
		if uid == user {
			return true
		}
		fd = parent
	}
	unix.Close(fd)
	return false
}

// maxUserNS is how deep user namespaces are nested at most.
//
// Source: user_namespaces(7).
const maxUserNS = 33

// startedBy reports whether the topmost process of a user namespace was started by a user from outside of it.
func (o *owners) startedBy(p *procwalk.Process, user uint32) bool {
	space := func(p *procwalk.Process) uint64 {
		if p == nil || p.NS == nil {
			return 0
		}
		return p.NS.Inode[procwalk.User]
	}
	own := space(p)
	if own == 0 || own == o.host[procwalk.User] {
		return false
	}
	for range maxLineage {
		up := o.snapshot.Find(p.PPID)
		switch {
		case up == nil || up.Status == nil || up.Status.Err != nil:
			return false
		case space(up) != own:
			return up.Status.UID == user
		}
		p = up
	}
	return false
}

// maxLineage bounds the way up: a snapshot is not atomic, and parents may form a circle in it.
const maxLineage = 1000

// user returns who is responsible for a container: for one that a record tells of whose record that is, else who made
// or owns its group. false if that is not known.
func (c *Container) user() (uint32, bool) {
	if c.recorder != nil {
		return *c.recorder, true
	}
	d := c.Chain.Innermost().Delegation
	return d.User(), d.Known
}

// Others returns the user, if it is neither root nor bones' own, who chose what a container is called, and its labels.
func (c *Container) Others() (uint32, bool) {
	user := c.Chain.Innermost().Delegation.Maker
	if c.recorder != nil {
		user = *c.recorder
	}
	return user, user != 0 && int(user) != os.Geteuid()
}

// whoseName says who named a container, for a person: what tells containers of one name apart.
func (c *Container) whoseName() string {
	switch user, known := c.user(); {
	case !known:
		return ""
	case user == 0:
		return ", of root"
	default:
		return ", of UID " + strconv.FormatUint(uint64(user), 10)
	}
}

// rootsFirst orders containers of one name: what root made first, then what is not known, then what a user controls,
// then what a user made.
func rootsFirst(a, b *Container) int {
	rank := func(c *Container) int {
		d := c.Chain.Innermost().Delegation
		switch user, known := c.user(); {
		case !known:
			return 1
		case user == 0:
			return 0
		case c.recorder == nil && d.Maker == 0:
			return 2
		}
		return 3
	}
	depth := func(c *Container) int { return len(c.Chain.Containers()) }
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(depth(a), depth(b)), cmp.Compare(a.PID, b.PID))
}
