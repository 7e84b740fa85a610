package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/testdata/bench/table"
)

// TestReadmeHasTheBenchTable: README shows the rows that `make bench` fills, with their goals, in their order, and says
// where a goal is missed.
func TestReadmeHasTheBenchTable(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), table.Begin)
	shown, _, end := strings.Cut(rest, table.End)
	if !ok || !end {
		t.Fatalf("README has no table between %q and %q", table.Begin, table.End)
	}
	var want, got [][]string
	for _, r := range table.Rows {
		want = append(want, []string{r.Work, r.Peer, r.Goal()})
	}
	for line := range strings.Lines(shown) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if !strings.HasPrefix(line, "| ") || cells[0] == table.Header[0] {
			continue
		}
		if len(cells) != len(table.Header) {
			t.Fatalf("%q has %d columns", line, len(cells))
		}
		peer := cells[2]
		for _, r := range table.Rows { // behind the peer stands its figure
			if r.Work == cells[0] && r.Goal() == cells[4] && strings.HasPrefix(peer, r.Peer) {
				peer = r.Peer
			}
		}
		got = append(got, []string{cells[0], peer, cells[4]})
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("README has the rows\n%q\nand make bench\n%q", got, want)
	}
}

// TestBenchFillsItsTable: each row of the table is measured, by one name and with one goal, and nothing else is.
func TestBenchFillsItsTable(t *testing.T) {
	limits := map[string]float64{}
	for _, r := range table.Rows {
		if _, twice := limits[r.Key]; twice {
			t.Errorf("%q stands in the table twice", r.Key)
		}
		limits[r.Key] = r.Limit()
	}
	named := map[string]bool{}
	files, err := filepath.Glob("../../testdata/bench/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no sources", err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				named[literal(e)] = true
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 4 {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "ratio" {
				return true
			}
			what := literal(call.Args[0])
			if what == "" { // a variable: the text stands elsewhere
				return true
			}
			limit, known := limits[what]
			if !known {
				t.Errorf("%s: %q has no row", file, what)
			}
			if b, ok := call.Args[1].(*ast.BasicLit); ok {
				if v, err := strconv.ParseFloat(b.Value, 64); err != nil || v != limit {
					t.Errorf("%s: the goal of %q is %s, and %g in the table", file, what, b.Value, limit)
				}
			}
			return true
		})
	}
	for _, r := range table.Rows {
		if !named[r.Key] {
			t.Errorf("nothing measures %q", r.Key)
		}
	}
}

// TestBenchTable: a goal that is missed, met, not measured or of no row of the table says so, and the file of the table
// keeps what is around it.
func TestBenchTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("above\n"+table.Begin+"old\n"+table.End+"below\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	goals := []table.Goal{
		table.Ratio("CPU of bones ps / ps axjf", 0.3, 0.2, 0.4),
		table.Ratio("CPU of bones ns / lsns", 0.02, 0.01, 1),
		table.Ratio("size of the binary, in units of 14 MB", 1, 21e6, 14e6),
		table.Ratio("CPU of bones pid / docker inspect", 1, 1, 1, "docker is not installed"),
		table.Ratio("something new", 1, 2, 1),
	}
	if err := table.WriteReadme(file, "The caption.", goals); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(b)
	for _, line := range []string{
		"| `bones ps` | 200 ms | `ps axjf` 400 ms | 0.50 | 0.30 | MISSED |\n",
		"| `bones ns` | 10.0 ms | `lsns` 1000 ms | 0.01 | 0.02 | met |\n",
		"| the binary | 21.0 MB |  | – | 14 MB | MISSED |\n",
		"| `bones pid web`, 6,000 processes | – | `docker inspect` | – | 1.00 | not measured: docker is not installed |\n",
		"| something new | 2 | the peer 1 | 2.00 | 1.00 | MISSED |\n",
		"The caption.\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("it lacks %q:\n%s", line, got)
		}
	}
	if !strings.HasPrefix(got, "above\n"+table.Begin) || !strings.HasSuffix(got, table.End+"below\n") ||
		strings.Contains(got, "old\n") {
		t.Errorf("what is around the table has changed:\n%s", got)
	}
	if err := os.WriteFile(file, []byte("no place\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := table.WriteReadme(file, "", goals); err == nil {
		t.Error("a file without a place for the table is no error")
	}
}
