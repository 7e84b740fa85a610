package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/totals"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	history "bones/cmd/bones/internal/series"
	"bones/cmd/bones/internal/terminal"
	"bones/cmd/bones/internal/timespan"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/virt/machines"

	"github.com/spf13/cobra"
)

// containersCommand lists containers, or services.
//
// Long: a third of it is the help.
func (a *app) containersCommand() *cobra.Command {
	var quiet, all, services, machines bool
	var group, order *string
	var sandboxes *bool
	c := &cobra.Command{
		Use:     "containers [TARGET...]",
		Aliases: []string{"ls"},
		Short:   "The containers of this host, whichever engine made them",
		Long: `Print one line for each container: its name, runtime, id, the PID that backs it, its number of
processes, CPU, memory and image. bones asks no engine: control groups show which processes belong
together, and the files that engines keep on disk give the names and images.

CPU% is the average since the container started, as ps computes it; bones stats measures the
present. MEM leaves out the inactive page cache, as docker stats does; LIMIT is the lowest limit
among the container's own and those of the groups around it. NAMESPACE and POD appear if there are
pods. On a terminal, colours show how near a container is to its limit.

With --sandboxes the table also lists the processes that no engine knows but that have a pid or user
namespace and a root of their own, and, as pause:POD, the containers that only hold a pod's
namespaces; --json and --group always include them. If a sandbox shares its control group, its
figures are those of its own processes.

With --all the table also lists the containers that are not running but that Docker, Podman or CRI-O
still keep a record of, with what became of them. runc, crun and containerd forget a container when
its last process ends.

With --group there is one line for each pod, compose project, runtime, slice, image or user, with
the totals of its containers; a + behind a total says that the figure of at least one container is
unknown.

With --services the table lists the systemd services and slices that have processes. Each of them
can be a TARGET, as service:NAME. The figures of a slice include all units in it. A - is what the
host does not account for that unit (CPUAccounting= and the like).

With --machines the table lists the processes that are virtual machines, which are no containers:
their virtual processors, the memory of the guest, whether KVM runs it, and what the process uses.`,
		Example: "  bones containers\n  bones ls memcached\n  bones ls prod/shop-1\n  bones ls -q\n" +
			"  bones containers --sandboxes\n  bones containers -a\n" +
			"  bones containers --group pod\n  bones containers --json\n" +
			"  bones containers --services --sort memory\n  bones containers --machines",
		RunE: func(c *cobra.Command, args []string) error {
			by, err := grouping(*group)
			if err != nil {
				return err
			}
			if by != "" && quiet {
				return usage("--quiet prints ids, and --group totals: give one of them")
			}
			if all && (len(args) > 0 || by != "" || services || machines) {
				return usage("--all lists every container: " +
					"leave out TARGETs, --group, --services and --machines")
			}
			if machines && (len(args) > 0 || quiet || by != "" || services) {
				return usage("--machines lists all virtual machines: leave out TARGETs, --quiet, --group and --services")
			}
			if err := listing.Orders.Check(*order); err != nil {
				return usage("%w", err)
			}
			source, done, err := a.moments()
			if err != nil {
				return err
			}
			defer done()
			if services && (len(args) > 0 || quiet || by != "") {
				return usage("--services lists all services and slices, with a row for each slice's sum; one of them is the " +
					"TARGET service:NAME")
			}
			find := a.usedContainers
			if services {
				find = a.usedUnits
			} else if machines {
				find = a.usedMachines
			}
			m, list, err := find(c.Context(), source, args)
			if err != nil {
				return err
			}
			for i := range list {
				list[i].CPU, list[i].HasCPU = list[i].CPUSinceStart(m.Snapshot)
			}
			listing.Orders.Sort(list, *order)
			if all {
				return failed(a.allContainers(m, shown(list, nil, *sandboxes || a.json), quiet))
			}
			switch {
			case quiet:
				for _, u := range shown(list, args, *sandboxes) {
					if !u.Sandbox() {
						fmt.Fprintln(a.out, u.ID)
					}
				}
				return nil
			case by != "" && a.json:
				return failed(a.totalsJSON(addUp(m, list, by), by))
			case by != "":
				return failed(a.printTotals(addUp(m, list, by), by))
			case a.json:
				return failed(a.containersJSON(m, list))
			case services:
				return failed(a.tables().Units(list))
			case machines:
				return failed(a.tables().Machines(list))
			}
			if n := len(m.Guests); n > 0 && terminal.IsTerminal(a.out) {
				fmt.Fprintf(a.err, "bones: processes that are virtual machines: %d; --machines lists them\n", n)
			}
			return failed(a.tables().Containers(shown(list, args, *sandboxes)))
		},
	}
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print only the ids")
	c.Flags().BoolVarP(&all, "all", "a", false, "also list those that do not run, from the engines' records, as "+
		"docker ps has it")
	c.Flags().BoolVar(&machines, "machines", false, "list virtual machines instead of containers")
	c.Flags().BoolVar(&services, "services", false, "list systemd's services and slices instead of containers, with "+
		"their limits")
	group, order, sandboxes = groupFlag(c), sortFlag(c), sandboxesFlag(c)
	return c
}

// allContainers prints those that run, and those that do not.
func (a *app) allContainers(m *inventory.Moment, list []listing.Container, quiet bool) error {
	stopped, errs := listing.Stopped(m)
	for _, err := range errs {
		a.complain(err)
	}
	switch {
	case a.json:
		return listing.WriteAll(a.out, m, list, stopped)
	case quiet:
		return listing.PrintIDs(a.out, list, stopped)
	}
	return a.tables().All(list, stopped, m.Snapshot)
}

func sortFlag(c *cobra.Command) *string {
	return c.Flags().String("sort", "", listing.Orders.Usage())
}

// moments returns the source of what is known of this host. done gives back what it holds.
func (a *app) moments() (source inventory.Source, done func(), err error) {
	source, done, err = listing.OpenSource(a.targets())
	return source, done, failed(err)
}

// usedContainers finds the containers that the TARGETs name, all if there are none, and reads what they use.
func (a *app) usedContainers(ctx context.Context, source inventory.Source, targets []string) (*inventory.Moment,
	[]listing.Container, error) {
	m, list, err := listing.Containers(ctx, source, targets)
	if err != nil {
		return nil, nil, failed(err)
	}
	if len(targets) == 0 {
		for _, err := range m.Inventory.Unread() {
			line := err.Error()
			if !a.told[line] { // stats reads again and again
				a.complain(err)
			}
			if a.told == nil {
				a.told = map[string]bool{}
			}
			a.told[line] = true
		}
	}
	return m, list, nil
}

// usedUnits is usedContainers for the services and slices of systemd's.
func (a *app) usedUnits(ctx context.Context, source inventory.Source, _ []string) (*inventory.Moment,
	[]listing.Container, error) {
	m, list, err := listing.Units(ctx, source)
	return m, list, failed(err)
}

// usedMachines is usedContainers for virtual machines.
func (a *app) usedMachines(ctx context.Context, source inventory.Source, _ []string) (*inventory.Moment,
	[]listing.Container, error) {
	m, list, err := listing.Machines(ctx, source)
	if err == nil && m.MoreGuests {
		a.complain(machines.ErrMany)
	}
	return m, list, failed(err)
}

func (a *app) containersJSON(m *inventory.Moment, list []listing.Container) error {
	host := inventory.HostNamespaces(m.Snapshot)
	return object.WriteArray(a.out, object.EachAs(list, func(c *listing.Container) any { return c.Object(host) }))
}

// tables prints tables of containers: in colours on a terminal, unless the user wants none.
func (a *app) tables() listing.Tables {
	return listing.Tables{Out: a.out, Colours: !a.noColor && os.Getenv("TERM") != "dumb" && terminal.IsTerminal(a.out)}
}

// sandboxesFlag is --sandboxes of the commands that list containers.
func sandboxesFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("sandboxes", false,
		"also list sandboxes, which no engine knows, and what only holds a pod's namespaces")
}

// shown are the containers that a table has; all those that were named.
func shown(list []listing.Container, args []string, sandboxes bool) []listing.Container {
	if sandboxes || len(args) > 0 {
		return list
	}
	return listing.ShownByDefault(list)
}

// arranged reads --group and --sort.
func arranged(group, order string) (totals.By, error) {
	if err := listing.Orders.Check(order); err != nil {
		return "", usage("%w", err)
	}
	return grouping(group)
}

// statsCommand measures containers.
//
// Long: a third of it is the help.
func (a *app) statsCommand() *cobra.Command {
	between, once, count := time.Second, false, 0
	var group, order *string
	var f history.Flags
	var sandboxes *bool
	c := &cobra.Command{
		Use:   "stats [TARGET...]",
		Short: "CPU, memory, tasks, network and block I/O of containers, now",
		Long: `Print what containers use: processor time in the last interval (100 is one processor), memory
without the inactive page cache next to the effective limit, tasks, bytes received and sent by the
container's network devices (unless it uses those of the host), and bytes read from and written to
block devices. On a terminal the table is refreshed until ^C; elsewhere, and with --once, it is
printed once. With --group there is one line for each pod, compose project, runtime, slice, image or
user, as in bones containers.

For a recording, --begin, --end and --every print a time series: a line for each container and step,
with memory and tasks as they were at the end of the step, and CPU and block I/O over the step.`,
		Example: "  bones stats\n  bones stats memcached --once\n  bones stats --group pod\n  bones stats --json\n" +
			"  bones stats --from /var/lib/bones/recording --begin 02:30 --end 03:30 --every 1m --csv",
		RunE: func(c *cobra.Command, args []string) error {
			by, err := arranged(*group, *order)
			if err != nil {
				return err
			}
			if count < 0 {
				return usage("--count %d: give a number of tables; without it, and with 0, they go on", count)
			}
			if f.Given() {
				return f.Print(c.Context(), program{a}, a.from, a.at, args, by)
			}
			if once || a.json || !terminal.IsTerminal(a.out) {
				count = max(count, 1)
			}
			open := listing.OpenNarrow
			if by != "" { // of all containers
				open = listing.OpenSource
			}
			source, done, err := open(a.targets())
			if err != nil {
				return failed(err)
			}
			defer done()
			if a.past != nil {
				return a.pastStats(c.Context(), source, args, by, *order, *sandboxes)
			}
			before, _, err := a.usedContainers(c.Context(), source, args)
			if err != nil {
				return err
			}
			for n := 1; ; n++ {
				select {
				case <-c.Context().Done():
					return nil
				case <-time.After(between):
				}
				if err := terminal.OutputError(a.out); err != nil {
					return failed(err)
				}
				m, list, err := a.usedContainers(c.Context(), source, args)
				if err != nil {
					return err
				}
				for i := range list {
					u := &list[i]
					u.CPU, u.HasCPU = inventory.CPUPercent(before.UsageOf(u.Key), u.Usage)
					u.Net = a.readNet(m.Snapshot, u.Process)
				}
				listing.Orders.Sort(list, *order)
				if count == 0 {
					fmt.Fprint(a.out, "\x1b[H\x1b[J")
				}
				if err := a.showStats(m, list, by, len(args) > 0 || *sandboxes); err != nil || n == count {
					return failed(err)
				}
				before = m
			}
		},
	}
	timespan.IntervalVar(c.Flags(), &between, "interval", "d", "`TIME` between two readings: 5, 0.5, 5s, 1m",
		50*time.Millisecond, time.Hour)
	c.Flags().BoolVar(&once, "once", false, "print one table and exit")
	c.Flags().IntVarP(&count, "count", "n", 0, "exit after `N` tables")
	group, order, sandboxes = groupFlag(c), sortFlag(c), sandboxesFlag(c)
	f.Register(c.Flags())
	return c
}

// showStats prints one table, of the containers or of their totals; all says that sandboxes are among them.
func (a *app) showStats(m *inventory.Moment, list []listing.Container, by totals.By, all bool) error {
	switch {
	case by != "" && a.json:
		return a.totalsJSON(addUp(m, list, by), by)
	case by != "":
		return a.printTotals(addUp(m, list, by), by)
	case a.json:
		return a.containersJSON(m, list)
	}
	if !all {
		list = listing.ShownByDefault(list)
	}
	return a.tables().Stats(list)
}

// pastStats prints what containers used between two moments of a recording. Their network devices were not read then.
func (a *app) pastStats(ctx context.Context, source inventory.Source, args []string, by totals.By,
	order string, sandboxes bool) error {
	m, list, err := a.usedContainers(ctx, source, args)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].CPU, list[i].HasCPU = inventory.CPUPercent(a.past.Before.UsageOf(list[i].Key), list[i].Usage)
		list[i].Net.Err = errors.New("the recording does not have it")
	}
	listing.Orders.Sort(list, order)
	return failed(a.showStats(m, list, by, len(args) > 0 || sandboxes))
}

// readNet reads the network devices of a process that has a network of its own.
func (a *app) readNet(s *procwalk.Snapshot, p *procwalk.Process) object.Network {
	if p.NS == nil || p.NS.Inode[procwalk.Net] == 0 {
		return object.Network{Err: errors.New("its network namespace cannot be told")}
	}
	host := inventory.HostNamespaces(s)[procwalk.Net]
	if self := s.Find(s.Host.OwnPID()); host == 0 && self != nil && self.NS != nil {
		host = self.NS.Inode[procwalk.Net] // which is the host's cannot be told; that of bones is not the container's own
	}
	if p.NS.Inode[procwalk.Net] == host {
		return object.Network{Err: errors.New("its network is the host's")}
	}
	n, err := detail.ReadNet(a.procRoot, p.ID())
	if err != nil {
		return object.Network{Err: err}
	}
	return object.Network{Counters: &n}
}
