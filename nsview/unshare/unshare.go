// Package unshare starts a program in new namespaces, as unshare(1) of util-linux does, and, where limits are asked
// for, in a cgroup of its own. It works without cgo: the program is first our own binary, the stage, which does from
// the inside what cannot be done from outside and then becomes the program.
//
// One difference to util-linux shows: without Fork its unshare becomes the program, while here a waiting parent stays
// that relays signals, hands the exit status back and removes the cgroup. The program dies with that parent.
//
// Sources: unshare(1), unshare(2), clone(2), namespaces(7).
package unshare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Set is a set of namespace types: the CLONE_NEW* bits of clone(2).
type Set uintptr

// The namespace types.
const (
	Mount  Set = unix.CLONE_NEWNS
	UTS    Set = unix.CLONE_NEWUTS
	IPC    Set = unix.CLONE_NEWIPC
	Net    Set = unix.CLONE_NEWNET
	PID    Set = unix.CLONE_NEWPID
	User   Set = unix.CLONE_NEWUSER
	Cgroup Set = unix.CLONE_NEWCGROUP
	Time   Set = unix.CLONE_NEWTIME
)

// Type is one namespace type with its names.
type Type struct {
	Bit   Set
	Flag  string // the long flag of unshare(1)
	Short string // the short flag
	File  string // the file in /proc/PID/ns that holds a new one; for pid and time the one for children
}

// Types lists all namespace types in the order in which unshare(1) binds them.
func Types() []Type {
	return []Type{
		{Mount, "mount", "m", "mnt"},
		{UTS, "uts", "u", "uts"},
		{IPC, "ipc", "i", "ipc"},
		{Net, "net", "n", "net"},
		{PID, "pid", "p", "pid_for_children"},
		{User, "user", "U", "user"},
		{Cgroup, "cgroup", "C", "cgroup"},
		{Time, "time", "T", "time_for_children"},
	}
}

// Unshare is the effect: one program to start. The zero value of every field but Command means that nothing of the
// sort was asked for. New checks it and fills in what follows from it.
type Unshare struct {
	Namespaces Set
	// Persist names, per type, a file on which the new namespace is bind-mounted, so that it outlives its members.
	Persist map[Set]string
	// Fork starts the program as a child: with PID that child is PID 1 of the new namespace. Without it the program
	// itself stays outside and only its children get there.
	Fork bool
	// MountProc is where a new proc is mounted first.
	MountProc string
	// Propagation of the mounts in a new mount namespace: private (also if empty), shared, slave or unchanged.
	Propagation string
	// KillChild is the signal that the child gets when we die.
	KillChild syscall.Signal

	UserMap, GroupMap IDMap
	SetGroups         string // allow, deny, or empty for what the maps need
	KeepCaps          bool

	SetUID, SetGID      *uint32
	Root, Dir           string
	Monotonic, Boottime *int64 // clock offsets in seconds
	Hostname            string

	Limits Limits
	// Group is the name of the cgroup made under our own; New chooses one where Limits are asked for.
	Group string
	// EveryHierarchy makes Group in all hierarchies, not only in those that a limit needs.
	EveryHierarchy bool

	// Command is the program and its arguments. Empty means $SHELL, or /bin/sh, as a login shell.
	Command []string
	// Env is the program's environment; nil means ours.
	Env []string
}

var _ effect.Effect = Unshare{}

// New checks what was asked for and adds what it implies, as unshare(1) does.
func New(u Unshare) (Unshare, error) {
	for bit := range u.Persist {
		u.Namespaces |= bit
	}
	if u.MountProc != "" {
		u.Namespaces |= Mount
	}
	if u.KillChild != 0 {
		u.Fork = true
	}
	if u.UserMap.asked() || u.GroupMap.asked() {
		u.Namespaces |= User
	}
	if u.Hostname != "" {
		u.Namespaces |= UTS
	}
	if u.Group == "" && u.Limits != (Limits{}) {
		u.Group = ownGroupName()
	}
	return u, u.check()
}

func (u Unshare) check() error {
	switch u.Propagation {
	case "", "private", "shared", "slave", "unchanged":
	default:
		return fmt.Errorf("propagation %q: give private, shared, slave or unchanged", u.Propagation)
	}
	switch {
	case (u.Monotonic != nil || u.Boottime != nil) && u.Namespaces&Time == 0:
		return errors.New("clock offsets need a time namespace: add --time")
	case u.SetGroups != "" && u.SetGroups != "allow" && u.SetGroups != "deny":
		return fmt.Errorf("setgroups %q: give allow or deny", u.SetGroups)
	case u.SetGroups != "" && u.Namespaces&User == 0:
		return errors.New("setgroups is a setting of a user namespace: add --user")
	case u.SetGroups == "allow" && u.GroupMap.Single:
		return errors.New("mapping one group to oneself needs setgroups deny: leave out --setgroups allow")
	case len(u.Hostname) > 64:
		return fmt.Errorf("host name of %d bytes: the kernel takes at most 64", len(u.Hostname))
	case u.Persist[PID] != "" && !u.Fork:
		return errors.New("a pid namespace without a process cannot be kept: add --fork")
	case strings.ContainsAny(u.Group, "/\n") || strings.HasPrefix(u.Group, "."):
		return fmt.Errorf("cgroup name %q: give one plain file name", u.Group)
	}
	for _, s := range append([]string{u.Hostname, u.Root, u.Dir, u.MountProc}, u.Command...) {
		if strings.ContainsRune(s, 0) {
			return errors.New("an argument holds a NUL byte, which no program can be given")
		}
	}
	return nil
}

// Kind says "unshare".
func (u Unshare) Kind() string { return "unshare" }

// About is nobody: the program is new.
func (u Unshare) About() text.Text { return text.Text{} }

// Describe says in one line what is started and in what.
func (u Unshare) Describe() string {
	var names []string
	for _, t := range Types() {
		if u.Namespaces&t.Bit != 0 {
			names = append(names, t.Flag)
		}
	}
	where := "in our namespaces"
	if len(names) > 0 {
		where = "in new namespaces: " + strings.Join(names, ", ")
	}
	if u.Group != "" {
		where += "; in the new cgroup " + u.Group
		if l := u.Limits.String(); l != "" {
			where += " with " + l
		}
	}
	return text.Sanitise("start " + effect.Command(u.command()...) + " " + where)
}

// Risk is none: what exists is not changed.
func (u Unshare) Risk() effect.Risk { return effect.Risk{Level: effect.Safe} }

// Undo is not needed: namespaces and cgroup end with the program.
func (u Unshare) Undo() effect.Undo {
	return effect.Undo{Why: "a program has run; its namespaces and its cgroup ended with it"}
}

// Apply runs the program with our own standard streams and waits for it. A status other than 0 is a *StatusError.
func (u Unshare) Apply(ctx context.Context) (effect.Outcome, error) {
	res, err := u.Run(ctx, Stdio{os.Stdin, os.Stdout, os.Stderr})
	if err == nil && res.Status != 0 {
		err = &StatusError{Status: res.Status}
	}
	return effect.Outcome{Note: text.Sanitise(strings.Join(res.Notes, "; "))}, err
}

// StatusError says how bones is to exit: with the program's own status (Err is nil), or, where the program did not
// start, with 125 (our failure), 126 (not executable) or 127 (not found).
type StatusError struct {
	Status int
	Err    error
}

func (e *StatusError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("the program ended with status %d", e.Status)
	}
	return e.Err.Error()
}

func (e *StatusError) Unwrap() error { return e.Err }

// command is what is run, with the shell that stands for nothing.
func (u Unshare) command() []string {
	if len(u.Command) > 0 {
		return u.Command
	}
	if shell := os.Getenv("SHELL"); shell != "" {
		return []string{shell}
	}
	return []string{"/bin/sh"}
}
