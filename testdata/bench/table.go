package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// row is one line of the table: some work of bones, beside the peer that does the same.
type row struct {
	key  string  // what the goal that fills it is called
	work string  // as Markdown
	peer string  // as Markdown; empty: there is none, and the goal is a size
	unit unit    // of both figures
	goal float64 // the ratio, or without a peer the size in its unit, that must not be exceeded; 0: there is none
}

// unit is how a figure is printed: what it is divided by, and what stands behind it.
type unit struct {
	name string
	size float64
}

// Figures are measured in seconds and bytes.
var (
	inMs    = unit{"ms", 1e-3}
	inUs    = unit{"µs", 1e-6}
	inBytes = unit{"B", 1}
	inKiB   = unit{"KiB", 1 << 10}
	inMiB   = unit{"MiB", 1 << 20}
	inMB    = unit{"MB", 1e6}
)

func (u unit) print(v float64) string {
	v /= u.size
	switch {
	case v >= 100 || u.size == 1:
		return fmt.Sprintf("%.0f %s", v, u.name)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, u.name)
	}
	return fmt.Sprintf("%.2f %s", v, u.name)
}

// table is what README shows, in this order. Where nothing else is said the figures are CPU time, and there are 5,000
// processes.
var table = []row{
	{"CPU of bones ps / ps axjf", "`bones ps`", "`ps axjf`", inMs, 0.3},
	{"CPU of bones ps / ps axjf, without privilege", "`bones ps`, without privilege", "`ps axjf`", inMs, 0.62},
	{"CPU of bones ps --source proc / ps axjf", "`bones ps --source proc`", "`ps axjf`", inMs, 0.69},
	{"wall time of bones ps / ps axjf", "`bones ps`, time on the clock", "`ps axjf`", inMs, 0.4},
	{"peak memory of bones ps / (1.5 ps axjf + bones version)", "`bones ps`, peak memory",
		"1.5 times `ps axjf`, and `bones version`", inMiB, 1},
	{"CPU of bones ps / pstree", "`bones ps`", "`pstree`", inMs, 0},
	{"CPU of a refresh of bones / htop -t", "a refresh of `bones`", "`htop -t`", inMs, 0.13},
	{"CPU of a refresh of bones --source proc / htop -t", "a refresh of `bones --source proc`", "`htop -t`", inMs, 0.2},
	{"CPU of a refresh of bones / btop", "a refresh of `bones`", "`btop`", inMs, 0},
	{"bytes to the terminal, a refresh of bones / htop -t", "bytes to the terminal, a refresh", "`htop -t`", inBytes, 1.5},
	{"CPU of a refresh of bones / htop -t, 100 processes", "a refresh of `bones`, 100 processes", "`htop -t`", inMs,
		0.8},
	{"CPU of bones ns / lsns", "`bones ns`", "`lsns`", inMs, 0.02},
	{"CPU of bones containers / before", "`bones containers`", "bones " + earlier, inMs, 0.1},
	{"CPU of bones which --all / before", "`bones which --all`", "bones " + earlier, inMs, 0.1},
	{"CPU of bones explain / before", "`bones explain PID`", "bones " + earlier, inMs, 0.1},
	{"CPU of bones pid / docker inspect", "`bones pid web`, 6,000 processes", "`docker inspect`", inMs, 1},
	{"CPU of bones top / docker top", "`bones top web`, 6,000", "`docker top`", inMs, 1},
	{"CPU of bones stats / docker stats", "`bones stats --once web`, 6,000", "`docker stats --no-stream`", inMs, 1},
	{"CPU of bones files ls / docker exec ls", "`bones files ls web /`, 6,000", "`docker exec web ls`", inMs, 1},
	{"CPU of bones enter / docker exec", "`bones enter web -- true`, 6,000", "`docker exec web true`", inMs, 2},
	{"CPU of Tab / docker inspect", "Tab behind `bones pid w`, 6,000", "`docker inspect`", inMs, 1},
	{"resident memory of the terminal UI, in units of 45 MiB", "resident memory of the terminal UI, after 20 s", "",
		inMiB, 45},
	{"resident memory of the terminal UI after 10 minutes", "resident memory of the terminal UI, after 10 minutes", "",
		inMiB, 45},
	{"peak of the terminal UI, arguments of 128 KiB",
		"peak memory of the terminal UI, each process with arguments of 128 KiB", "", inMiB, 200},
	{"peak memory of bones ps --json at 20,000, in units of 60 MiB",
		"peak memory of `bones ps --json`, 20,000 processes", "", inMiB, 60},
	{"cost of a process among 20,000 / 1,000, snapshot", "reading one process among 20,000", "among 1,000", inUs, 1.2},
	{"cost of a process among 20,000 / 1,000, bones ps", "`bones ps`, for each of 20,000", "of 1,000", inUs, 1.2},
	{"CPU of bones files ls / ls -l, 100,000 files", "`bones files ls`, 100,000 files", "`ls -l`", inMs, 1.1},
	{"peak memory of bones files ls / ls -l", "peak memory of `bones files ls`, 100,000 files", "`ls -l`", inMiB, 2},
	{"wall time of bones files get / cp, 1 GiB", "`bones files get` of 1 GiB, time on the clock", "`cp`", inMs, 1.1},
	{"wall time of bones files put / cp, 1 GiB", "`bones files put` of 1 GiB, time on the clock", "`cp`", inMs, 1.1},
	{"CPU of bones version / the smallest program of Go", "`bones version`", "the smallest program of Go", inMs, 1.8},
	{"CPU of bones ps / ps axjf, 200 processes", "`bones ps`, 200 processes", "`ps axjf`", inMs, 0.7},
	{"size of the binary, in units of 14 MB", "the binary", "", inMB, 14},
	{"CPU of bones record / atop -w, a sample of 1,000 processes", "`bones record`, a sample of 1,000 processes",
		"`atop -w`", inMs, 0.5},
	{"bytes of bones record / atop -w, a sample", "the same, written", "`atop -w`", inKiB, 0.25},
	{"a day of bones record, in units of 200 MB", "the same, a day", "", inMB, 200},
	{"resident memory of bones record, in units of 64 MiB", "resident memory of `bones record`", "", inMiB, 64},
}

// cells are a row's columns: work, bones' figure, the peer's, the ratio, the goal and what came of it.
func (r row) cells(g goal) []string {
	aim := "–"
	switch {
	case r.goal > 0 && r.peer == "":
		aim = fmt.Sprintf("%g %s", r.goal, r.unit.name)
	case r.goal > 0:
		aim = fmt.Sprintf("%.2f", r.goal)
	}
	if g.Skip != "" {
		return []string{r.work, "–", r.peer, "–", aim, "not measured: " + g.Skip}
	}
	ratio, peer := fmt.Sprintf("%.2f", g.Ratio), strings.TrimSpace(r.peer+" "+r.unit.print(g.Peer))
	if r.peer == "" {
		ratio, peer = "–", ""
	}
	result := "met"
	switch {
	case r.goal == 0:
		result = ""
	case g.Ratio > g.Limit:
		result = "MISSED"
	}
	return []string{r.work, r.unit.print(g.Bones), peer, ratio, aim, result}
}

const noSuchPart = "this run had no such part"

// header is what stands above the columns.
var header = []string{"work", "bones", "peer", "ratio", "goal", ""}

// filled returns the table's rows with what was measured, as cells. Whatever was measured and has no row comes last,
// and a row for which there is nothing says so: neither is lost.
func filled(goals []goal) (rows [][]string) {
	byKey := map[string]goal{}
	for _, g := range goals {
		byKey[g.What] = g
	}
	for _, r := range table {
		g, ok := byKey[r.key]
		if !ok {
			g.Skip = noSuchPart
		}
		g.Limit = r.limit()
		rows = append(rows, r.cells(g))
		delete(byKey, r.key)
	}
	for _, g := range goals {
		if _, left := byKey[g.What]; left {
			rows = append(rows, row{work: g.What, peer: "the peer", unit: unit{"", 1}, goal: g.Limit}.cells(g))
		}
	}
	return rows
}

// limit is the goal as a ratio: what has no peer is measured in units of its goal.
func (r row) limit() float64 {
	if r.peer == "" {
		return 1
	}
	return r.goal
}

// report prints of the table what was measured.
func report(goals []goal) { show(goals, false) }

func show(goals []goal, all bool) {
	fmt.Println()
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(header, "\t")))
	for _, cells := range filled(goals) {
		if !all && strings.HasSuffix(cells[5], noSuchPart) {
			continue
		}
		fmt.Fprintln(t, strings.ReplaceAll(strings.Join(cells, "\t"), "`", ""))
	}
	t.Flush()
}

// Between these lines README has the table.
const (
	readmeBegin = "<!-- make bench writes this table -->\n"
	readmeEnd   = "<!-- and no further -->\n"
)

// writeReadme puts the table between the lines of a file that say where it belongs, with a caption.
func writeReadme(path, caption string, goals []goal) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), readmeBegin)
	_, after, end := strings.Cut(rest, readmeEnd)
	if !ok || !end {
		return fmt.Errorf("%s has no place for the table: the lines %q and %q are missing", path,
			strings.TrimSpace(readmeBegin), strings.TrimSpace(readmeEnd))
	}
	var s strings.Builder
	s.WriteString(before + readmeBegin + caption + "\n\n")
	markdown(&s, filled(goals))
	s.WriteString("\n" + readmeEnd + after)
	return os.WriteFile(path, []byte(s.String()), 0o644)
}

func markdown(w io.Writer, rows [][]string) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat("---|", len(header)))
	for _, cells := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
}
