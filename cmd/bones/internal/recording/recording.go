// Package recording holds the commands that write recordings: record and snapshot.
package recording

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/heap"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/watch"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/crash"
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

// Record makes `bones record`, which writes a moment every few seconds until it is interrupted.
func Record(p command.Program) *cobra.Command {
	f := recordFlags{Flags: record.DefaultFlags}
	c := &cobra.Command{
		Use:   "record",
		Short: "Record this host every few seconds, to look at it later",
		Long: `Record all that bones knows of this host every few seconds: processes, containers, what they use and
their limits, namespaces; and what happened in between, as bones events prints it, up to a few
hundred events of a kind. bones replay shows the recording, and --from makes the commands print it
as if it were now. bones keeps the first 4 KiB of each command line, and beyond 2 MiB together less
of each, down to 64 bytes; it never records an environment or a file of a container.

The recording is a directory with one segment for each hour (shorter ones if --keep is below eight
hours); the oldest are removed when they are too old or there is too much of them. Only you can read
it. However the recorder ends, all frames but the last are complete. With -o FILE, or -o - for a
pipe, bones writes one stream and removes nothing.`,
		Example: "  bones record\n  bones record --interval 1s --keep 2d --max-size 500M\n" +
			"  bones record -o - | ssh backup 'cat > db1.bones'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), p, &f) },
	}
	f.Register(c.Flags())
	c.Flags().StringVar(&f.dir, "dir", "", "record into `DIR` (default: in the state directory)")
	c.Flags().StringVarP(&f.out, "output", "o", "", "write one stream to `FILE`, which must not be there; - is "+
		"standard output")
	c.MarkFlagsMutuallyExclusive("output", "dir")
	return c
}

// Snapshot makes `bones snapshot`, which writes one moment.
func Snapshot(p command.Program) *cobra.Command {
	return &cobra.Command{
		Use:   "snapshot FILE|-",
		Short: "Write all that bones knows at this moment to a file",
		Long: `Write one moment of this host to a file, for a colleague or a bug report: processes with their
command lines, containers, what they use and their limits, namespaces. It holds no environment and
no file of a container. FILE must not exist yet; - is standard output. bones replay FILE shows it,
and --from FILE makes the commands print it as if it were now.`,
		Example: "  bones snapshot now.bones\n  bones snapshot - | ssh desk 'cat > db1.bones'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			source, done, err := p.Moments()
			if err != nil {
				return err
			}
			defer done()
			m, err := source.Moment(c.Context(), record.Ask())
			if err != nil {
				return command.Failed(err)
			}
			facts := reader(p).Read(c.Context(), m, true)
			return Stream(p, args[0], func(s *record.Stream) error {
				if err := s.Facts(facts); err != nil {
					return err
				}
				return s.Write(record.FrameOf(m, NamesOf(m.Snapshot, p.Targets().Proc)))
			})
		},
	}
}

// Stream has frames written to a new file, or to standard output. Where write returns while it still writes, as it may
// to standard output alone, the record.Stream is not looked at any more.
func Stream(p command.Program, name string, write func(*record.Stream) error) error {
	out := p.Out()
	var end *copying.Pending
	if name == "-" {
		if terminal.IsTerminal(p.Out()) {
			return command.Usage("a recording is binary and does not belong on a terminal; name a FILE, or pipe it to a " +
				"program")
		}
	} else {
		parent, err := copying.NewPlace(name)
		if err != nil {
			return command.Failed(err)
		}
		defer parent.Close()
		f, err := parent.Visible(0o600)
		if errors.Is(err, os.ErrExist) {
			return command.Usage("%s exists already, and bones overwrites no file; name another", name)
		}
		if err != nil {
			return command.Failed(err)
		}
		end, out = f, f
	}
	s, err := record.NewStream(out)
	if err == nil {
		err = write(s)
	}
	switch {
	case end == nil:
	case err != nil && !s.Begun():
		end.Drop() // an empty file would stand in the way of the next try; no other that has its name by now
	default:
		err = errors.Join(err, end.Keep())
	}
	return command.Failed(err)
}

func run(ctx context.Context, p command.Program, f *recordFlags) error {
	interval, keep, err := f.Parse()
	if err != nil {
		return command.Usage("%w", err)
	}
	// It runs for weeks beside what matters: memory counts more than the time that collecting it takes.
	// There is no limit: GOMEMLIMIT is the user's, and a host of 5,000 processes has more in use than one of 1,000 may.
	defer heap.Start(8<<20, 30).Stop()
	// A moment takes a few milliseconds: handing it from one processor to the other, and looking out for what the other
	// could do, costs more than it saves.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	if f.out == "-" {
		var done func()
		ctx, done = terminal.WhileRead(ctx, p.Out())
		defer done()
	}
	w, err := p.Targets().Walker(procwalk.Keep(), procwalk.Lines(record.CommandMax))
	if err != nil {
		return command.Failed(err)
	}
	defer w.Close()
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: p.Targets().Proc,
		CgroupRoot: p.Targets().Cgroups, Descriptors: descriptors(), Starved: p.Targets().Starved})
	defer live.Close()
	happens := watch.Start(watch.Config{Proc: p.Targets().Proc,
		Journal: watch.JournalEventsFromNow(p.Host().Journal())})
	defer happens.Close()
	seldomReader := reader(p)
	r := &record.Recorder{Source: live, Interval: interval, Names: liveNames(p.Targets().Proc), Happened: happens.Next,
		Seldom: func(ctx context.Context, m *inventory.Moment) *seldom.Facts { return seldomReader.Read(ctx, m, false) }}
	if f.out != "" {
		return Stream(p, f.out, func(s *record.Stream) error {
			through := through(f.out, p.Out())
			r.Write = func(f *record.Frame) error { return through(ctx, func() error { return s.Write(f) }) }
			r.WriteEvents = func(b *events.Batch) error { return through(ctx, func() error { return s.WriteEvents(b) }) }
			r.Facts = s.Facts
			return r.Run(ctx)
		})
	}
	dir := f.dir
	if dir == "" {
		if dir, err = record.DefaultDir(p.Targets().HostRoot); err != nil {
			return command.Failed(err)
		}
	}
	s, err := record.Create(dir, keep)
	if err != nil {
		return command.Failed(err)
	}
	defer s.Close()
	r.Write, r.Facts, r.WriteEvents = s.Write, s.Facts, s.WriteEvents
	r.Wrote = func(frames int, frame *record.Frame) {
		if frames > 1 {
			return
		}
		fmt.Fprintf(p.Err(), "bones records %d processes and %d containers to %s every %s; bones replay shows it\n",
			len(frame.Processes), len(frame.Containers), dir, f.Interval)
		if lacks := happens.Lacking(); lacks != "" {
			fmt.Fprintln(p.Err(), "bones: "+text.Line(lacks))
		}
		daemon.SdNotify(false, daemon.SdNotifyReady) // nobody listens where systemd did not start it
	}
	return command.Failed(r.Run(ctx))
}

// lastPatience is how long whoever reads the stream may take for a moment when the recorder is to end.
const lastPatience = time.Second

// errStalled says that the reader of a stream has stopped reading.
var errStalled = errors.New("recording: nobody reads the stream any more: its last moment is cut off")

// through is how a stream is written that goes to a file of that name, or to out if the name is -. A disk may be slow,
// but ends each write; only who reads a pipe may never do.
func through(name string, out io.Writer) func(context.Context, func() error) error {
	toFile := name != "-"
	if f, ok := out.(*os.File); ok && !toFile {
		info, err := f.Stat()
		toFile = err == nil && info.Mode().IsRegular()
	}
	if toFile {
		return func(_ context.Context, write func() error) error { return write() }
	}
	return written
}

// written has something written, and does not wait for a reader that has stopped reading when the recorder is to end:
// a write to a pipe that is full is not interrupted by a signal.
func written(ctx context.Context, write func() error) error {
	done := make(chan error, 1)
	crash.Go(func() { done <- write() })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	late := time.NewTimer(lastPatience)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return errStalled
	}
}

// descriptors is how many files of control groups stay open between two moments: a quarter of what the process may
// have. A container has some 30 of them.
func descriptors() int {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 256
	}
	return int(min(l.Cur/4, 8192))
}

// reader reads what a recording holds beside moments.
func reader(p command.Program) *seldom.Reader {
	return &seldom.Reader{Proc: p.Targets().Proc, Cgroups: p.Targets().Cgroups}
}

// NamesOf are the names of the users and groups of a snapshot, asked for at once.
func NamesOf(s *procwalk.Snapshot, proc string) record.Names {
	users, groups := accounts.New(accounts.Users(proc)), accounts.New(accounts.Groups(proc))
	uids, gids := record.IDs(s)
	users.LookUpAll(uids)
	groups.LookUpAll(gids)
	return record.Names{User: users.Name, Group: groups.Name}
}

// liveNames are those that are known already; the others are asked for meanwhile, and stand in a later moment.
func liveNames(proc string) record.Names {
	users, groups := accounts.NewLive(accounts.Users(proc)), accounts.NewLive(accounts.Groups(proc))
	return record.Names{User: users.Name, Group: groups.Name, Keys: &record.Keys{}}
}
