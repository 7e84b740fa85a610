package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/watch"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/text"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// recordFlags are those of record.
type recordFlags struct {
	record.Flags
	dir, out string
}

func (a *app) recordCommand() *cobra.Command {
	f := recordFlags{Flags: record.DefaultFlags}
	c := &cobra.Command{
		Use:   "record",
		Short: "Record what there is, again and again, to look at it later",
		Long: `Write down all that bones knows of this host every few seconds: processes, containers, what they use
and their limits, namespaces. bones replay shows it again, and --from has the commands print it as
if it were now. Of each command line the first 4 KiB are kept; no environment, no file of a
container, is ever recorded.

A directory holds segments of an hour each; the oldest go when they are too old or too many. Only
you can read it. However the recorder ends, all frames but the last are whole. With -o FILE, or -o -
for a pipe, one stream is written and nothing is removed.`,
		Example: "  bones record\n  bones record --interval 1s --keep 2d --max-size 500M\n" +
			"  bones record -o - | ssh backup 'cat > db1.bones'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.record(c.Context(), &f) },
	}
	f.Register(c.Flags())
	c.Flags().StringVar(&f.dir, "dir", "", "record into `DIR` (default: in the state directory)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "write one stream to `FILE`, which must not be there; - is "+
		"standard output")
	c.MarkFlagsMutuallyExclusive("output", "dir")
	return c
}

func (a *app) snapshotCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "snapshot FILE|-",
		Short: "Write all that bones knows of this moment into a file",
		Long: `Write one moment of this host into a file, for a colleague or a bug report: processes with their
command lines, containers, what they use and their limits, namespaces. No environment and no file
of a container is in it. FILE must not be there yet; - is standard output. bones replay FILE shows
it, and --from FILE has the commands print it as if it were now.`,
		Example: "  bones snapshot now.bones\n  bones snapshot - | ssh desk 'cat > db1.bones'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			source, done, err := a.moments()
			if err != nil {
				return err
			}
			defer done()
			m, err := source.Moment(c.Context(), record.Ask())
			if err != nil {
				return failed(err)
			}
			facts := a.seldom().Read(c.Context(), m, true)
			return a.stream(args[0], func(s *record.Stream) error {
				if err := s.Facts(facts); err != nil {
					return err
				}
				return s.Write(record.FrameOf(m, namesOf(m.Snapshot)))
			})
		},
	}
}

// stream has frames written to a new file, or to standard output.
func (a *app) stream(name string, write func(*record.Stream) error) error {
	out := a.out
	if name == "-" {
		if terminal.IsTerminal(a.out) {
			return usage("a recording is no text for a terminal; name a FILE, or pass it on to another program")
		}
	} else {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return usage("%s is there already, and bones writes over no file; name another", name)
		}
		if err != nil {
			return failed(err)
		}
		defer f.Close()
		out = f
	}
	s, err := record.NewStream(out)
	if err == nil {
		if err = write(s); err != nil && name != "-" && !s.Begun() {
			os.Remove(name) // an empty file would stand in the way of the next try
		}
	}
	return failed(err)
}

func (a *app) record(ctx context.Context, f *recordFlags) error {
	interval, keep, err := f.Parse()
	if err != nil {
		return usage("%w", err)
	}
	// It runs for weeks beside what matters: memory counts more than the time that collecting it takes.
	debug.SetGCPercent(50)
	debug.SetMemoryLimit(64 << 20)
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	w, err := a.targets().Walker(procwalk.Keep())
	if err != nil {
		return failed(err)
	}
	defer w.Close()
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: a.procRoot, CgroupRoot: a.cgroupRoot,
		Descriptors: 1024})
	defer live.Close()
	happens := watch.Start(watch.Config{Proc: a.procRoot, Journal: watch.JournalEvents(a.host().Journal())})
	defer happens.Close()
	seldomReader := a.seldom()
	r := &record.Recorder{Source: live, Interval: interval, Names: liveNames(), Happened: happens.Next,
		Seldom: func(ctx context.Context, m *inventory.Moment) *seldom.Facts { return seldomReader.Read(ctx, m, false) }}
	if f.out != "" {
		return a.stream(f.out, func(s *record.Stream) error {
			r.Write, r.Facts, r.WriteEvents = s.Write, s.Facts, s.WriteEvents
			return r.Run(ctx)
		})
	}
	dir := f.dir
	if dir == "" {
		if dir, err = record.DefaultDir(); err != nil {
			return failed(err)
		}
	}
	s, err := record.Create(dir, keep)
	if err != nil {
		return failed(err)
	}
	defer s.Close()
	r.Write, r.Facts, r.WriteEvents = s.Write, s.Facts, s.WriteEvents
	r.Wrote = func(frames int, frame *record.Frame) {
		if frames > 1 {
			return
		}
		fmt.Fprintf(a.err, "bones records %d processes and %d containers to %s every %s; bones replay shows it\n",
			len(frame.Processes), len(frame.Containers), dir, f.Interval)
		if lacks := happens.Lacking(); lacks != "" {
			fmt.Fprintln(a.err, "bones: "+text.Line(lacks))
		}
		daemon.SdNotify(false, daemon.SdNotifyReady) // nobody listens where systemd did not start it
	}
	return failed(r.Run(ctx))
}

// seldom reads what a recording holds beside moments.
func (a *app) seldom() *seldom.Reader { return &seldom.Reader{Proc: a.procRoot, Cgroups: a.cgroupRoot} }

// namesOf are the names of the users and groups of a snapshot, asked for at once.
func namesOf(s *procwalk.Snapshot) record.Names {
	users, groups := accounts.New(accounts.Users()), accounts.New(accounts.Groups())
	uids, gids := record.IDs(s)
	users.Learn(uids)
	groups.Learn(gids)
	return record.Names{User: users.Name, Group: groups.Name}
}

// liveNames are those that are known already; the others are asked for meanwhile, and stand in a later moment.
func liveNames() record.Names {
	return record.Names{User: accounts.NewLive(accounts.Users()).Name, Group: accounts.NewLive(accounts.Groups()).Name}
}
