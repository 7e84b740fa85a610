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

	"bones/testdata/bench/table"
)

type goal = table.Goal

// ratio is table.Ratio, for short.
func ratio(what string, limit float64, a, b float64, skips ...string) goal {
	return table.Ratio(what, limit, a, b, skips...)
}

// report prints of the table what was measured.
func report(goals []goal) { table.Print(os.Stdout, goals, false) }

// measure is the program's life inside of the namespaces.
//
// Long: one run from top to bottom, in the order in which it is printed.
func measure(o options) error {
	if err := begin(true); err != nil {
		return err
	}
	bones, rounds := o.Bones, o.Rounds
	caption := where(rounds)
	fmt.Println(caption)
	began := time.Now()
	if o.Only != "" {
		return measurePart(o)
	}
	recorders, recordGoals := recorderCost(bones, o.Groups)
	ofFiles, fileGoals := filesCost(bones, rounds)

	few, err := fewCost(bones, o.Hello, rounds)
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
	peers := slices.Concat(uiGoals(ui), btopGoals(ui[uiBones]), earlierCost(o))

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

	shrink()
	hostile := hostilePeak(bones)

	goals := append([]goal{
		ratio("CPU of bones ps / ps axjf", 0.3, tree.CPU().Seconds(), axjf.CPU().Seconds(), tree.skip, axjf.skip),
		ratio("wall time of bones ps / ps axjf", 0.4, tree.Wall().Seconds(), axjf.Wall().Seconds(), tree.skip, axjf.skip),
		ratio("peak memory of bones ps / (1.5 ps axjf + bones version)", 1,
			float64(tree.RSS()), 1.5*float64(axjf.RSS())+float64(version.RSS()), tree.skip, axjf.skip, version.skip),
		ratio("CPU of bones ps --source proc / ps axjf", 0.69, files.CPU().Seconds(), axjf.CPU().Seconds(), files.skip,
			axjf.skip),
		ratio("CPU of bones ps / ps axjf, without privilege", 0.62, nobody.CPU().Seconds(), nobodys.CPU().Seconds(),
			nobody.skip, nobodys.skip),
		ratio("CPU of bones ps / pstree", 0, tree.CPU().Seconds(), pstree.CPU().Seconds(), tree.skip, pstree.skip),
		ratio("CPU of bones ns / lsns", 0.02, ns.CPU().Seconds(), lsns.CPU().Seconds(), ns.skip, lsns.skip),
		ratio("size of the binary, in units of 14 MB", 1, size(bones), 14e6),
		ratio("peak memory of bones ps --json at 20,000, in units of 60 MiB", 1, float64(jsonLarge.RSS()), 60<<20,
			jsonLarge.skip),
		ratio("cost of a process among 20,000 / 1,000, snapshot", 1.2, large.Seconds(), small.Seconds()),
		ratio("cost of a process among 20,000 / 1,000, bones ps", 1.2,
			psLarge.CPU().Seconds()/float64(nLarge), psSmall.CPU().Seconds()/float64(nSmall), psSmall.skip, psLarge.skip),
		hostile,
	}, slices.Concat(peers, few, fileGoals, recordGoals)...)
	goals = append(goals, recall(o.Named, 0)...)
	if o.Stayed != "" {
		goals = append(goals, recall(o.Stayed, stay)...)
	}
	table.Print(os.Stdout, goals, true)
	fmt.Printf("\nDone in %.0f s.\n", time.Since(began).Seconds())
	if o.Readme != "" {
		return table.WriteReadme(o.Readme, caption, goals)
	}
	return nil
}

// measurePart measures one part alone.
func measurePart(o options) error {
	began := time.Now()
	switch o.Only {
	case "ui":
		return measureUI(o.Bones)
	case "record":
		recorders, goals := recorderCost(o.Bones, o.Groups)
		printRecorders(recorders)
		report(goals)
	case "hostile":
		report([]goal{hostilePeak(o.Bones)})
	case "named":
		report(recall(o.Named, 0))
	case "earlier":
		if err := grow(0, 100); err != nil {
			return err
		}
		report(earlierCost(o))
	default:
		return fmt.Errorf("there is no part %q: it is record, ui, named, earlier or hostile", o.Only)
	}
	fmt.Printf("\nDone in %.0f s.\n", time.Since(began).Seconds())
	return nil
}

// where says on what machine the figures were measured, and when it was how busy.
func where(rounds int) string {
	var uts unix.Utsname
	unix.Uname(&uts)
	load, _ := os.ReadFile("/proc/loadavg") // without it the figures are as good
	minute, _, _ := strings.Cut(string(load), " ")
	return fmt.Sprintf("Linux %s, %d processors, load %s. Median of %d runs, in turns.",
		unix.ByteSliceToString(uts.Release[:]), runtime.NumCPU(), minute, rounds)
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

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1e3) }
