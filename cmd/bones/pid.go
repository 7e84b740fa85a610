package main

import (
	"fmt"

	"bones/cmd/bones/internal/object"

	"github.com/spf13/cobra"
)

func (a *app) pidCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pid TARGET",
		Short: "The PID, on this host, of the process that backs a container",
		Long: `Print nothing but the PID that backs a container: the init that its engine recorded, if that is
still alive, or else the topmost process of the container's control group.

TARGET is a container's name, the beginning of its id, the path of a control group, or a PID; name:,
id:, cgroup: and pid: say which of them is meant. Digits alone are always a PID, never a container:
a container that is called 300, or whose id begins with 300, is name:300 or id:300. If several
containers match, bones lists them, and exits with status 2.`,
		Example: "  bones pid memcached\n  bones pid id:68fad1f9\n  bones pid cgroup:/system.slice/ssh.service\n  bones " +
			"pid memcached --json",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, x, err := a.snapshotNamed(c.Context(), args[0])
			if err != nil {
				return err
			}
			p, _, err := findBacking(x, s, args[0])
			if err != nil {
				return err
			}
			if a.json {
				err = object.Write(a.out, object.BackingPID{PID: p.PID, PIDInside: object.PIDInside(p)})
			} else {
				_, err = fmt.Fprintln(a.out, p.PID)
			}
			return failed(err)
		},
	}
}
