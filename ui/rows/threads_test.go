package rows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// TestThreadsHaveTheirShare: what each thread uses is computed between two readings of it, and threads are sorted by
// what the table is sorted by.
func TestThreadsHaveTheirShare(t *testing.T) {
	m := model(rowstest.Snapshot(1000, proc{PID: 1, Comm: "init"}, proc{PID: 10, PPID: 1, Comm: "java"}))
	id := procwalk.ID{PID: 10, Start: 10}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	const many = 1000
	read := func(seconds int) []rows.Thread {
		var list []rows.Thread
		for i := range many {
			list = append(list, rows.Thread{TID: 10 + i, Comm: text.New(fmt.Sprint("t-", many-i)), State: 'S', Start: 10,
				Ticks: uint64(i%7*10*seconds + i), At: at.Add(time.Duration(seconds) * time.Second)})
		}
		return list
	}
	columns := map[string]*rows.Column{}
	for _, name := range []string{"pid", "pcpu", "time", "command"} {
		columns[name] = rows.ColumnNamed(name)
	}
	cell := func(r rows.Row, name string) string { return string(m.Cell(nil, r, columns[name])) }
	m.SetThreads(id, read(0))
	m.Build()
	if n := len(m.Rows()); n != many+2 || cell(m.Rows()[5], "pcpu") != "-" {
		t.Fatalf("%d rows, %%CPU after one reading is %s", n, cell(m.Rows()[5], "pcpu"))
	}
	m.SetThreads(id, read(2))
	m.Build()
	for i, r := range m.Rows()[2:] {
		if got, want := cell(r, "pcpu"), fmt.Sprintf("%d.0", i%7*10); got != want {
			t.Fatalf("thread %s uses %s, want %s", cell(r, "pid"), got, want)
		}
	}
	order := func(column string, reverse bool) []string {
		m.SortBy(rows.ColumnNamed(column))
		m.Reverse = reverse
		m.Build()
		var list []string
		for _, r := range m.Rows() {
			if r.Thread >= 0 {
				list = append(list, cell(r, column))
			}
		}
		return list
	}
	for _, c := range []struct {
		column      string
		reverse     bool
		first, last string
	}{
		{"pcpu", false, "60.0", "0.0"}, {"pcpu", true, "0.0", "60.0"}, {"pid", false, "10", "1009"},
		{"pid", true, "1009", "10"}, {"command", false, "t-1", "t-1000"}, {"command", true, "t-1000", "t-1"},
		{"time", false, "0:11", "0:00"},
	} {
		if got := order(c.column, c.reverse); got[0] != c.first || got[many-1] != c.last {
			t.Errorf("by %s, %v: from %s to %s, want from %s to %s", c.column, c.reverse, got[0], got[many-1], c.first, c.last)
		}
	}
	// A thread that was read twice at the same time keeps what is known of it; a new one with the number does not.
	again := read(2)
	again[3].Start = 99
	m.SetThreads(id, again)
	m.SortBy(nil)
	m.Build()
	if got := []string{cell(m.Rows()[4], "pcpu"), cell(m.Rows()[5], "pcpu")}; !slices.Equal(got, []string{"20.0", "-"}) {
		t.Errorf("read again at once: %q", got)
	}
}
