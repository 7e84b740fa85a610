// Package table is the table of what bones costs beside its peers: `make bench` fills it, README shows it.
package table

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// Row is one line of the table: some work of bones, beside the peer that does the same.
type Row struct {
	Key  string  // what the goal that fills it is called
	Work string  // as Markdown
	Peer string  // as Markdown; empty: there is none, and the goal is a size
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
	case v >= 100 || u.size == 1: // whole bytes
		return strings.TrimSpace(fmt.Sprintf("%.0f %s", v, u.name))
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, u.name)
	}
	return fmt.Sprintf("%.2f %s", v, u.name)
}

// Earlier is the commit that some commands are compared with: the last one that read each file of /proc of each process
// whenever it was asked about any of them.
const Earlier = "5968a42"

// Rows are what README shows, in this order. Where nothing else is said the figures are CPU time, and there are 5,000
// processes.
var Rows = []Row{
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
	{"CPU of bones containers / before", "`bones containers`", "bones " + Earlier, inMs, 0.1},
	{"CPU of bones which --all / before", "`bones which --all`", "bones " + Earlier, inMs, 0.1},
	{"CPU of bones explain / before", "`bones explain PID`", "bones " + Earlier, inMs, 0.1},
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

// Goal is a ratio that must not be exceeded.
type Goal struct {
	What  string  // as the table has it as a key
	Ratio float64 // of the two below
	Limit float64
	Skip  string

	Bones, Peer float64 // in seconds or bytes
}

// Ratio makes a goal of two figures, unless one of them was not measured.
func Ratio(what string, limit float64, a, b float64, skips ...string) Goal {
	g := Goal{What: what, Limit: limit}
	for _, s := range skips {
		if s != "" {
			g.Skip = s
			return g
		}
	}
	if b <= 0 {
		g.Skip = "nothing to compare with"
		return g
	}
	g.Ratio, g.Bones, g.Peer = a/b, a, b
	return g
}

// Goal is the goal as it is shown.
func (r Row) Goal() string {
	switch {
	case r.goal > 0 && r.Peer == "":
		return fmt.Sprintf("%g %s", r.goal, r.unit.name)
	case r.goal > 0:
		return fmt.Sprintf("%.2f", r.goal)
	}
	return "–"
}

// cells are a row's columns: work, bones' figure, the peer's, the ratio, the goal and what came of it.
func (r Row) cells(g Goal) []string {
	aim := r.Goal()
	if g.Skip != "" {
		return []string{r.Work, "–", r.Peer, "–", aim, "not measured: " + g.Skip}
	}
	ratio, peer := fmt.Sprintf("%.2f", g.Ratio), strings.TrimSpace(r.Peer+" "+r.unit.print(g.Peer))
	if r.Peer == "" {
		ratio, peer = "–", ""
	}
	result := "met"
	switch {
	case r.goal == 0:
		result = ""
	case g.Ratio > g.Limit:
		result = "MISSED"
	}
	return []string{r.Work, r.unit.print(g.Bones), peer, ratio, aim, result}
}

const noSuchPart = "this run had no such part"

// Header is what stands above the columns.
var Header = []string{"work", "bones", "peer", "ratio", "goal", ""}

// filled returns the table's rows with what was measured, as cells. Whatever was measured and has no row comes last,
// and a row for which there is nothing says so: neither is lost.
func filled(goals []Goal) (rows [][]string) {
	byKey := map[string]Goal{}
	for _, g := range goals {
		byKey[g.What] = g
	}
	for _, r := range Rows {
		g, ok := byKey[r.Key]
		if !ok {
			g.Skip = noSuchPart
		}
		g.Limit = r.Limit()
		rows = append(rows, r.cells(g))
		delete(byKey, r.Key)
	}
	for _, g := range goals {
		if _, left := byKey[g.What]; left {
			rows = append(rows, Row{Work: g.What, Peer: "the peer", unit: unit{"", 1}, goal: g.Limit}.cells(g))
		}
	}
	return rows
}

// Limit is the goal as a ratio: what has no peer is measured in units of its goal.
func (r Row) Limit() float64 {
	if r.Peer == "" {
		return 1
	}
	return r.goal
}

// Print writes the table for a terminal: all of it, or what was measured.
func Print(w io.Writer, goals []Goal, all bool) {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.ToUpper(strings.Join(Header, "\t")))
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
	Begin = "<!-- make bench writes this table -->\n"
	End   = "<!-- and no further -->\n"
)

// WriteReadme puts the table between the lines of a file that say where it belongs, with a caption.
func WriteReadme(path, caption string, goals []Goal) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), Begin)
	_, after, end := strings.Cut(rest, End)
	if !ok || !end {
		return fmt.Errorf("%s has no place for the table: the lines %q and %q are missing", path,
			strings.TrimSpace(Begin), strings.TrimSpace(End))
	}
	var s strings.Builder
	s.WriteString(before + Begin + caption + "\n\n")
	markdown(&s, filled(goals))
	s.WriteString("\n" + End + after)
	return os.WriteFile(path, []byte(s.String()), 0o644)
}

func markdown(w io.Writer, rows [][]string) {
	fmt.Fprintf(w, "| %s |\n|%s\n", strings.Join(Header, " | "), strings.Repeat("---|", len(Header)))
	for _, cells := range rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
}
