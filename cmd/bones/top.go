package main

import (
	"github.com/spf13/cobra"
)

func (a *app) topCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "top TARGET",
		Short: "The processes of a target: PID here, PID inside, user, time, command",
		Long: `Print the processes of a container, or a process and its descendants, oldest first: the PID on this
host, the PID that the process sees in its own pid namespace, its user, the CPU time it has used,
and its command line. A process that only visits the container, as with nsenter, is not in its
groups, and bones may leave it out; bones ps TARGET prints it, too.`,
		Example: "  bones top memcached\n  bones top 1234\n  bones top self --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ps(c.Context(), &psFlags{format: []string{"pid,cpid,user,time,args"}, forest: true, members: true}, args)
		},
	}
}
