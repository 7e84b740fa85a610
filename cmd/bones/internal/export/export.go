// Package export makes metrics for Prometheus of what bones knows of a host: one page over HTTP, or a file for
// node_exporter. One table has every metric, with its help and how it is read; the page and the reference are made
// of it.
package export

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os/signal"
	"strconv"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/heap"
	"bones/cmd/bones/internal/timespan"
	"bones/procwalk"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// flags are those of the command.
type flags struct {
	listen    []string
	socket    bool
	web       string
	path      string
	file      string
	interval  time.Duration
	processes int
	units     bool
	reference bool
}

// Command makes `bones export`, which serves metrics over HTTP or writes them to a file.
func Command(p command.Program) *cobra.Command {
	f := &flags{}
	c := &cobra.Command{
		Use:   "export",
		Short: "Serve metrics of containers, processes and namespaces to Prometheus",
		Long: `Serve the metrics of this host to Prometheus: for each container its processor time and how long it
was throttled, memory and the limit that binds, tasks, network, block I/O, pressure and processes by
state; also virtual machines, namespaces, the host, and what the exporter itself costs. --reference
lists all of them.

The page is at http://127.0.0.1:9777/metrics; --web.config.file configures TLS and passwords, as for
other exporters. Only one collection runs at a time, and scrapes within a second share it.
--textfile writes the page to a file for node_exporter instead, once or every --interval.

Whatever processes choose (names, images, labels) is turned into valid UTF-8 and cut at 128 bytes,
and at most 2,000 containers have metrics of their own, root's first; the exporter's own metrics
count what was cut. A container that is started again under the same name continues its counters.`,
		Example: "  bones export\n  bones export --listen :9777 --web.config.file /etc/bones/web.yml\n" +
			"  bones export --textfile /var/lib/prometheus/node-exporter/bones.prom\n  bones export --reference",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), p) },
	}
	s := c.Flags()
	s.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "web.listen-address" { // as other exporters call it
			name = "listen"
		}
		return pflag.NormalizedName(name)
	})
	s.StringArrayVar(&f.listen, "listen", []string{"127.0.0.1:9777"}, "answer at `HOST:PORT`; may be given several "+
		"times (also: --web.listen-address)")
	s.BoolVar(&f.socket, "web.systemd-socket", false, "answer on the sockets that systemd passes, instead of --listen")
	s.StringVar(&f.web, "web.config.file", "",
		"read TLS settings and passwords from `FILE`, as the Prometheus exporter toolkit has it")
	s.StringVar(&f.path, "web.telemetry-path", "/metrics", "serve the page at `PATH`")
	s.StringVar(&f.file, "textfile", "",
		"write the page to `FILE`, which must end in .prom, for node_exporter, and exit; - is standard output")
	timespan.IntervalVar(s, &f.interval, "interval", "", "with --textfile: write it anew every `TIME`: 5, 15s, 1m; and "+
		"do not exit", time.Second, 24*time.Hour)
	s.IntVar(&f.processes, "processes", 0, "also give metrics of the `N` busiest processes")
	s.BoolVar(&f.units, "units", false, "also give metrics of systemd's services, scopes and sessions")
	s.BoolVar(&f.reference, "reference", false, "explain all metrics, and exit")
	c.MarkFlagsMutuallyExclusive("textfile", "listen", "web.systemd-socket", "reference")
	c.MarkFlagsMutuallyExclusive("textfile", "web.config.file")
	return c
}

// check says what of the flags cannot be.
func (f *flags) check() error {
	switch {
	case f.processes < 0 || f.processes > maxProcesses:
		return command.Usage("--processes %d: give a number from 0 to %d", f.processes, maxProcesses)
	case f.interval != 0 && f.file == "":
		return command.Usage("--interval is for --textfile: Prometheus itself says when it asks")
	case len(f.path) == 0 || f.path[0] != '/' || !plain(f.path):
		return command.Usage("--web.telemetry-path %q: a path begins with / and has no blanks", f.path)
	}
	for _, address := range f.listen {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return command.Usage("--listen %s: give HOST:PORT, such as 127.0.0.1:9777 or [::1]:9777", text.Line(address))
		}
		if _, err := strconv.ParseUint(port, 10, 16); errors.Is(err, strconv.ErrRange) {
			return command.Usage("--listen %s: a port is a number from 0 to %d", text.Line(address), math.MaxUint16)
		}
	}
	return nil
}

func (f *flags) run(ctx context.Context, p command.Program) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.reference {
		_, err := fmt.Fprint(p.Out(), Reference())
		return command.Failed(err)
	}
	if f.file == "" || f.interval > 0 {
		// It runs for weeks beside what matters: memory counts more than the time that collecting it takes.
		defer heap.Start(8<<20, 30).Stop()
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer stop()
	finder := p.Targets()
	if f.file == "" || f.interval > 0 {
		finder.Lacks, finder.Starved = nil, nil // each page has it: bones_exporter_incomplete
	}
	w, err := procwalk.NewWalker(finder.Proc, finder.Source.Kept(), procwalk.Keep(), procwalk.OnLacking(finder.Lacks))
	if err != nil {
		return command.Failed(err)
	}
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: finder.Proc, CgroupRoot: finder.Cgroups,
		Descriptors: descriptors(), Beside: keptBeside(f.units), Starved: finder.Starved})
	host, _ := finder.CgroupHost() // each moment says why there is none
	e := newExporter(config{Source: live, Host: host, ProcRoot: finder.Proc, Processes: f.processes, Units: f.units,
		Judge: newJudge()})
	pages := newShared(e)
	defer func() {
		if pages.wait(2 * time.Second) { // else the process ends with it
			e.close()
			live.Close()
			w.Close()
		}
	}()
	if f.file != "" {
		return f.write(ctx, p, e, f.interval)
	}
	return f.serve(ctx, p, pages)
}

// spareDescriptors is how many files everything else may have open: folders of processes, connections, the process
// table.
const spareDescriptors = 4096

// descriptors is how many files of control groups may stay open between two collections: all that the process may have
// but spareDescriptors, or half where there are few. A container has some 22, and reading one that is open costs a
// quarter of reading one that is not.
func descriptors() int {
	var l unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &l) != nil {
		return 256
	}
	return int(min(max(l.Cur/2, l.Cur-min(l.Cur, spareDescriptors)), 16384))
}

// spareFiles are the descriptors that connections and what is only read once may take, where few files may be open.
const spareFiles = 512

// keptBeside is how many other files may stay open between two collections: see exporter.networks and exporter.units.
func keptBeside(units bool) int {
	n := folderDescriptors()
	if units {
		n += unitDescriptors()
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }
