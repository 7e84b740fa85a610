package rows_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// sighted is a table of what filters used to overlook.
func sighted() *procwalk.Snapshot {
	return rowstest.Snapshot(5000,
		proc{PID: 1, Comm: "init", Args: "/sbin/init"},
		proc{PID: 2, Comm: "kthreadd", Kernel: true},
		proc{PID: 30, PPID: 2, Comm: "kworker/0:1-events", Kernel: true, State: 'I'},
		proc{PID: 31, PPID: 2, Comm: "kworker/u8:2", Kernel: true, State: 'D'},
		proc{PID: 40, PPID: 1, Comm: "java", Args: "java " + strings.Repeat("-Dx=y ", 8000) + "com.example.Last", UID: 7},
		proc{PID: 41, PPID: 1, Comm: "Xorg", Args: "/usr/lib/XORG/Xorg :0", UID: 70},
		proc{PID: 42, PPID: 1, Comm: "perl", Args: `perl -e a\b`, State: 'T', UID: 4000000000},
		proc{PID: 43, PPID: 1, Comm: "sh", State: 'Z'},
		proc{PID: 44, PPID: 1, Comm: "worker", Args: "worker --port 1200 --seed 9871200345", State: 't'},
		proc{PID: 45, PPID: 1, Comm: "odd\nname", Args: "odd\nname --x"},
		proc{PID: 1200, PPID: 1, Comm: "cron", Args: "cron -f", State: 'R'},
	)
}

// TestFilterMatchesWhatIsShown: all of it, and as it is shown.
func TestFilterMatchesWhatIsShown(t *testing.T) {
	m := rows.NewModel(rows.Names{User: func(uid uint32) string {
		return map[uint32]string{0: "root", 7: "systemd-resolve", 70: "Ada.Lovelace@EXAMPLE.org"}[uid]
	}})
	show(m, nil, sighted())
	m.Flat = true
	for _, c := range []struct{ filter, want string }{
		{"com.example.Last", "40"}, {"re:Last$", "40"}, {"re:^cron -f$", "1200"}, {"re:^java .*Last$", "40"},
		{"kworker/0:1", "30"}, {"kworker/", "30 31"}, {"[kworker", "30 31"}, {"[kworker/u8:2]", "31"}, {"KWORKER/", ""},
		{`re:^\[kworker/0`, "30"}, {"lib/xorg", "41"}, {"XORG/Xorg", "41"}, {"defunct", "43"}, {"[sh] <def", "43"}, {"!1200 worker", "30 31"},
		{"[sh]", "43"}, {`a\b`, "42"}, {`a\\b`, "42"}, {`odd\nname`, "45"},
		{"1200", "44 1200"}, {"987123", ""}, {"9871200345", "44"}, {"01200", ""},
		{"state:D", "31"}, {"state:d", "31"}, {"state:DZ", "31 43"}, {"state:T", "42"}, {"state:t", "44"},
		{"!state:SIZDTtR", ""}, {"state:R !cron", ""}, {"state:I kworker", "30"},
		{"user:resolve", "40"}, {"user:systemd-res", "40"}, {"user:ada", "41"}, {"user:ADA", ""},
		{"user:@example.org", "41"}, {"user:70", "41"}, {"user:7", "40"}, {"user:4000000000", "42"}, {"user:400", ""},
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
		if c.want == "" || c.filter[0] == '!' {
			continue
		}
		// Whatever is drawn of the row is found by what is drawn of it.
		m.SetFilter(nil)
		m.Build()
		if !m.Find(f, 1, true) {
			t.Errorf("%s is not found", c.filter)
		}
	}
	for _, bad := range []string{"state:Q", "state:running", "!state:%"} {
		if _, err := rows.ParseFilter(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// TestEachRowIsFoundByItsText: each word of what any row shows finds that row.
func TestEachRowIsFoundByItsText(t *testing.T) {
	for _, s := range []*procwalk.Snapshot{sighted(), rowstest.World(1)} {
		m := model(s)
		for i := range s.Processes {
			p := &s.Processes[i]
			words := strings.Fields(string(rows.AppendCommand(nil, p)))
			slices.Sort(words)
			for _, word := range slices.Compact(words) { // one has the same word thousands of times
				kind, _, _ := strings.Cut(word, ":")
				if strings.HasPrefix(word, "!") || kind == "re" || len(word) > 1000 {
					continue
				}
				f, err := rows.ParseFilter(word)
				if err != nil || !f.Match(p, &rows.Names{}) {
					t.Errorf("PID %d shows %q, which does not find it: %v", p.PID, word, err)
				}
			}
		}
		_ = m
	}
}

// TestDigitsFindThatPID: before what only has the number in its command line, wherever the search begins, and below
// what is folded.
func TestDigitsFindThatPID(t *testing.T) {
	for begin := range 11 {
		m := model(sighted())
		m.Fold(procwalk.ID{PID: 1, Start: 1}, begin%2 == 0)
		m.Build()
		m.Select(begin)
		f, err := rows.ParseFilter("1200")
		if err != nil {
			t.Fatal(err)
		}
		if !m.Find(f, 1, true) || m.SelectedProcess().PID != 1200 {
			t.Errorf("find from row %d: PID %d", begin, m.SelectedProcess().PID)
		}
		if !m.Find(f, 1, false) || m.SelectedProcess().PID != 44 {
			t.Errorf("the next one is PID %d", m.SelectedProcess().PID)
		}
		m.SetFilter(f)
		m.Build()
		m.SelectMatch()
		if m.SelectedProcess().PID != 1200 {
			t.Errorf("the filter selects PID %d", m.SelectedProcess().PID)
		}
	}
}

// TestFindStopsAtThreads: those that are shown are found like rows of their own.
func TestFindStopsAtThreads(t *testing.T) {
	m := model(sighted())
	id := procwalk.ID{PID: 40, Start: 40}
	m.SetThreads(id, []rows.Thread{{TID: 40, Comm: text.New("java"), State: 'S'},
		{TID: 47, Comm: text.New("GC Thread#0"), State: 'S'}, {TID: 48, Comm: text.New("G1 Main"), State: 'D'}})
	m.Build()
	for _, c := range []struct {
		find string
		tid  int
	}{{"GC", 47}, {"re:^G1 ", 48}, {"48", 48}, {"state:D g1", 48}} {
		f, err := rows.ParseFilter(c.find)
		if err != nil {
			t.Fatal(err)
		}
		m.Select(0)
		if !m.Find(f, 1, true) {
			t.Errorf("%s: not found", c.find)
			continue
		}
		_, k, _ := m.Selected()
		if k.ID != id || k.TID != c.tid {
			t.Errorf("%s finds %v", c.find, fmt.Sprint(k))
		}
	}
	f, _ := rows.ParseFilter("re:^G")
	m.Select(0)
	var seen []int
	for range 3 {
		m.Find(f, 1, false)
		_, k, _ := m.Selected()
		seen = append(seen, k.TID)
	}
	if fmt.Sprint(seen) != "[47 48 47]" {
		t.Errorf("one after the other: %v", seen)
	}
}
