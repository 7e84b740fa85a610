package nsview

import (
	"bytes"
	"context"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/procwalk/timens"

	"golang.org/x/sys/unix"
)

// UTSDetails are the names of a uts namespace.
type UTSDetails struct {
	HostName   text.Text
	DomainName text.Text // of NIS; "(none)" as a rule
}

func (r *Reader) uts(ctx context.Context, v *View, n *Namespace) (*UTSDetails, error) {
	return inside(ctx, r, v, n, func() (*UTSDetails, error) {
		var u unix.Utsname
		if err := unix.Uname(&u); err != nil {
			return nil, err
		}
		return &UTSDetails{
			HostName:   text.New(unix.ByteSliceToString(u.Nodename[:])),
			DomainName: text.New(unix.ByteSliceToString(u.Domainname[:])),
		}, nil
	})
}

// PIDDetails tell which PIDs the members of a pid namespace have there and here.
type PIDDetails struct {
	Level  int       // how deep it is below the outermost pid namespace that we see; 0: that one
	Init   int       // PID here of the process that is 1 there; 0 if it is not known
	Inside []PIDPair // by PID here; members only, not those of namespaces below
}

// PIDPair is the PID of one process, seen from here and as it sees itself.
type PIDPair struct{ Here, There int }

func pidDetails(v *View, n *Namespace) (*PIDDetails, error) {
	d := &PIDDetails{Level: -1}
	err := error(ErrNoWay)
	for _, row := range n.Members {
		p := &v.Snapshot.Processes[row]
		switch {
		case p.Status == nil:
			err = procwalk.ErrUnsupported // the snapshot was read without WantStatus
		case p.Status.Err != nil:
			err = p.Status.Err
		case len(p.Status.NSpid) == 0:
			err = procwalk.ErrUnsupported // before Linux 4.1
		default:
			there := p.Status.NSpid[len(p.Status.NSpid)-1]
			d.Level = len(p.Status.NSpid) - 1
			d.Inside = append(d.Inside, PIDPair{p.PID, there})
			if there == 1 {
				d.Init = p.PID
			}
		}
	}
	if d.Level < 0 {
		return nil, err
	}
	return d, nil
}

// IPCDetails count the System V objects of an ipc namespace.
//
// Source: proc_sysvipc(5).
type IPCDetails struct {
	Queues       int
	Semaphores   int
	SharedMemory int
}

func (r *Reader) ipc(ctx context.Context, v *View, n *Namespace) (*IPCDetails, error) {
	return inside(ctx, r, v, n, func() (*IPCDetails, error) {
		var d IPCDetails
		for _, f := range []struct {
			name  string
			count *int
		}{{"sysvipc/msg", &d.Queues}, {"sysvipc/sem", &d.Semaphores}, {"sysvipc/shm", &d.SharedMemory}} {
			b, err := readFileAt(r.rootfd, f.name, 16<<20)
			if err != nil {
				if err == unix.ENOENT {
					err = procwalk.ErrUnsupported
				}
				return nil, err
			}
			*f.count = max(bytes.Count(b, []byte{'\n'})-1, 0) // one line of headings
		}
		return &d, nil
	})
}

// TimeDetails are by how much the clocks of a time namespace differ from the first one's.
//
// Source: time_namespaces(7).
type TimeDetails struct {
	Monotonic, Boottime time.Duration
}

func (r *Reader) time(v *View, n *Namespace) (*TimeDetails, error) {
	// The file shows the time namespace that the next child will be in.
	read := func(dir int, p *procwalk.Process) (*TimeDetails, error) {
		if p.NS == nil || p.NS.TimeForChildren != n.Inode {
			return nil, ErrNoWay
		}
		b, err := readFileAt(dir, "timens_offsets", 4<<10)
		if err != nil {
			return nil, err
		}
		return parseOffsets(b)
	}
	d, err := fromMember(r, v, n, read)
	if err != nil && len(n.ForChildren) > 0 {
		next := *n
		next.Members = n.ForChildren
		return fromMember(r, v, &next, read)
	}
	return d, err
}

// parseOffsets reads timens_offsets.
func parseOffsets(b []byte) (*TimeDetails, error) {
	d := &TimeDetails{}
	for line := range bytes.Lines(b) {
		o, ok := timens.ParseLine(string(line))
		if !ok {
			return nil, unix.EINVAL
		}
		switch o.Clock {
		case "monotonic":
			d.Monotonic = o.Duration()
		case "boottime":
			d.Boottime = o.Duration()
		}
	}
	return d, nil
}

// CgroupDetails are the roots of a cgroup namespace: what its processes take for "/".
//
// Source: cgroup_namespaces(7).
type CgroupDetails struct {
	Roots []CgroupRoot
}

// CgroupRoot is the root in one hierarchy.
type CgroupRoot struct {
	Controllers text.Text // as in /proc/PID/cgroup: empty for version 2
	Path        text.Text // as we see it
}

// cgroup compares where a process is as we see it, with where it is as seen from the namespace: what the paths have
// more here is the root.
func (r *Reader) cgroup(ctx context.Context, v *View, n *Namespace) (*CgroupDetails, error) {
	return fromMember(r, v, n, func(dir int, p *procwalk.Process) (*CgroupDetails, error) {
		here, err := readFileAt(dir, "cgroup", 1<<20)
		if err != nil {
			return nil, err
		}
		there, err := inside(ctx, r, v, n, func() ([]byte, error) { return readFileAt(dir, "cgroup", 1<<20) })
		if err != nil {
			return nil, err
		}
		return &CgroupDetails{Roots: cgroupRoots(here, there)}, nil
	})
}

func cgroupRoots(here, there []byte) []CgroupRoot {
	inner := map[int]string{}
	for _, l := range procwalk.ParseCgroup(there).Lines {
		inner[l.Hierarchy] = l.Path.Raw()
	}
	var roots []CgroupRoot
	for _, l := range procwalk.ParseCgroup(here).Lines {
		if path, ok := cgroupRoot(l.Path.Raw(), inner[l.Hierarchy]); ok {
			roots = append(roots, CgroupRoot{l.Controllers, text.New(path)})
		}
	}
	return roots
}

// cgroupRoot takes the path of one group as seen from here and from a namespace, and returns where that namespace's
// root is, seen from here. A group beside or above the root is shown as "/../x" in there; what the root itself is
// called cannot be told then.
func cgroupRoot(here, there string) (string, bool) {
	if there == "" || strings.HasPrefix(there, "/..") {
		return "", false
	}
	root, ok := strings.CutSuffix(here, strings.TrimSuffix(there, "/"))
	if root == "" {
		root = "/"
	}
	return root, ok
}
