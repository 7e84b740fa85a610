package rows_test

import (
	"strings"
	"testing"

	"bones/procwalk"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// TestWholeNameInDetails: what is cut in the table stands whole in the details.
func TestWholeNameInDetails(t *testing.T) {
	const long = "ada.lovelace-of-the-analytical-engine@example.org"
	s := rowstest.Snapshot(10, proc{PID: 1, UID: 4000000000})
	sections := rows.Details(&s.Processes[0], s, nil, rows.DetailOptions{User: func(uint32) string {
		return long +
			"\x1b"
	}})
	for _, section := range sections {
		for _, l := range section.Lines {
			if l.Label == "User" && strings.Contains(l.Value, "effective 4000000000 ("+long+`\x1b)`) {
				return
			}
		}
	}
	t.Errorf("%+v", sections)
}

// TestColumnsTakeWhatTheyNeed: numbers whole at any width, names whole where there is room.
func TestColumnsTakeWhatTheyNeed(t *testing.T) {
	const long = "systemd-network-and-more"
	m := rows.NewModel(rows.Names{User: func(uid uint32) string { return map[uint32]string{1: long}[uid] }})
	s := rowstest.Snapshot(10, proc{PID: 1, UID: 1, Threads: 32767, Ticks: 100 * 60 * 100000},
		proc{PID: 4194304, PPID: 1, UID: 4294967294, RSS: 1 << 40, Nice: -20},
		proc{PID: 3, PPID: 1, Start: 100 * 86400 * 40})
	m.SetFacts(rows.NewFacts(nil, rowstest.Moment(s)))
	m.SetColumns([]string{"pid", "user", "thcount", "time", "rss", "start", "ni"})
	m.Build()
	for width := 20; width < 200; width++ {
		columns, widths := m.Fit(width, 0, 10)
		for k, c := range columns {
			if c.Flex() {
				continue
			}
			for _, r := range m.Rows() {
				cell := string(m.Cell(nil, r, c))
				if n := len(cell); n > widths[k] && (c.Right || rows.IsNumber(cell)) {
					t.Errorf("width %d: %s has %d cells for %s", width, c.Name, widths[k], cell)
				} else if n > widths[k] && width > 150 {
					t.Errorf("width %d: %s has %d cells for %s", width, c.Name, widths[k], cell)
				}
			}
		}
	}
	m.SelectID(procwalk.ID{PID: 3, Start: 100 * 86400 * 40})
	at, _, _ := m.Selected()
	start := string(m.Cell(nil, m.Rows()[at], rows.ColumnNamed("start")))
	if !strings.HasPrefix(start, "Feb10 ") {
		t.Errorf("a process that starts in 40 days has START %s", start)
	}
}

// TestSortedAsShown: each column orders the rows as what it shows reads.
func TestSortedAsShown(t *testing.T) {
	m := rows.NewModel(rows.Names{User: func(uid uint32) string { return map[uint32]string{7: "bob"}[uid] }})
	s := rowstest.Snapshot(10, proc{PID: 1, Comm: "z", Args: "a --x", UID: 1000, TTY: 136<<8 | 10},
		proc{PID: 2, Comm: "y", Args: "b 10", UID: 200, TTY: 136<<8 | 9},
		proc{PID: 3, Comm: "x", Args: "b 9", UID: 7, State: 'R'})
	m.SetFacts(rows.NewFacts(nil, rowstest.Moment(s)))
	m.Flat = true
	for column, want := range map[string]string{"command": "1 3 2", "user": "2 1 3", "tty": "3 2 1", "stat": "3 1 2"} {
		m.SortBy(rows.ColumnNamed(column))
		m.Build()
		if got := pids(m); got != want {
			t.Errorf("by %s: %s, want %s", column, got, want)
		}
	}
}
