package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// goal is a ratio that must not be exceeded.
type goal struct {
	what     string
	measured float64
	limit    float64
	skip     string
}

// ratio makes a goal of two figures, unless one of them was not measured.
func ratio(what string, limit float64, a, b float64, skips ...string) goal {
	g := goal{what: what, limit: limit}
	for _, s := range skips {
		if s != "" {
			g.skip = s
			return g
		}
	}
	if b <= 0 {
		g.skip = "nothing to compare with"
		return g
	}
	g.measured = a / b
	return g
}

// insideWorld is what the part outside of the namespaces gives to the one inside.
type insideWorld struct {
	groups string // name of our control groups
	hello  string // the smallest program of Go
}

// measure is the program's life inside of the namespaces.
//
// Long: one run from top to bottom, in the order in which it is printed.
func measure(bones string, inside insideWorld, rounds int, only string) error {
	if err := begin(); err != nil {
		return err
	}
	var uts unix.Utsname
	unix.Uname(&uts)
	load, _ := os.ReadFile("/proc/loadavg") // without it the figures are as good
	minute, _, _ := strings.Cut(string(load), " ")
	fmt.Printf("Linux %s, %d processors, load %s. Median of %d runs, in turns.\n",
		unix.ByteSliceToString(uts.Release[:]), runtime.NumCPU(), minute, rounds)

	began := time.Now()
	if only == "ui" {
		return measureUI(bones)
	}
	recorders, recordGoals := recorderCost(bones, inside.groups)
	if only == "record" {
		printRecorders(recorders)
		report(recordGoals)
		return nil
	}
	ofFiles, fileGoals := filesCost(bones, rounds)

	few, err := fewCost(bones, inside.hello, rounds)
	if err != nil {
		return err
	}

	// 1,000 processes.
	if err := grow(4, 20); err != nil {
		return err
	}
	small, nSmall, err := snapshotCost(rounds)
	if err != nil {
		return err
	}
	psSmall := &command{name: "bones ps", argv: []string{bones, "ps"}, rows: 100}
	race([]*command{psSmall}, rounds)

	// 5,000.
	if err := grow(20, 100); err != nil {
		return err
	}
	version := &command{name: "bones version", argv: []string{bones, "version"}}
	tree := &command{name: "bones ps", argv: []string{bones, "ps"}, rows: 100}
	axjf := &command{name: "ps axjf", argv: []string{"ps", "axjf"}}
	list := &command{name: "bones ps --aux", argv: []string{bones, "ps", "--aux"}, rows: 100}
	aux := &command{name: "ps aux", argv: []string{"ps", "aux"}}
	pstree := &command{name: "pstree", argv: []string{"pstree"}}
	files := &command{name: "bones ps --source proc", argv: []string{bones, "ps", "--source", "proc"}, rows: 100}
	nobody := &command{name: "bones ps, as nobody", argv: asNobody(bones, "ps"), rows: 100}
	nobodys := &command{name: "ps axjf, as nobody", argv: asNobody("ps", "axjf")}
	commands := []*command{version, tree, axjf, files, list, aux, pstree, nobody, nobodys}
	race(commands, rounds)
	ns := &command{name: "bones ns", argv: []string{bones, "ns"}, rows: 100}
	lsns := &command{name: "lsns", argv: []string{"lsns"}}
	race([]*command{ns, lsns}, min(rounds, 3)) // seconds each
	commands = append(append(commands, ns, lsns), ofFiles...)
	middle, nMiddle, err := snapshotCost(rounds)
	if err != nil {
		return err
	}
	ui := uiCost(bones, uiRounds)

	fmt.Printf("\n%d processes in 100 pid, mount, UTS, IPC and network namespaces:\n\n", nMiddle)
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "COMMAND\tCPU ms\tUSER\tKERNEL\tWALL ms\tPEAK MiB\t")
	for _, c := range commands {
		if c.skip != "" {
			fmt.Fprintf(t, "%s\tskipped\t\t\t\t\t %s\n", c.name, c.skip)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%.1f\t\n", c.name, ms(c.CPU()), ms(c.User()), ms(c.CPU()-c.User()),
			ms(c.Wall()), float64(c.RSS())/(1<<20))
	}
	for _, r := range ui {
		if r.skip != "" {
			fmt.Fprintf(t, "%s\tskipped\t\t\t\t\t %s\n", r.name, r.skip)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t\t\t\t%.1f\t\n", r.name, ms(r.least.cpu), float64(r.least.resident)/(1<<20))
	}
	t.Flush()
	printRecorders(recorders)

	// 20,000.
	if err := grow(100, 400); err != nil {
		return err
	}
	large, nLarge, err := snapshotCost(rounds)
	if err != nil {
		return err
	}
	psLarge := &command{name: "bones ps", argv: []string{bones, "ps"}, rows: 100}
	jsonLarge := &command{name: "bones ps --json", argv: []string{bones, "ps", "--json"}, rows: 100}
	race([]*command{psLarge, jsonLarge}, min(rounds, 3))

	fmt.Println()
	t = tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "PROCESSES\tSNAPSHOT us EACH\tbones ps us EACH\tPEAK MiB\t")
	for _, r := range []struct {
		n        int
		snapshot time.Duration
		ps       *command
	}{{nSmall, small, psSmall}, {nMiddle, middle, tree}, {nLarge, large, psLarge}} {
		fmt.Fprintf(t, "%d\t%.1f\t%.1f\t%.1f\t\n", r.n, r.snapshot.Seconds()*1e6, r.ps.CPU().Seconds()*1e6/float64(r.n),
			float64(r.ps.RSS())/(1<<20))
	}
	t.Flush()

	report(append([]goal{
		ratio("CPU of bones ps / ps axjf", 0.3, tree.CPU().Seconds(), axjf.CPU().Seconds(), tree.skip, axjf.skip),
		ratio("wall time of bones ps / ps axjf", 0.4, tree.Wall().Seconds(), axjf.Wall().Seconds(), tree.skip, axjf.skip),
		ratio("peak memory of bones ps / (1.5 ps axjf + bones version)", 1,
			float64(tree.RSS()), 1.5*float64(axjf.RSS())+float64(version.RSS()), tree.skip, axjf.skip, version.skip),
		ratio("CPU of bones ps --source proc / ps axjf", 0.69, files.CPU().Seconds(), axjf.CPU().Seconds(), files.skip,
			axjf.skip),
		ratio("CPU of bones ps / ps axjf, without privilege", 0.62, nobody.CPU().Seconds(), nobodys.CPU().Seconds(),
			nobody.skip, nobodys.skip),
		ratio("CPU of bones ns / lsns", 0.02, ns.CPU().Seconds(), lsns.CPU().Seconds(), ns.skip, lsns.skip),
		ratio("size of the binary, in units of 14 MB", 1, size(bones), 14e6),
		ratio("peak memory of bones ps --json at 20,000, in units of 60 MiB", 1, float64(jsonLarge.RSS()), 60<<20,
			jsonLarge.skip),
		ratio("cost of a process among 20,000 / 1,000, snapshot", 1.2, large.Seconds(), small.Seconds()),
		ratio("cost of a process among 20,000 / 1,000, bones ps", 1.2,
			psLarge.CPU().Seconds()/float64(nLarge), psSmall.CPU().Seconds()/float64(nSmall), psSmall.skip, psLarge.skip),
	}, slices.Concat(uiGoals(ui), few, fileGoals, recordGoals)...))
	fmt.Printf("\nDone in %.0f s.\n", time.Since(began).Seconds())
	return nil
}

// size is that of a file in bytes; 0 if there is none.
func size(path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

// asNobody is a command line that another user runs, who has no capability.
func asNobody(argv ...string) []string {
	return append([]string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"}, argv...)
}

func report(goals []goal) {
	fmt.Println()
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "GOAL\tMEASURED\tAT MOST\tRESULT")
	for _, g := range goals {
		switch {
		case g.skip != "":
			fmt.Fprintf(t, "%s\t-\t%.2f\tskipped: %s\n", g.what, g.limit, g.skip)
		case g.measured <= g.limit:
			fmt.Fprintf(t, "%s\t%.2f\t%.2f\tmet\n", g.what, g.measured, g.limit)
		default:
			fmt.Fprintf(t, "%s\t%.2f\t%.2f\tMISSED\n", g.what, g.measured, g.limit)
		}
	}
	t.Flush()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1e3) }
