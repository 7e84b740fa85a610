package enter

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// plan is everything that the worker needs to know, read from the target before anything happens.
type plan struct {
	Root      string // of the proc file system
	Target    procwalk.ID
	Flags     int  // CLONE_NEW* of what to join
	InRoot    bool // land in the target's root directory
	Dir       string
	SetIDs    bool
	UID, GID  uint32
	SetGroups bool
	GIDs      []uint32
	Limit     bool // capabilities and no_new_privs as the target has them
	Creds     credentials
	HostRoot  bool // root there is root here
	ShowsHost bool // the target sees the process of a program that has the host's files
	Groups    []group
	Env       []string
	Shells    []string // what to try if no program is asked for
	Program   []string
	FreshProc bool // host's mounts, private, with a /proc of the joined pid namespace
	Label     label
	TTY       bool
	TTYOwner  int  // our name of the user who gets the terminal
	Busybox   bool // the last descriptor is a copy of busybox
	Pause     bool
}

// cloneFlags are the numbers of the types for setns.
var cloneFlags = [procwalk.NSTypes]int{
	unix.CLONE_NEWCGROUP, unix.CLONE_NEWIPC, unix.CLONE_NEWNS, unix.CLONE_NEWNET,
	unix.CLONE_NEWPID, unix.CLONE_NEWTIME, unix.CLONE_NEWUSER, unix.CLONE_NEWUTS,
}

// environPatience is how long the target may take to show its environment.
const environPatience = time.Second

// New reads the target, whose PID must be of the proc file system root of our own pid namespace, and makes the effect.
// It fails with procwalk.ErrGone if the target has ended, and with an error that is fs.ErrPermission and names the
// missing capability where there is no permission even to look.
func New(root string, r Request) (*Enter, error) {
	e, err := newEnter(root, r)
	if err != nil {
		return nil, failure(r.Target.PID, err)
	}
	return e, nil
}

func newEnter(root string, r Request) (*Enter, error) {
	t, err := openTarget(root, r.Target)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if r.Types == nil {
		r.Types = AllTypes()
	}
	if r.HostTools {
		if err := r.hostTools(); err != nil {
			return nil, err
		}
	}
	if r.Dir != "" && !strings.HasPrefix(r.Dir, "/") {
		return nil, fmt.Errorf("the working directory %q: it must be an absolute path inside", r.Dir)
	}
	for _, w := range append(slices.Clone(r.Program), r.Dir) {
		if strings.IndexByte(w, 0) >= 0 {
			return nil, errors.New("a program's argument cannot hold a NUL byte")
		}
	}
	e := &Enter{req: r, plan: plan{Root: root, Target: r.Target, Dir: r.Dir, Program: r.Program}}
	if e.joined, err = t.differing(r.Types); err != nil {
		return nil, err
	}
	for _, typ := range e.joined {
		e.plan.Flags |= cloneFlags[typ]
	}
	otherFiles, err := t.elsewhere()
	if err != nil {
		return nil, err
	}
	e.plan.InRoot = otherFiles && slices.Contains(r.Types, procwalk.Mnt)
	visible := otherFiles && !e.plan.InRoot
	if visible && !e.joins(procwalk.PID) {
		// Outside of its pid namespace the target sees nothing of ours, unless it is in our own, where root of its user
		// namespace may trace what joins that.
		shared, err := t.differing([]procwalk.NSType{procwalk.PID})
		if err != nil {
			return nil, err
		}
		visible = len(shared) == 0 && e.joins(procwalk.User)
	}
	return e, e.fill(t, visible)
}

// hostTools makes a request for our own programs and files one for all of the target's other namespaces, with a
// private /proc that shows the target's processes.
func (r *Request) hostTools() error {
	if r.As == AsContainer {
		return errors.New("the host's own programs and files are for root only: " +
			"with the container's ids they would be the container's to trace")
	}
	r.As = AsRoot
	r.Types = slices.DeleteFunc(slices.Clone(r.Types), func(t procwalk.NSType) bool {
		// Without its user namespace the target's root has no power over the program. Whoever is not root here needs it
		// to be permitted anything.
		return t == procwalk.Mnt || t == procwalk.User && os.Geteuid() == 0
	})
	if r.Dir == "" {
		r.Dir = "/"
	}
	return nil
}

// fill decides whom the program runs as, where and with which environment. Visible says that the target will see a
// process that sees more files than itself.
func (e *Enter) fill(t *target, visible bool) error {
	p := &e.plan
	creds, err := t.credentials()
	if err != nil {
		return err
	}
	e.as = e.req.As
	if e.as == AsDefault {
		e.as = AsContainer
		if visible {
			e.as = AsRoot
		}
	}
	if visible && e.as == AsContainer {
		return errors.New("in its pid namespace but with our mounts, a program with its own privileges would show it the " +
			"host's files through /proc/PID/root: join mnt too, or enter as root")
	}
	if p.ShowsHost = visible; visible {
		if err := t.hostFilesSafe(e.joins(procwalk.User)); err != nil {
			return err
		}
	}
	p.FreshProc = e.req.HostTools && e.joins(procwalk.PID)
	p.HostRoot = p.Flags&unix.CLONE_NEWUSER == 0
	if err := e.identity(t, creds); err != nil {
		return err
	}
	if e.as == AsContainer {
		if p.Label, err = t.label(); err != nil {
			return err
		}
	}
	if !e.req.NoCgroup {
		if p.Groups, err = t.groups(); err != nil {
			return err
		}
	}
	return e.environment(t)
}

// identity sets the ids, groups and capabilities.
func (e *Enter) identity(t *target, creds credentials) error {
	p := &e.plan
	denyGroups := false
	everybody := procwalk.IDMap{{Count: math.MaxUint32}}
	uids, gids := everybody, everybody
	if p.Flags&unix.CLONE_NEWUSER != 0 {
		var err error
		if uids, err = t.idMap("uid_map"); err != nil {
			return err
		}
		if gids, err = t.idMap("gid_map"); err != nil {
			return err
		}
		b, err := t.read("setgroups", 64)
		denyGroups = err == nil && strings.HasPrefix(string(b), "deny")
		if len(uids) == 0 || len(gids) == 0 {
			return errors.New("its user namespace has no uid_map or gid_map yet: nobody can be anybody there")
		}
	}
	if e.as == AsRoot {
		owner, hasUID := uids.Outside(0)
		_, hasGID := gids.Outside(0)
		if !hasUID || !hasGID {
			return errors.New("its user namespace has no user 0 or no group 0: enter as the container")
		}
		p.UID, p.GID, p.SetIDs, p.TTYOwner = 0, 0, true, int(owner)
		p.SetGroups = !denyGroups
		return e.skipNeedless()
	}
	p.TTYOwner = int(creds.UID)
	var ok bool
	if p.UID, ok = uids.Inside(creds.UID); !ok {
		return fmt.Errorf("its user %d has no name in its own user namespace: enter as root", creds.UID)
	}
	if p.GID, ok = gids.Inside(creds.GID); !ok {
		return fmt.Errorf("its group %d has no name in its own user namespace: enter as root", creds.GID)
	}
	for _, g := range creds.Groups {
		if in, ok := gids.Inside(g); ok {
			p.GIDs = append(p.GIDs, in)
		}
	}
	p.SetIDs, p.SetGroups, p.Limit = true, !denyGroups, true
	p.Creds = ceiling(creds, p.UID)
	return e.skipNeedless()
}

// ceiling works out what to hold before execve, so that the program holds after it what the target holds now, or less.
//
// For user 0 execve gives the whole bounding set, so that has to shrink to what is permitted now. For others it takes
// everything but the ambient set away.
//
// Source: capabilities(7), transformation of capabilities during execve.
func ceiling(c credentials, uid uint32) credentials {
	if uid == 0 {
		c.Bnd &= c.Prm
		c.Inh &= c.Prm
		c.Amb = 0
		return c
	}
	c.Inh |= c.Eff & c.Bnd
	c.Amb = c.Eff & c.Bnd
	return c
}

// skipNeedless leaves out what changes nothing, because whoever has no privilege may not even do that: ids and groups
// that are ours already.
func (e *Enter) skipNeedless() error {
	p := &e.plan
	if p.Flags&unix.CLONE_NEWUSER != 0 {
		return nil
	}
	ours, err := os.Getgroups()
	if err != nil {
		return err
	}
	same := len(ours) == len(p.GIDs)
	for i := 0; same && i < len(ours); i++ {
		same = slices.Contains(p.GIDs, uint32(ours[i]))
	}
	if same {
		p.SetGroups = false
	}
	return nil
}

// elsewhere reports whether the target has other files than we have: another mount namespace or root directory.
func (t *target) elsewhere() (bool, error) {
	mounts, err := t.differing([]procwalk.NSType{procwalk.Mnt})
	if err != nil || len(mounts) > 0 {
		return len(mounts) > 0, err
	}
	var ours, theirs unix.Stat_t
	if err := unix.Stat("/", &ours); err != nil {
		return false, err
	}
	if err := unix.Fstatat(t.dir, "root", &theirs, 0); err != nil {
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			return false, lacking("seeing its root directory", "CAP_SYS_PTRACE in its user namespace", err)
		}
		return false, goneOr(err)
	}
	return ours.Dev != theirs.Dev || ours.Ino != theirs.Ino, nil
}
