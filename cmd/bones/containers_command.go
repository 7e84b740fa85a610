package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
)

// usedContainer is one container with what it uses.
type usedContainer struct {
	*containerEntry
	process *procwalk.Process
	groups  cgroupview.Groups
	sample  cgroupview.Sample
	cpu     float64
	hasCPU  bool
	net     *detail.Net // read by stats; nil where its network is the host's
	netErr  error
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
			list, s, err := a.usedContainers(c.Context(), args)
			if err != nil {
				return err
			}
			for i := range list {
				u := &list[i]
				if age := s.Uptime - s.Host.Ticks(u.process.StartTime); u.sample.CPU.Err == nil && age > 0 {
					u.cpu, u.hasCPU = float64(u.sample.CPU.Value)/1e6/age.Seconds()*100, true
				}
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
				return failed(a.containersJSON(s, list))
			}
			return failed(a.printContainers(list))
		},
	}
	c.Flags().BoolVarP(&quiet, "quiet", "q", false, "print only the ids")
	return c
}

// usedContainers finds the containers that the TARGETs name, all if there are none, and reads what they use.
func (a *app) usedContainers(ctx context.Context, targets []string) ([]usedContainer, *procwalk.Snapshot, error) {
	h, err := a.cgroupHost()
	if err != nil && !errors.Is(err, cgroupview.ErrNoHierarchies) {
		return nil, nil, err
	}
	s, x, err := a.snapshotContainers(ctx)
	if err != nil {
		return nil, nil, err
	}
	entries := x.List
	if len(targets) > 0 {
		entries = nil
		for _, word := range targets {
			e, p, err := x.find(s, word)
			if err != nil {
				return nil, nil, err
			}
			if p != nil {
				var in bool
				if e, in = x.Of(p); !in {
					return nil, nil, noTarget("%s: PID %d is in no container", text.Sanitise(word), p.PID)
				}
			}
			if !slices.Contains(entries, e) {
				entries = append(entries, e)
			}
		}
	} else {
		for _, err := range x.Errors {
			fmt.Fprintln(a.err, "bones: "+text.Line(err.Error()))
		}
	}
	var list []usedContainer
	var pass *cgroupview.Pass
	if h != nil {
		pass = h.Pass()
	}
	for _, e := range entries {
		p := s.Find(e.PID)
		if p == nil {
			continue
		}
		u := usedContainer{containerEntry: e, process: p}
		if pass != nil {
			u.groups = groupsOf(h, x, p, e)
			u.sample = pass.Sample(u.groups, s.Host.MemTotal)
		}
		list = append(list, u)
	}
	return list, s, nil
}

func (a *app) printContainers(list []usedContainer) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tRUNTIME\tID\tPID\tPROCS\tCPU%\tMEM/LIMIT\tIMAGE")
	for i := range list {
		u := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", u.nameCell(), cmp.Or(string(u.Runtime), "-"), cmp.Or(shortID(u.ID).String(), "-"),
			u.PID, len(u.PIDs), u.cpuCell(), u.memoryCell(), cmp.Or(u.Info.Image.String(), "-"))
	}
	return w.Flush()
}

func (u *usedContainer) nameCell() string {
	name := u.Label().String()
	if u.sample.Frozen {
		name += " (frozen)"
	}
	return name
}

func (u *usedContainer) cpuCell() string {
	if !u.hasCPU {
		return "-"
	}
	return strconv.FormatFloat(u.cpu, 'f', 1, 64)
}

func (u *usedContainer) memoryCell() string {
	if u.sample.Memory.Err != nil {
		return "-"
	}
	limit := "-"
	if l := u.sample.MemoryLimit; l.Err == nil {
		limit = "no limit"
		if !l.Unlimited {
			limit = rows.Size(l.Value)
		}
	}
	return rows.Size(u.sample.Memory.Value) + "/" + limit
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
			old, _, err := a.usedContainers(c.Context(), args)
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
				list, s, err := a.usedContainers(c.Context(), args)
				if err != nil {
					return err
				}
				for i := range list {
					u := &list[i]
					at := slices.IndexFunc(old, func(o usedContainer) bool { return o.Key == u.Key && o.process.ID() == u.process.ID() })
					if at >= 0 {
						u.cpu, u.hasCPU = cgroupview.CPUPercent(old[at].sample, u.sample)
					}
					a.readNet(s, u)
				}
				if a.json {
					err = a.containersJSON(s, list)
				} else {
					if count == 0 {
						fmt.Fprint(a.out, "\x1b[H\x1b[J")
					}
					err = a.printStats(list)
				}
				if err != nil || n == count {
					return failed(err)
				}
				old = list
			}
		},
	}
	c.Flags().Float64VarP(&seconds, "interval", "d", 1, "seconds between two readings")
	c.Flags().BoolVar(&once, "once", false, "print one table and end")
	c.Flags().IntVarP(&count, "count", "n", 0, "end after so many tables")
	return c
}

// readNet reads the network devices of a container that has a network of its own.
func (a *app) readNet(s *procwalk.Snapshot, u *usedContainer) {
	own := u.process.NS
	if own == nil || own.Inode[procwalk.Net] == 0 {
		u.netErr = errors.New("its network namespace cannot be told")
		return
	}
	if own.Inode[procwalk.Net] == hostNamespaces(s)[procwalk.Net] {
		u.netErr = errors.New("its network is the host's")
		return
	}
	n, err := detail.ReadNet(a.procRoot, u.process.ID())
	if u.netErr = err; err == nil {
		u.net = &n
	}
}

func (u *usedContainer) netCell() string {
	switch {
	case u.net == nil && u.netErr != nil:
		return "-"
	case u.net == nil:
		return ""
	}
	rx, tx := u.net.Total()
	return rows.Size(rx) + " / " + rows.Size(tx)
}

func (a *app) printStats(list []usedContainer) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tCPU%\tMEM/LIMIT\t\tMEM%\tPIDS\tNET I/O\tBLOCK I/O")
	for i := range list {
		u := &list[i]
		share, bar := "-", ""
		if l := u.sample.MemoryLimit; u.sample.Memory.Err == nil && l.Err == nil && !l.Unlimited && l.Value > 0 {
			x := float64(u.sample.Memory.Value) / float64(l.Value)
			share = strconv.FormatFloat(x*100, 'f', 2, 64)
			bar = string(rows.AppendBar(nil, x, 10))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", u.nameCell(), u.cpuCell(), u.memoryCell(), bar, share,
			numberCell(u.sample.PIDs, false), u.netCell(), numberCell(u.sample.ReadBytes, true)+" / "+numberCell(u.sample.WriteBytes, true))
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
