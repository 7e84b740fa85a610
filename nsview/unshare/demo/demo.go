// Package demo starts a small container without any engine: one process tree in namespaces of its own, a cgroup of
// its own and a root file system made from the running binary. It is there to be looked at.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"bones/nsview/unshare"
	"bones/procwalk/bounded"
	"bones/procwalk/capability"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"
	"bones/procwalk/reexec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// The words under which the program starts itself as the processes that a demo consists of.
const (
	InitCommand    = "__demo-init"
	ServiceCommand = "__demo-service"
	WorkerCommand  = "__demo-worker"
)

func init() {
	reexec.Register(InitCommand, func(args []string) int {
		if len(args) != 1 {
			return reexec.Report(errors.New(InitCommand + ": one name"))
		}
		return reexec.Report(beFirst(args[0]))
	})
	reexec.Register(ServiceCommand, func([]string) int { return reexec.Report(service()) })
	reexec.Register(WorkerCommand, func([]string) int { return reexec.Report(worker()) })
}

// DefaultName is the name of a demo that was not given one.
const DefaultName = "demo"

// GroupPrefix starts the name of a demo's cgroup; the demo's own name follows.
const GroupPrefix = "bones-demo-"

// validName reports whether a demo may be called so.
func validName(s string) bool {
	ok := s != "" && len(s) <= 40
	for i, c := range []byte(s) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			i > 0 && (c == '_' || c == '.' || c == '-'))
	}
	return ok
}

// Start is the effect that starts a demo.
type Start struct {
	name    string
	store   Store
	unshare unshare.Unshare
}

var _ effect.Effect = Start{}

// NewStart checks the name; memory is the limit in bytes. Without CAP_SYS_ADMIN, which root of a container has not
// either, it needs a user namespace.
func NewStart(store Store, name string, memory int64) (Start, error) {
	if !validName(name) {
		return Start{}, fmt.Errorf("demo name %q: give at most 40 letters, digits, dots, dashes and underscores", name)
	}
	sets, err := capability.Get()
	if err != nil {
		return Start{}, err
	}
	alone := !sets.Has(unix.CAP_SYS_ADMIN)
	u, err := unshare.New(unshare.Unshare{
		Namespaces: unshare.Mount | unshare.UTS | unshare.IPC | unshare.Net | unshare.PID | unshare.Cgroup,
		Fork:       true,
		MountProc:  "/proc",
		UserMap:    unshare.IDMap{Single: alone},
		GroupMap:   unshare.IDMap{Single: alone},
		Hostname:   name,
		Limits:     unshare.Limits{Memory: memory},
		Group:      GroupPrefix + name, EveryHierarchy: true,
		Command: []string{reexec.Self, InitCommand, name},
		Env:     []string{"PATH=/bin", "HOME=/root", "HOSTNAME=" + name},
	})
	return Start{name, store, u}, err
}

// Kind says "demo.start".
func (s Start) Kind() string { return "demo.start" }

// About names the demo.
func (s Start) About() text.Text { return text.New("demo " + s.name) }

// Describe says what is started.
func (s Start) Describe() string {
	return "start the demo container " + s.name + ", in the new cgroup " + s.unshare.Group
}

// ByHand is the line of unshare(1); the root file system in it is made by bones.
func (s Start) ByHand() string {
	u := s.unshare
	u.Command = append([]string{"bones"}, u.Command[1:]...)
	u.Command = append([]string{"setsid"}, u.Command...)
	return u.ByHand()
}

// Risk is none: what exists is not changed.
func (s Start) Risk() effect.Risk { return effect.Risk{Level: effect.Safe} }

// Undo is possible: stop it.
func (s Start) Undo() effect.Undo { return effect.Undo{Possible: true} }

// Apply starts the demo and returns when its service runs.
func (s Start) Apply(context.Context) (effect.Outcome, error) {
	if err := s.store.reserve(s.name); err != nil {
		return effect.Outcome{}, err
	}
	c, notes, err := s.start()
	if err != nil {
		return effect.Outcome{}, errors.Join(fmt.Errorf("starting the demo %s: %w", s.name, err), s.store.remove(s.name))
	}
	start, err := unshare.Started(c.PID)
	if err == nil {
		err = s.store.write(
			RecordedDemo{Name: s.name, PID: c.PID, StartTicks: start, BootID: procroot.BootID(), Started: time.Now().UTC(),
				Groups: c.Dirs},
		)
	}
	if err != nil {
		return effect.Outcome{}, errors.Join(fmt.Errorf("starting the demo %s: %w", s.name, err), c.Abandon(),
			s.store.remove(s.name))
	}
	return effect.Outcome{Inverse: Stop{s.name, s.store}, Note: text.Line(strings.Join(notes, "; "))}, nil
}

// start falls back to fewer limits where there is no cgroup to be had: the rest of the demo does not depend on it.
func (s Start) start() (*unshare.Child, []string, error) {
	u, notes := s.unshare, []string(nil)
	for {
		c, err := startOne(u)
		var g *unshare.GroupError
		switch {
		case err == nil:
			return c, append(notes, c.Notes...), nil
		case !errors.As(err, &g) || u.Group == "":
			return nil, nil, err
		case u.Limits != (unshare.Limits{}):
			u.Limits, notes = unshare.Limits{}, []string{"no memory limit: " + g.Error()}
		default:
			u.Group, u.EveryHierarchy, notes = "", false, []string{"no cgroup of its own: " + g.Error()}
		}
	}
}

// startOne starts the container and waits until its service runs: then the pipe that its first process got as
// standard error is closed. What was written to it is why there is none.
func startOne(u unshare.Unshare) (*unshare.Child, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	c, err := u.Start(unshare.Stdio{In: null, Out: null, Err: w})
	w.Close()
	if err != nil {
		return nil, err
	}
	said, err := bounded.ReadAll(r, 4096)
	if errors.Is(err, bounded.ErrTooLong) {
		err = nil
	}
	if err == nil && len(said) == 0 {
		if c.Ended() {
			err = errors.New("its first process ended at once; is bones a static binary?")
		} else {
			return c, nil
		}
	}
	if err == nil {
		err = errors.New(text.Line(strings.TrimPrefix(strings.TrimSpace(string(said)), "bones: ")))
	}
	return nil, errors.Join(err, c.Abandon())
}

// Stop is the effect that ends a demo and removes what it left.
type Stop struct {
	name  string
	store Store
}

var _ effect.Effect = Stop{}

// NewStop finds a demo that was started. An error that is fs.ErrNotExist says that there is none of that name.
func NewStop(store Store, name string) (Stop, error) {
	if !validName(name) {
		return Stop{}, fmt.Errorf("demo name %q: give at most 40 letters, digits, dots, dashes and underscores", name)
	}
	_, err := store.read(name)
	return Stop{name, store}, err
}

// Kind says "demo.stop".
func (s Stop) Kind() string { return "demo.stop" }

// About names the demo.
func (s Stop) About() text.Text { return text.New("demo " + s.name) }

// Describe says what is ended.
func (s Stop) Describe() string {
	return "stop the demo container " + s.name + " and remove its cgroup"
}

// ByHand kills the first process, and with it all others, and removes the directories of the cgroup.
func (s Stop) ByHand() string {
	st, err := s.store.read(s.name)
	if err != nil {
		return "# " + fault.Line(err)
	}
	var lines []string
	if st.Running() {
		lines = append(lines, "kill -KILL "+strconv.Itoa(st.PID), "sleep 1")
	}
	for _, g := range st.Groups {
		lines = append(lines, effect.Command("rmdir", g.Path))
	}
	return strings.Join(append(lines, effect.Command("rm", s.store.file(s.name))), "; ")
}

// Risk is one question: the demo's processes end.
func (s Stop) Risk() effect.Risk {
	return effect.Risk{Level: effect.Confirm, Why: "its processes end, and what is in its file system is gone"}
}

// Undo is not possible: a new demo is another one.
func (s Stop) Undo() effect.Undo {
	return effect.Undo{Why: "its file system was in memory and is gone; start a new one"}
}

// Apply ends exactly the process that was started, if it still lives, and removes the cgroup and the record.
func (s Stop) Apply(context.Context) (effect.Outcome, error) {
	st, err := s.store.read(s.name)
	if err != nil {
		return effect.Outcome{}, err
	}
	note := ""
	if st.BootID == procroot.BootID() {
		st.thaw() // a frozen process dies only when it thaws
		found, err := st.kill()
		if err != nil {
			return effect.Outcome{}, fmt.Errorf("stopping the demo %s: %w", s.name, err)
		}
		if !found {
			note = "the demo " + s.name + " was not running any more; its leftovers are removed"
		}
		if err := unshare.RemoveGroup(st.genuineGroups(), 5*time.Second); err != nil {
			return effect.Outcome{}, fmt.Errorf("stopping the demo %s: %w", s.name, err)
		}
	} else {
		note = "the demo " + s.name + " ended with the last boot; its record is removed"
	}
	return effect.Outcome{Note: note}, s.store.remove(s.name)
}
