package enter

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"bones/nsview"
	"bones/nsview/enter/environment"
	"bones/procwalk"
	"bones/procwalk/text"

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
	Denied    []group // of the target's, what may not be joined by a caller who is not root
	UserBus   string  // of the caller's own systemd; empty: there is none, or it cannot help
	Env       []string
	Lacks     []string // names of the target's variables that Env has not
	Beyond    int      // directories of PATH that are not tried
	Notes     []string // what is otherwise than one would expect
	Shells    []string // what to try if no program is asked for
	Program   []string
	FreshProc bool // host's mounts, private, with a /proc of the joined pid namespace
	Label     label
	TTY       bool
	TTYOwner  int   // our name of the user who gets the terminal
	Apart     bool  // with TTY: descriptor 2 is another file
	Lend      bool  // the program is an applet of busybox, which the target has not
	Busybox   bool  // a descriptor is a copy of busybox
	Spaces    []int // CLONE_NEW* of the namespaces whose descriptors follow
	Pause     bool
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
	if err := r.check(); err != nil {
		return nil, err
	}
	e := &Enter{req: r, plan: plan{Root: root, Target: r.Target, Dir: r.Dir, Program: r.Program}}
	if e.byHand = r.Target.PID; t.thread != 0 {
		e.byHand = t.thread
	}
	if len(r.Spaces) > 0 {
		return e, e.spaces(t)
	}
	if e.joined, err = t.differing(r.Types); err != nil {
		return nil, err
	}
	for _, typ := range e.joined {
		e.plan.Flags |= nsview.CloneFlag(typ)
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

// check refuses what does not go together, and completes the request.
func (r *Request) check() error {
	if r.User != "" && (r.As == AsRoot || r.HostTools) {
		return errors.New("--user and --as root both choose who the program runs as: give one of them")
	}
	if r.HostTools {
		if err := r.hostTools(); err != nil {
			return err
		}
	}
	if r.Dir != "" && !strings.HasPrefix(r.Dir, "/") {
		return fmt.Errorf("the working directory %q: it must be an absolute path inside", r.Dir)
	}
	for _, w := range slices.Concat(r.Program, r.Set, []string{r.Dir}) {
		if strings.IndexByte(w, 0) >= 0 {
			return errors.New("a program's argument or variable cannot hold a NUL byte")
		}
	}
	for _, v := range r.Set {
		if strings.IndexByte(v, '=') < 1 {
			return fmt.Errorf("the variable %q: it must be NAME=VALUE", text.New(v))
		}
	}
	return nil
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
		// Without the target's mounts it is a program of the host's, as root started it: nsenter gives it root's rights,
		// and what the target may do would be too little for what it is there for (`-n net -- ip link set lo down`).
		e.hostProgram = e.req.User == "" && !slices.Contains(e.req.Types, procwalk.Mnt) && !e.joins(procwalk.User) &&
			os.Geteuid() == 0
		if visible || e.hostProgram {
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
	p.FreshProc = e.joins(procwalk.PID) && !slices.Contains(e.req.Types, procwalk.Mnt)
	p.HostRoot = p.Flags&unix.CLONE_NEWUSER == 0
	inside := e.lookInside(t)
	defer inside.close()
	if err := e.identity(t, creds, inside); err != nil {
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
		p.delegated()
	}
	if err := e.environment(t, inside); err != nil {
		return err
	}
	if len(p.Program) > 0 {
		_, p.Beyond = environment.Candidates(p.Program[0], p.Env)
	}
	e.lend(inside)
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
