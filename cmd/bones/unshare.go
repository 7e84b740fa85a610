package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"bones/cgroupview/spec"
	"bones/cmd/bones/internal/complete"
	"bones/nsview/unshare"
	"bones/procwalk/detail"
	"bones/procwalk/effect"
	"bones/procwalk/signals"
)

// unshareFlags are the flags as they were given, before they mean anything.
type unshareFlags struct {
	types                map[string]*optional
	setuid, setgid       string
	monotonic, boottime  string
	memory, cpus, pids   string
	flags                *pflag.FlagSet // which of them were given
	mountProc, killChild optional
	dryRun               bool
}

// optional is the value of a flag that may have one: "--mount" or "--mount=FILE". Without it is "true", as with a
// switch; a file of that name is ./true.
type optional string

const without optional = "true"

func (o *optional) String() string     { return string(*o) }
func (o *optional) Set(s string) error { *o = optional(s); return nil }
func (o *optional) Type() string       { return "bool" }

func (a *app) unshareCommand() *cobra.Command {
	var f unshareFlags
	var u unshare.Unshare
	c := &cobra.Command{
		Use:   "unshare [flags] [--] [CMD [ARG...]]",
		Short: "Run a program in new namespaces, and with limits in a cgroup of its own",
		Long: `Run a program, or $SHELL, in new namespaces, with the same flags and defaults as unshare of
util-linux. --memory, --cpus and --pids put it into a new cgroup as well, which is removed when the
program ends.

The exit status is the program's own, or 128 plus the number of the signal that ended it; 125 if
bones failed, 126 if the program cannot be executed, 127 if it does not exist. bones passes HUP,
INT, QUIT, TERM, USR1, USR2 and ALRM on to it.

Unlike unshare of util-linux, which turns into the program, bones waits for it even without --fork,
and if bones is killed, the program is killed, too. Here --cgroup means the namespace; bones finds
the cgroup file systems by itself.`,
		Example: `  bones unshare --fork --pid --mount-proc -- bash
  bones unshare --map-root-user --net -- ip address
  bones unshare -fp --mount-proc --uts --hostname box --memory 64M --pids 20 -- sh
  bones unshare --dry-run -fp --memory 64M -- sh`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			u.Command = args
			if err := f.into(&u); err != nil {
				return usage("%w", err)
			}
			e, err := unshare.New(u)
			if err != nil {
				return usage("%w", err)
			}
			_, err = a.perform(c.Context(), e, f.dryRun, effect.Named)
			return ownStatus(err)
		},
	}
	f.define(c, &u)
	return c
}

// ownStatus makes the status of the program, or of one that cannot be run, that of bones.
func ownStatus(err error) error {
	var s *unshare.StatusError
	if errors.As(err, &s) {
		return &statusError{Status: s.Status, Err: s.Err}
	}
	return err
}

func (f *unshareFlags) define(c *cobra.Command, u *unshare.Unshare) {
	fs := c.Flags()
	f.flags = fs
	fs.SetInterspersed(false) // what follows the program is the program's
	fs.SortFlags = false
	orValue := func(p *optional, name, short, help string) {
		fs.VarP(p, name, short, help)
		fs.Lookup(name).NoOptDefVal = string(without)
		fs.SetAnnotation(name, complete.TakesFile, nil)
	}
	f.types = map[string]*optional{}
	for _, t := range unshare.Types() {
		value := new(optional)
		f.types[t.Flag] = value
		orValue(value, t.Flag, t.Short, "create a new "+t.Flag+" namespace; =FILE keeps it by a bind mount there")
	}
	fs.BoolVarP(&u.Fork, "fork", "f", false, "start the program as a child; with --pid it is PID 1")
	orValue(&f.mountProc, "mount-proc", "", "mount a new proc first, on /proc or =DIR; implies --mount")
	fs.StringVar(&u.Propagation, "propagation", "",
		"set the propagation of mounts to `TYPE`: private (default), shared, slave, unchanged")
	orValue(&f.killChild, "kill-child", "", "when bones dies, send the child KILL or =SIGNAL; implies --fork")
	// The last of these decides, as each is given.
	ourselves := func(uid, gid int) func(string) error {
		return func(string) error {
			u.UserMap.Single, u.UserMap.Inner = true, uint32(uid)
			u.GroupMap.Single, u.GroupMap.Inner = true, uint32(gid)
			return nil
		}
	}
	fs.BoolFuncP("map-root-user", "r", "map our user and group to root; implies --user", ourselves(0, 0))
	fs.BoolFuncP("map-current-user", "c", "map our user and group to themselves; implies --user",
		ourselves(os.Geteuid(), os.Getegid()))
	fs.Func("map-user", "map our user to the user `USER`; implies --user", mapSingle(userID, &u.UserMap))
	fs.Func("map-group", "map our group to the group `GROUP`; implies --user", mapSingle(groupID, &u.GroupMap))
	fs.BoolFunc("map-auto", "map our blocks of /etc/subuid and /etc/subgid; implies --user", func(string) error {
		u.UserMap.Auto, u.GroupMap.Auto = true, true
		return nil
	})
	fs.Func("map-users", "map a block of users: `OUTER,INNER,COUNT` or auto; implies --user", mapBlock(&u.UserMap))
	fs.Func("map-groups", "map a block of groups: `OUTER,INNER,COUNT` or auto; implies --user", mapBlock(&u.GroupMap))
	fs.StringVar(&u.SetGroups, "setgroups", "", "`allow|deny` setgroups(2) in the user namespace")
	fs.BoolVar(&u.KeepCaps, "keep-caps", false,
		"keep the capabilities in the user namespace, even for a user other than root")
	fs.StringVarP(&f.setuid, "setuid", "S", "", "run the program with the user ID `UID`")
	fs.StringVarP(&f.setgid, "setgid", "G", "", "run the program with the group ID `GID`; drops supplementary groups")
	fs.StringVarP(&u.Root, "root", "R", "", "make `DIR` the program's root directory")
	fs.StringVarP(&u.Dir, "wd", "w", "", "start the program in the directory `DIR`")
	fs.StringVar(&f.monotonic, "monotonic", "", "move the monotonic clock by `SECONDS`; needs --time")
	fs.StringVar(&f.boottime, "boottime", "", "move the boot time clock by `SECONDS`; needs --time")
	fs.StringVar(&u.Hostname, "hostname", "", "set the host name `NAME`; implies --uts")
	fs.StringVar(&f.memory, "memory", "",
		"limit the memory of a new cgroup to `SIZE`, as 64M, 1GiB (1024 each) or 10% of the machine's")
	fs.StringVar(&f.cpus, "cpus", "", "limit the processors of a new cgroup to `N`, as 0.5 or 2")
	fs.StringVar(&f.pids, "pids", "", "limit the processes and threads of a new cgroup to `N`")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
}

// into gives the flags their meaning.
func (f *unshareFlags) into(u *unshare.Unshare) error {
	u.Persist = map[unshare.Set]string{}
	for _, t := range unshare.Types() {
		switch value := *f.types[t.Flag]; value {
		case "":
		case without:
			u.Namespaces |= t.Bit
		default:
			u.Persist[t.Bit] = string(value)
		}
	}
	if u.MountProc = string(f.mountProc); f.mountProc == without {
		u.MountProc = "/proc"
	}
	switch f.killChild {
	case "":
	case without:
		u.KillChild = unix.SIGKILL
	default:
		s, err := signals.Parse(string(f.killChild))
		if err != nil {
			return err
		}
		u.KillChild = syscall.Signal(s)
	}
	for _, id := range []struct {
		given string
		to    **uint32
	}{{f.setuid, &u.SetUID}, {f.setgid, &u.SetGID}} {
		if id.given == "" {
			continue
		}
		n, err := unshare.ParseID(id.given)
		if err != nil {
			return err
		}
		*id.to = &n
	}
	for _, clock := range []struct {
		name, given string
		to          **int64
	}{{"monotonic", f.monotonic, &u.Monotonic}, {"boottime", f.boottime, &u.Boottime}} {
		if !f.flags.Changed(clock.name) {
			continue
		}
		n, err := strconv.ParseInt(clock.given, 10, 64)
		if errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("clock offset %q is more than the clocks of Linux can count", clock.given)
		}
		if err != nil {
			return fmt.Errorf("clock offset %q is not a whole number of seconds", clock.given)
		}
		*clock.to = &n
	}
	return f.limits(u)
}

func (f *unshareFlags) limits(u *unshare.Unshare) error {
	for _, l := range []struct {
		name, given string
		parse       func(string) (int64, error)
		to          *int64
	}{
		{"memory", f.memory, parseMemory, &u.Limits.Memory},
		{"cpus", f.cpus, spec.ParseCPUs, &u.Limits.CPU},
		{"pids", f.pids, spec.ParsePIDs, &u.Limits.PIDs},
	} {
		if !f.flags.Changed(l.name) { // an empty value is one, and is refused
			continue
		}
		n, err := l.parse(l.given)
		if err != nil {
			return err
		}
		*l.to = n
	}
	return nil
}

// parseMemory reads a limit of memory, which may be a share of this machine's.
func parseMemory(given string) (int64, error) { return spec.ParseMemory(given, ownMemory()) }

// ownMemory is how much memory this machine has, in bytes; 0 if that cannot be told.
func ownMemory() uint64 {
	if m := detail.Host("/proc").Memory; m.Err == nil && m.Value.MemTotalBytes != nil {
		return *m.Value.MemTotalBytes
	}
	return 0
}

// mapSingle is the meaning of --map-user and --map-group.
func mapSingle(lookup func(string) (string, error), to *unshare.IDMap) func(string) error {
	return func(given string) error {
		number, err := lookup(given)
		if err != nil {
			return err
		}
		to.Inner, err = unshare.ParseID(number)
		to.Single = true
		return err
	}
}

// mapBlock is the meaning of --map-users and --map-groups.
func mapBlock(to *unshare.IDMap) func(string) error {
	return func(given string) (err error) {
		if to.Auto = given == "auto"; !to.Auto {
			to.Range, err = unshare.ParseRange(given)
		}
		return err
	}
}

// userID returns the number of a user given by number or name.
func userID(s string) (string, error) {
	if _, err := unshare.ParseID(s); err == nil {
		return s, nil
	}
	u, err := user.Lookup(s)
	if err != nil {
		return "", err
	}
	return u.Uid, nil
}

// groupID returns the number of a group given by number or name.
func groupID(s string) (string, error) {
	if _, err := unshare.ParseID(s); err == nil {
		return s, nil
	}
	g, err := user.LookupGroup(s)
	if err != nil {
		return "", err
	}
	return g.Gid, nil
}
