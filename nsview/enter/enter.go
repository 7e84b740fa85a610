// Package enter runs a program inside the namespaces of another process, safely from what lives there.
//
// A Request says what is wanted, New reads the target and makes an Enter of it, an effect that nothing has happened
// of yet. Start carries it out and gives a Session, Run waits for its end too.
//
// Three processes take part beside the program itself. bones keeps the terminal and copies bytes. A worker, the same
// program executed from a sealed copy in memory with an empty environment, cannot be read, traced or overwritten from
// inside; it opens what is needed, joins the cgroups, and waits. The worker's child, a raw clone with one thread,
// joins the namespaces and becomes the target's user before its sibling, the program, is born inside.
package enter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// As says with whose privileges the program runs.
type As int

const (
	// AsDefault is AsContainer, but AsRoot with HostTools and where the target's pid namespace is joined and its mounts
	// are not: a program without privilege there would show the host's files to the target through /proc/PID/root.
	AsDefault As = iota
	// AsContainer takes the target's ids, groups, capabilities, no_new_privs and LSM label, so that the program can
	// do what the target can and no more. Its seccomp filter is not taken.
	AsContainer
	// AsRoot is user 0 of the user namespace with every capability there. In the host's user namespace that is as
	// much as root on the host: whatever program the target put there gets it.
	AsRoot
)

// ParseAs reads "root" or "container"; empty is AsDefault.
func ParseAs(word string) (As, error) {
	switch word {
	case "":
		return AsDefault, nil
	case "root":
		return AsRoot, nil
	case "container":
		return AsContainer, nil
	}
	return 0, fmt.Errorf("%q: enter as root or as container", word)
}

func (a As) String() string {
	switch a {
	case AsRoot:
		return "root"
	case AsContainer:
		return "container"
	}
	return ""
}

// ParseTypes reads a list such as "pid,mnt,net" (also "mount" and "all"). Empty is all types.
func ParseTypes(list string) ([]procwalk.NSType, error) {
	if list == "" || list == "all" {
		return AllTypes(), nil
	}
	var types []procwalk.NSType
	for word := range strings.SplitSeq(list, ",") {
		if word == "mount" {
			word = "mnt"
		}
		t, known := nsview.TypeOf(word)
		if !known {
			return nil, fmt.Errorf("%q is not a type of namespace; the types are cgroup, ipc, mnt, net, pid, time, user "+
				"and uts", word)
		}
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types, nil
}

// AllTypes returns the eight types of namespaces.
func AllTypes() []procwalk.NSType {
	all := make([]procwalk.NSType, procwalk.NSTypes)
	for i := range all {
		all[i] = procwalk.NSType(i)
	}
	return all
}

// Request is what the user wants to run, in which namespaces, and as whom.
type Request struct {
	Target    procwalk.ID
	Name      text.Text         // of the target, for messages; may be empty
	Types     []procwalk.NSType // which namespaces; nil is all. Those that are ours too are left alone
	Spaces    []Space           // namespaces to join instead of a process's; Target is then we ourselves
	Program   []string          // and its arguments; nil is the target's shell
	As        As
	User      string   // USER or USER:GROUP, as the target's files have them, instead of the target's ids; As is default
	Set       []string // NAME=VALUE: further variables of the environment
	TargetEnv bool     // the target's environment instead of a clean one
	HostTools bool     // our own programs and files, in the target's other namespaces; never without being asked for
	NoCgroup  bool     // stay in our own cgroups
	Dir       string   // working directory, as seen inside; empty is the target's
	Term      string   // TERM for the program; what is no plain word is left out
}

// Enter is the effect of running a program inside a process's namespaces.
type Enter struct {
	req    Request
	joined []procwalk.NSType
	as     As
	plan   plan
	stdio  Stdio

	started func(*Session) func() // see WhenStarted; may be nil

	hostProgram bool   // a program of the host's with the rights of who started bones, as that was not said otherwise
	byHand      int    // the PID, or the TID, that nsenter takes for the target
	home        string // of the user that was asked for; empty if the files there do not say

	busybox string // tests: a host busybox to use instead of looking for one
	hold    func()
	copied  *os.File // see From; nil: the worker runs from a copy of its own
}

// Target returns the identity of the process that is entered.
func (e *Enter) Target() procwalk.ID { return e.req.Target }

// Joined returns the types of namespace that are joined: those asked for in which the target is elsewhere.
func (e *Enter) Joined() []procwalk.NSType { return slices.Clone(e.joined) }

// As returns whose privileges the program gets; never AsDefault.
func (e *Enter) As() As { return e.as }

// With returns the same effect with the files for Apply.
func (e *Enter) With(io Stdio) *Enter {
	n := *e
	n.stdio = io
	return &n
}

// From returns the same effect with a sealed copy of this program that the worker runs from: see reexec.SealedCopy. It
// is for who enters often, and stays open.
func (e *Enter) From(copied *os.File) *Enter {
	n := *e
	n.copied = copied
	return &n
}

// WhenStarted returns the same effect with a function that is called when the program runs, before anything that it
// writes is handed on. What that function returns is called at the end of Run and Apply, whatever the end is.
func (e *Enter) WhenStarted(f func(*Session) func()) *Enter {
	n := *e
	n.started = f
	return &n
}

// Kind implements effect.Effect.
func (e *Enter) Kind() string { return "enter" }

// About implements effect.Effect.
func (e *Enter) About() text.Text {
	who := "PID " + strconv.Itoa(e.req.Target.PID)
	if len(e.req.Spaces) > 0 {
		return e.req.Spaces[0].Name
	}
	if e.req.Name.Len() > 0 {
		who += " (" + e.req.Name.Raw() + ")"
	}
	return text.New(who)
}

// Describe implements effect.Effect.
func (e *Enter) Describe() string {
	program := e.program()
	if e.req.HostTools {
		program = "the host's " + strings.TrimPrefix(program, "a ")
	}
	as := e.as.String()
	if e.req.User != "" {
		as = "user " + text.Sanitise(e.req.User)
	}
	if len(e.req.Spaces) > 0 {
		return fmt.Sprintf("run the host's %s in %s %s", strings.TrimPrefix(program, "a "), e.what(), e.who())
	}
	return fmt.Sprintf("run %s as %s in %s of %s", program, as, e.what(), e.who())
}

func (e *Enter) who() string { return e.About().String() }

func (e *Enter) program() string {
	if len(e.req.Program) == 0 {
		return "a shell"
	}
	return text.Sanitise(e.req.Program[0])
}

func (e *Enter) what() string {
	if len(e.joined) == 0 {
		return "the namespaces, which are ours too,"
	}
	names := make([]string, len(e.joined))
	for i, t := range e.joined {
		names[i] = t.String()
	}
	if len(names) == 1 {
		return "the " + names[0] + " namespace"
	}
	return "the " + strings.Join(names, ", ") + " namespaces"
}

// Risk implements effect.Effect.
func (e *Enter) Risk() effect.Risk {
	const everything = "it runs with every capability of the host's root, also if the program comes from the target"
	const seesHost = "the target sees the process of a program that has the host's files; " +
		"nobody there may trace it now, and whoever may later can reach them"
	switch {
	case e.plan.ShowsHost && e.plan.HostRoot:
		return effect.Risk{Level: effect.Confirm, Why: "it runs with every capability of the host's root; " + seesHost}
	case e.as == AsRoot && e.plan.HostRoot && len(e.joined) > 0 && !e.hostProgram:
		return effect.Risk{Level: effect.Confirm, Why: everything}
	case e.plan.ShowsHost:
		return effect.Risk{Level: effect.Confirm, Why: seesHost}
	}
	return effect.Risk{}
}

// Undo implements effect.Effect.
func (e *Enter) Undo() effect.Undo {
	return effect.Undo{Why: "what a program has done inside cannot be taken back"}
}

// Apply implements effect.Effect: it runs the program to its end with the files that With gave. The Result of its
// Outcome is the Status with which the program ended.
func (e *Enter) Apply(ctx context.Context) (effect.Outcome, error) {
	status, err := e.Run(ctx, e.stdio)
	return effect.Outcome{Result: status}, err
}

// Run starts the program and waits for its end.
func (e *Enter) Run(ctx context.Context, io Stdio) (Status, error) {
	s, err := e.Start(ctx, io)
	if err != nil {
		return statusOf(err), err
	}
	if s.ended != nil {
		defer s.ended()
	}
	return s.Wait()
}

func statusOf(err error) Status {
	var x *ExecError
	if errors.As(err, &x) {
		return Status{Code: x.Code}
	}
	return Status{Code: 125}
}
