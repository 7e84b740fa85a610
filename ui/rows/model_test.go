package rows_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

type proc = rowstest.Proc

func model(s *procwalk.Snapshot) *rows.Model {
	m := rows.NewModel(rows.Names{})
	show(m, nil, s)
	return m
}

func show(m *rows.Model, old, now *procwalk.Snapshot) {
	m.SetFacts(rows.NewFacts(rowstest.Moment(old), rowstest.Moment(now)))
	m.Build()
}

// pids returns the visible rows as "PID" after one dot for each level.
func pids(m *rows.Model) string {
	var list []string
	for _, r := range m.Rows() {
		s := strings.Repeat(".", int(r.Depth)) + fmt.Sprint(m.Process(r).PID)
		if r.Folded {
			s += "+"
		}
		if r.Dim {
			s += "~"
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

func want(t *testing.T, m *rows.Model, want string) {
	t.Helper()
	if got := pids(m); got != want {
		t.Errorf("rows are\n     %s\nwant %s", got, want)
	}
}

func small() *procwalk.Snapshot {
	return rowstest.Snapshot(1000,
		proc{PID: 1, Comm: "init", RSS: 10}, proc{PID: 10, PPID: 1, Comm: "a", RSS: 300, Ticks: 7}, proc{PID: 11, PPID: 10,
			Comm: "b", RSS: 5},
		proc{PID: 12, PPID: 10, Comm: "needle", RSS: 50, UID: 7}, proc{PID: 20, PPID: 1, Comm: "c", RSS: 100},
		proc{PID: 21, PPID: 20, Comm: "d", RSS: 400})
}

func TestForestFoldsAndSums(t *testing.T) {
	m := model(small())
	want(t, m, "1 .10 ..11 ..12 .20 ..21")
	id := procwalk.ID{PID: 10, Start: 10}
	m.Fold(id, true)
	m.Build()
	want(t, m, "1 .10+ .20 ..21")
	r := m.Rows()[1]
	if n := m.Hidden(r); n != 2 {
		t.Errorf("the folded row stands for %d more", n)
	}
	if got := string(m.Cell(nil, r, rows.ColumnNamed("rss"))); got != rows.Size(355*4096) {
		t.Errorf("its RSS is %s", got)
	}
	m.Fold(id, false)
	m.FoldAll()
	m.Build()
	want(t, m, "1 .10+ .20+")
	m.FoldAll()
	m.Build()
	want(t, m, "1 .10 ..11 ..12 .20 ..21")
}

func TestCPUOfAFoldedRow(t *testing.T) {
	at := func(a, b uint64) *procwalk.Snapshot {
		return rowstest.Snapshot(1000+int(a/50), proc{PID: 1, Ticks: a}, proc{PID: 2, PPID: 1, Ticks: b})
	}
	m := model(at(0, 0))
	if got := string(m.Cell(nil, m.Rows()[0], rows.ColumnNamed("pcpu"))); got != "-" {
		t.Errorf("with one snapshot %%CPU is %q, want unknown", got)
	}
	m.Fold(procwalk.ID{PID: 1, Start: 1}, true)
	show(m, at(0, 0), at(50, 25))
	if got := string(m.Cell(nil, m.Rows()[0], rows.ColumnNamed("pcpu"))); got != "75.0" {
		t.Errorf("folded %%CPU is %q, want 75.0", got)
	}
}

func TestSortOrdersSiblingsOrTheList(t *testing.T) {
	m := model(small())
	m.SortBy(rows.ColumnNamed("rss"))
	m.Build()
	want(t, m, "1 .10 ..12 ..11 .20 ..21")
	m.Fold(procwalk.ID{PID: 20, Start: 20}, true) // stands for 500 pages now
	m.Build()
	want(t, m, "1 .20+ .10 ..12 ..11")
	m.Flat = true
	m.Build()
	if got := []rows.Row(m.Rows()); m.Process(got[0]).PID != 21 || m.Process(got[5]).PID != 11 {
		t.Errorf("list by RSS: %s", pids(m))
	}
	m.SortBy(rows.ColumnNamed("command"))
	m.Build()
	if m.Process(m.Rows()[0]).Comm.Raw() != "a" {
		t.Errorf("list by command: %s", pids(m))
	}
	m.Flat, m.Reverse = false, true
	m.SortBy(nil)
	m.Reverse = true
	m.Build()
	want(t, m, "1 .20+ .10 ..12 ..11")
}

func TestFilterKeepsAncestors(t *testing.T) {
	m := model(small())
	m.Fold(procwalk.ID{PID: 10, Start: 10}, true)
	f, err := rows.ParseFilter("ndl")
	if err != nil {
		t.Fatal(err)
	}
	m.SetFilter(f)
	m.Build()
	want(t, m, "1~ .10~ ..12") // and folds do not hide what was found
	if m.Passing() != 1 {
		t.Errorf("%d pass", m.Passing())
	}
	m.Flat = true
	m.Build()
	if len(m.Rows()) != 1 {
		t.Errorf("a list shows ancestors: %s", pids(m))
	}
	m.Flat = false
	m.SetFilter(nil)
	m.Build()
	want(t, m, "1 .10+ .20 ..21") // the folds are what they were
}

func TestFilterForms(t *testing.T) {
	m := model(rowstest.World(0))
	m.Flat = true
	for _, c := range []struct{ filter, want string }{
		{"memcd", "970"}, {"MEMCD", ""}, {"706", "706"}, {"user:1000 !bash !re:^sshd", "801 802 803 804"}, {"re:^sshd: ada",
			"700 705"},
		{"ns:4026532201", "970 990"}, {"container:cache", "970 990"}, {"container:0123", "970 990"}, {"container:x", ""},
		{"container:cache !sh", "970"}, {"日プ", "1201"}, {"user: ns: !",
			"1 2 3 14 220 410 500 700 705 706 801 802 803 804 900 950 970 990 1200 1201"},
		{"sbin/sshd", "500"}, {"cc1 -O2", "803"},
	} {
		f, err := rows.ParseFilter(c.filter)
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		m.SetFilter(f)
		m.Build()
		if got := strings.ReplaceAll(pids(m), "~", ""); got != c.want {
			t.Errorf("%s finds %q, want %q", c.filter, got, c.want)
		}
	}
	for _, bad := range []string{"re:(", "ns:abc", "ns:-1", "!re:*"} {
		if _, err := rows.ParseFilter(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestSelectionIsAnIdentity(t *testing.T) {
	m := model(small())
	id := procwalk.ID{PID: 12, Start: 12}
	m.SelectID(id)
	m.Tag(id, true)
	m.Fold(procwalk.ID{PID: 20, Start: 20}, true)

	// Others come and go: it stays on the process.
	more := rowstest.Snapshot(1001, proc{PID: 1}, proc{PID: 5, PPID: 1}, proc{PID: 10, PPID: 1}, proc{PID: 12, PPID: 10},
		proc{PID: 20, PPID: 1}, proc{PID: 21, PPID: 20})
	show(m, nil, more)
	if _, k, _ := m.Selected(); k.ID != id || !m.Tagged(id) || !m.Folded(procwalk.ID{PID: 20, Start: 20}) {
		t.Errorf("selected %v, tagged %v; rows %s", k, m.Tagged(id), pids(m))
	}
	if e := m.TakeEnded(); e != nil {
		t.Errorf("%v is said to have ended", e)
	}

	// Both PIDs come back with other processes behind them: nothing of the old ones is left on them.
	reused := rowstest.Snapshot(1002, proc{PID: 1}, proc{PID: 10, PPID: 1}, proc{PID: 12, PPID: 10, Start: 99999},
		proc{PID: 20, PPID: 1, Start: 99998}, proc{PID: 21, PPID: 20})
	show(m, more, reused)
	if e := m.TakeEnded(); e == nil || e.ID != id {
		t.Errorf("ended: %v, want %v", e, id)
	}
	if m.TakeEnded() != nil {
		t.Error("it is told twice")
	}
	other := procwalk.ID{PID: 12, Start: 99999}
	if m.Tagged(other) || m.Tagged(id) || m.Folded(procwalk.ID{PID: 20, Start: 99998}) {
		t.Error("a tag or fold went over to another process with the same PID")
	}
	if _, k, ok := m.Selected(); !ok || reused.FindID(k.ID) == nil {
		t.Errorf("selected %v", k)
	}
	show(m, reused, rowstest.Snapshot(1003))
	if _, _, ok := m.Selected(); ok {
		t.Error("something is selected in an empty table")
	}
	show(m, nil, small())
	if _, _, ok := m.Selected(); !ok {
		t.Error("nothing is selected")
	}
}

func TestHiddenSelectionGoesToWhatHidesIt(t *testing.T) {
	m := model(small())
	m.SelectID(procwalk.ID{PID: 12, Start: 12})
	m.Fold(procwalk.ID{PID: 1, Start: 1}, true)
	m.Build()
	if _, k, _ := m.Selected(); k.ID.PID != 1 {
		t.Errorf("selected %v", k)
	}
	if !m.SelectID(procwalk.ID{PID: 12, Start: 12}) {
		t.Error("cannot be selected")
	}
	want(t, m, "1 .10 ..11 ..12 .20 ..21") // selecting unfolds
}

func TestThreadsAreRows(t *testing.T) {
	m := model(small())
	id := procwalk.ID{PID: 10, Start: 10}
	m.SetThreads(id, []rows.Thread{{TID: 10, State: 'S'}, {TID: 15, State: 'R', Comm: text.New("w\n"), Ticks: 6100}})
	m.Build()
	want(t, m, "1 .10 ..10 ..10 ..11 ..12 .20 ..21")
	m.Select(3)
	if _, k, _ := m.Selected(); k.TID != 15 {
		t.Errorf("selected %v", k)
	}
	m.Build()
	if pos, k, _ := m.Selected(); k.TID != 15 || pos != 3 {
		t.Errorf("selected %v at %d", k, pos)
	}
	r := m.Rows()[3]
	for name, want := range map[string]string{"pid": "15", "time": "1:01", "command": `w\n`, "stat": "R"} {
		if got := string(m.Cell(nil, r, rows.ColumnNamed(name))); got != want {
			t.Errorf("%s of the thread is %q, want %q", name, got, want)
		}
	}
	m.SetThreads(id, []rows.Thread{})
	m.Build()
	if _, k, _ := m.Selected(); k.TID != 0 || k.ID != id {
		t.Errorf("after the thread ended %v is selected", k)
	}
}

func TestForestGlyphs(t *testing.T) {
	m := model(small())
	g := rows.ASCIIGlyphs()
	var got []string
	for _, r := range m.Rows() {
		got = append(got, string(m.Forest(nil, r, &g, 10)))
	}
	if w := []string{"", "|- ", "| |- ", "| `- ", "`- ", "  `- "}; !slices.Equal(got, w) {
		t.Errorf("forest %q, want %q", got, w)
	}
}

func TestFitNeverLosesTheCommand(t *testing.T) {
	m := model(small())
	var all []string
	for _, c := range rows.Columns() {
		all = append(all, c.Name)
	}
	m.SetColumns(all)
	for w := 0; w < 400; w++ {
		columns, widths := m.Fit(w, 0, 100)
		if c := columns[len(columns)-1]; !c.Flex() || len(columns) != len(widths) {
			t.Fatalf("width %d: %d columns, the last is %s", w, len(columns), c.Name)
		}
		sum := len(columns) - 1
		for _, n := range widths {
			sum += n
		}
		if sum > max(w, 0) {
			t.Fatalf("width %d: the columns take %d", w, sum)
		}
	}
}

func TestEveryColumnOnAnyTable(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		s := rowstest.Random(r, 30)
		m := model(s)
		show(m, s, rowstest.Random(r, 30))
		for _, c := range rows.Columns() {
			m.SortBy(c)
			m.Reverse, m.Flat = r.IntN(2) == 0, r.IntN(2) == 0
			m.Build()
			if len(m.Rows()) != len(m.Facts().Snap.Processes) {
				t.Fatalf("by %s there are %d rows of %d processes", c.Name, len(m.Rows()), len(m.Facts().Snap.Processes))
			}
			for _, row := range m.Rows() {
				for _, b := range string(m.Cell(nil, row, c)) {
					if text.Deceptive(b) {
						t.Fatalf("%s holds %U", c.Name, b)
					}
				}
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1.0K", 10240: "10K", 1023 << 10: "1.0M",
		1 << 30: "1.0G", 1<<64 - 1: "16E"} {
		if got := rows.Size(n); got != want || len(got) > 5 {
			t.Errorf("Size(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestDepthIsNoDanger(t *testing.T) {
	m := model(rowstest.Chain(10000))
	g := rows.UnicodeGlyphs()
	last := m.Rows()[9999]
	if s := string(m.Forest(nil, last, &g, 8)); !strings.HasPrefix(s, "<9999>") || len([]rune(s)) > 30 {
		t.Errorf("the forest of the deepest row is %q", s)
	}
	m.SortBy(rows.ColumnNamed("rss"))
	m.Build()
	m.FoldAll()
	m.Build()
	if len(m.Rows()) != 2 {
		t.Errorf("%d rows when all is folded", len(m.Rows()))
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"", "a", "!", "!!a", "re:(", "re:a|b", "user:0", "ns:1", "ns:99999999999999999999",
		"container:x", "a b !c", "\xff", "日", "!re:", "  "} {
		f.Add(s)
	}
	s := rowstest.World(1)
	f.Fuzz(func(t *testing.T, in string) {
		filter, err := rows.ParseFilter(in)
		if err != nil {
			if filter != nil {
				t.Error("a filter and an error")
			}
			return
		}
		for i := range s.Processes {
			filter.Match(&s.Processes[i], &rows.Names{})
		}
	})
}
