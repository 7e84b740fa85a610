package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"time"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// filesPatience is how long a container's file system may go without an answer.
const filesPatience = 10 * time.Second

func (a *app) filesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "files",
		Short: "Look at, copy and change the files of a container or process",
		Long: `Work with the files that a process sees, through /proc/PID/root: without its engine, and without a
shell or any other program inside.

A path is always resolved inside: links and .. never lead out of the root. Device nodes, FIFOs and
sockets are listed but never opened. bones gives up on a file system that does not answer for ten
seconds.

Every change is in the journal, and bones undo takes it back if that is possible: for that, the
journal keeps the old content, up to 1 MiB a file and 16 MiB in all, with owners, permissions, times
and attributes. If an edited text cannot be saved, it stays in a private file, and bones prints its
name.

bones does not change files of the kernel (on proc, sysfs, a cgroup file system, debugfs, bpf and
the like), and neither does bones undo: somebody who may mount in a container of his own could bind
such a file of the host over one of his. To change one all the same, give --kernel-files.`,
		Example: "  bones files ls memcached /etc\n  bones files get memcached /etc/passwd\n  bones files put memcached " +
			"hosts /etc/hosts",
		// Without these, cobra takes a word that is no command for a question of what there is, and answers with 0.
		Args:                  cobra.NoArgs,
		RunE:                  func(c *cobra.Command, _ []string) error { return c.Help() },
		DisableFlagsInUseLine: true,
	}
	c.AddCommand(a.filesLs(), a.filesCat(), a.filesStat(), a.filesGet(), a.filesPut(), a.filesEdit(), a.filesTouch(),
		a.filesMkdir(), a.filesMv(), a.filesRm())
	return c
}

// filesTarget is whose files a command is about.
type filesTarget struct {
	client *rootfs.Client
	name   text.Text
	id     procwalk.ID
}

// filesOf finds the process that a TARGET means: of a container the one that backs it.
func (a *app) filesOf(ctx context.Context, word string, where rootfs.Where) (*filesTarget, error) {
	s, x, err := a.snapshotNamed(ctx, word)
	if err != nil {
		return nil, err
	}
	p, e, err := findBacking(x, s, word)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw())
	if e != nil {
		name = e.Title().Raw()
	}
	return &filesTarget{rootfs.NewClient(a.procRoot, p.ID(), where, filesPatience), text.New(name), p.ID()}, nil
}

// interruptible ends its context at ^C: whatever is under way is given up then.
func interruptible(ctx context.Context) (context.Context, func()) {
	return signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
}

// onFiles runs what a command does with the files of its first argument.
func (a *app) onFiles(where *bool, do func(ctx context.Context, t *filesTarget,
	args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		ctx, stop := interruptible(c.Context())
		defer stop()
		base := rootfs.RootDir
		if where != nil && *where {
			base = rootfs.ProcDir
		}
		t, err := a.filesOf(ctx, args[0], base)
		if err != nil {
			return err
		}
		defer t.client.Close()
		return a.filesFailed(do(ctx, t, args[1:]))
	}
}

// filesFailed gives an error its exit status.
func (a *app) filesFailed(err error) error {
	if isAny(err, context.Canceled, rootfs.ErrGivenUp) && !isAny(err, rootfs.ErrUnclear) {
		return failed(errors.New("bones gave up, and removed the partly copied file"))
	}
	if isAny(err, rootfs.ErrKernelFile) {
		return &statusError{Status: exitPermission, Err: rootfs.HowToChange(err, "--kernel-files makes the change")}
	}
	return failed(err)
}

func kernelFilesFlag(c *cobra.Command, to *bool) {
	c.Flags().BoolVar(to, "kernel-files", false,
		"also change files of the kernel (on proc, sysfs, cgroups and the like)")
}

func procDirFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("proc-dir", false, "work in the process's own folder in /proc instead of its root")
}
