package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// containerRow is one container of a table, with what it uses.
type containerRow struct {
	*inventory.Usage
	cpu    float64
	hasCPU bool
	net    object.Network // read by stats
}

func (a *app) containersCommand() *cobra.Command {
	var quiet bool
	c := &cobra.Command{
		Use:     "containers [TARGET...]",
		Aliases: []string{"ls"},
		Short:   "The containers of this host, whoever made them",
		Long: `One line for each container: its name, what made it, its id, the PID that backs it, its processes, CPU and memory, image. No
engine is asked: control groups tell which processes belong together, and what engines leave on disk tells names and images.

CPU% is the average since the container started, as ps counts it; bones stats measures it now. MEM is without the inactive page
cache, as docker stats counts; LIMIT the least of its own limit and those around it. Processes in namespaces of their own that no
engine knows are shown as a sandbox.`,
		Example: "  bones containers\n  bones ls memcached\n  bones ls -q\n  bones containers --json",
		RunE: func(c *cobra.Command, args []string) error {
			source, done, err := a.moments()
			if err != nil {
				return err
			}
			defer done()
			m, list, err := a.usedContainers(c.Context(), source, args)
			if err != nil {
				return err
			}
			for i := range list {
				list[i].cpu, list[i].hasCPU = list[i].CPUSinceStart(m.Snapshot)
			}
			switch {
			case quiet:
				for _, u := range list {
					if !u.Sandbox() {
						fmt.Fprintln(a.out, u.ID)
					}
				}
				return nil
			case a.json:
				return failed(a.containersJSON(m, list))
			}
			return failed(a.printContainers(list))
		},
	}
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print only the ids")
	return c
}

// moments returns the source of what is known of this host. done gives back what it holds.
func (a *app) moments() (source inventory.Source, done func(), err error) {
	w, err := a.walker()
	if err != nil {
		return nil, nil, failed(err)
	}
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: a.procRoot, CgroupRoot: a.cgroupRoot})
	return live, func() { live.Close(); w.Close() }, nil
}

// usedContainers finds the containers that the TARGETs name, all if there are none, and reads what they use.
func (a *app) usedContainers(ctx context.Context, source inventory.Source, targets []string) (*inventory.Moment, []containerRow, error) {
	m, err := source.Moment(ctx, inventory.Ask{Usage: true, Targets: targets})
	if err == nil {
		err = m.InventoryErr
	}
	if err == nil && !errors.Is(m.UsageErr, cgroupview.ErrNoHierarchies) {
		err = m.UsageErr
	}
	if err != nil {
		return nil, nil, failed(err)
	}
	if len(targets) == 0 {
		for _, err := range m.Inventory.Errors {
			fmt.Fprintln(a.err, "bones: "+text.Line(err.Error()))
		}
	}
	list := make([]containerRow, len(m.Usage))
	for i := range m.Usage {
		list[i].Usage = &m.Usage[i]
	}
	return m, list, nil
}

func (a *app) containersJSON(m *inventory.Moment, list []containerRow) error {
	host := inventory.HostNamespaces(m.Snapshot)
	return object.WriteArray(a.out, func(yield func(any) bool) {
		for i := range list {
			if !yield(list[i].object(host)) {
				return
			}
		}
	})
}

func (u *containerRow) object(host [procwalk.NSTypes]uint64) *object.Container {
	var cpu *float64
	if u.hasCPU {
		cpu = &u.cpu
	}
	return object.NewContainer(u.Usage, host, cpu, u.net)
}

func (a *app) printContainers(list []containerRow) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tRUNTIME\tID\tPID\tPROCS\tCPU%\tMEM/LIMIT\tIMAGE")
	for i := range list {
		u := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", u.nameCell(), cmp.Or(string(u.Runtime), "-"), cmp.Or(inventory.ShortID(u.ID).String(), "-"),
			u.PID, len(u.PIDs), u.cpuCell(), u.memoryCell(), cmp.Or(u.Info.Image.String(), "-"))
	}
	return w.Flush()
}

func (u *containerRow) nameCell() string {
	name := u.Label().String()
	if u.Sample.Frozen {
		name += " (frozen)"
	}
	return name
}

func (u *containerRow) cpuCell() string {
	if !u.hasCPU {
		return "-"
	}
	return strconv.FormatFloat(u.cpu, 'f', 1, 64)
}

func (u *containerRow) memoryCell() string {
	if u.Sample.Memory.Err != nil {
		return "-"
	}
	limit := "-"
	if l := u.Sample.MemoryLimit; l.Err == nil {
		limit = "no limit"
		if !l.Unlimited {
			limit = rows.Size(l.Value)
		}
	}
	return rows.Size(u.Sample.Memory.Value) + "/" + limit
}

func (a *app) statsCommand() *cobra.Command {
	var seconds float64
	var once bool
	var count int
	c := &cobra.Command{
		Use:   "stats [TARGET...]",
		Short: "CPU, memory, tasks, network and block I/O of containers, now",
		Long: `What containers use: processor time in the last interval (100 is one processor), memory without the inactive page cache and the
limit that binds, tasks, bytes received and sent by its network devices (but for those of the host) and read from and written to block
devices. On a terminal it goes on until ^C; else, and with
--once, it prints one table.`,
		Example: "  bones stats\n  bones stats memcached --once\n  bones stats --json",
		RunE: func(c *cobra.Command, args []string) error {
			if !(seconds >= 0.05 && seconds <= 3600) {
				return usage("--interval %v: give a number of seconds from 0.05 to 3600", seconds)
			}
			if once || a.json || !a.toTerminal() {
				count = max(count, 1)
			}
			source, done, err := a.moments()
			if err != nil {
				return err
			}
			defer done()
			before, _, err := a.usedContainers(c.Context(), source, args)
			if err != nil {
				return err
			}
			for n := 1; ; n++ {
				select {
				case <-c.Context().Done():
					return nil
				case <-time.After(time.Duration(seconds * float64(time.Second))):
				}
				if err := a.outputError(); err != nil {
					return failed(err)
				}
				m, list, err := a.usedContainers(c.Context(), source, args)
				if err != nil {
					return err
				}
				for i := range list {
					u := &list[i]
					u.cpu, u.hasCPU = inventory.CPUPercent(before.UsageOf(u.Key), u.Usage)
					u.net = a.readNet(m.Snapshot, u.Process)
				}
				if a.json {
					err = a.containersJSON(m, list)
				} else {
					if count == 0 {
						fmt.Fprint(a.out, "\x1b[H\x1b[J")
					}
					err = a.printStats(list)
				}
				if err != nil || n == count {
					return failed(err)
				}
				before = m
			}
		},
	}
	c.Flags().Float64VarP(&seconds, "interval", "d", 1, "seconds between two readings")
	c.Flags().BoolVar(&once, "once", false, "print one table and end")
	c.Flags().IntVarP(&count, "count", "n", 0, "end after so many tables")
	return c
}

// readNet reads the network devices of a process that has a network of its own.
func (a *app) readNet(s *procwalk.Snapshot, p *procwalk.Process) object.Network {
	if p.NS == nil || p.NS.Inode[procwalk.Net] == 0 {
		return object.Network{Err: errors.New("its network namespace cannot be told")}
	}
	if p.NS.Inode[procwalk.Net] == inventory.HostNamespaces(s)[procwalk.Net] {
		return object.Network{Err: errors.New("its network is the host's")}
	}
	n, err := detail.ReadNet(a.procRoot, p.ID())
	if err != nil {
		return object.Network{Err: err}
	}
	return object.Network{Counters: &n}
}

func (u *containerRow) netCell() string {
	if u.net.Counters == nil {
		return "-"
	}
	rx, tx := u.net.Counters.Total()
	return rows.Size(rx) + " / " + rows.Size(tx)
}

func (a *app) printStats(list []containerRow) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tCPU%\tMEM/LIMIT\t\tMEM%\tPIDS\tNET I/O\tBLOCK I/O")
	for i := range list {
		u := &list[i]
		share, bar := "-", ""
		if l := u.Sample.MemoryLimit; u.Sample.Memory.Err == nil && l.Err == nil && !l.Unlimited && l.Value > 0 {
			x := float64(u.Sample.Memory.Value) / float64(l.Value)
			share = strconv.FormatFloat(x*100, 'f', 2, 64)
			bar = string(rows.AppendBar(nil, x, 10))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.nameCell(), u.cpuCell(), u.memoryCell(), bar, share,
			numberCell(u.Sample.PIDs, false), u.netCell(), numberCell(u.Sample.ReadBytes, true)+" / "+numberCell(u.Sample.WriteBytes, true))
	}
	return w.Flush()
}

func numberCell(r cgroupview.Reading, bytes bool) string {
	switch {
	case r.Err != nil:
		return "-"
	case bytes:
		return rows.Size(r.Value)
	}
	return strconv.FormatUint(r.Value, 10)
}
