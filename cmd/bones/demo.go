package main

import (
	"errors"
	"fmt"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/nsview/unshare/demo"
	"bones/procwalk/effect"
)

func (a *app) demoCommand() *cobra.Command {
	var name, memory string
	var stop, list, dryRun bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start a small container without any engine, to try all features on",
		Long: `Start a small container in the background, without any engine. It has its own pid, mnt, uts, ipc,
net and cgroup namespaces, a cgroup with a memory limit, and a root file system in memory, made from
this very binary. Its first process is demo-service, which holds a few MiB of memory, writes to
/tmp/heartbeat and keeps two workers.

Without CAP_SYS_ADMIN, as a user or as root of most containers, the demo also gets a user namespace,
and bones says what it could not set up. --stop ends exactly what was started and leaves nothing
behind.`,
		Example: "  bones demo\n  bones demo --name second --memory 256M\n  bones demo --list\n  bones demo --stop",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if stop && list {
				return usage("--stop and --list exclude each other")
			}
			limit, err := parseMemory(memory)
			if err != nil {
				return usage("%w", err)
			}
			store, err := demo.DefaultStore()
			if err != nil {
				return failed(err)
			}
			switch {
			case list:
				return a.listDemos(store)
			case stop:
				e, err := demo.NewStop(store, name)
				if errors.Is(err, fs.ErrNotExist) {
					return noTarget("you have started no demo %s; bones demo --list shows those that you have", name)
				}
				if err != nil {
					return failed(err)
				}
				return a.performed(c.Context(), e, dryRun, effect.Named)
			}
			e, err := demo.NewStart(store, name, limit)
			if err != nil {
				return usage("%w", err)
			}
			if _, err := a.perform(c.Context(), e, dryRun, effect.Named); err != nil || dryRun {
				return err
			}
			return a.showDemo(store, name)
		},
	}
	c.Flags().StringVar(&name, "name", demo.DefaultName, "call the demo `NAME`; there can be several demos")
	c.Flags().StringVar(&memory, "memory", "128M",
		"limit its memory to `SIZE`, as 64M, 1GiB (1024 each) or 10% of the machine's; max is no limit")
	c.Flags().BoolVar(&stop, "stop", false, "end the demo and remove what it left")
	c.Flags().BoolVar(&list, "list", false, "list the running demos")
	c.Flags().BoolVar(&dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	return c
}

func (a *app) listDemos(store demo.Store) error {
	all, broken := store.List()
	if a.json {
		return failed(errors.Join(object.WriteArray(a.out, func(yield func(any) bool) {
			for _, s := range all {
				if !yield(object.NewDemo(s)) {
					return
				}
			}
		}), broken))
	}
	t := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tPID\tSTATE\tSTARTED")
	for _, s := range all {
		pid, state := fmt.Sprint(s.PID), "running"
		if !s.Running() {
			pid, state = "-", "ended; bones demo --stop removes what is left"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Name, pid, state, s.Started.Local().Format(time.DateTime))
	}
	return failed(errors.Join(t.Flush(), broken))
}

// showDemo says what was started and what to try on it.
func (a *app) showDemo(store demo.Store, name string) error {
	all, err := store.List()
	for _, s := range all {
		if s.Name != name {
			continue
		}
		if a.json {
			return failed(object.Write(a.out, object.NewDemo(s)))
		}
		stop := "bones demo --stop"
		if name != demo.DefaultName {
			stop += " --name " + name
		}
		fmt.Fprintf(a.out, `%[4]s runs: PID %[2]d here, PID 1 inside. Try:
  bones top %[1]s
  bones cgroup %[1]s memory.stat
  bones set %[1]s memory=64M
  bones undo
  bones ns %[2]d
  bones which %[2]d
  bones enter %[2]d
  %[3]s
`, inventory.NameTarget(name), s.PID, stop, name)
		return nil
	}
	return failed(errors.Join(fmt.Errorf("the demo %s has ended meanwhile", name), err))
}
