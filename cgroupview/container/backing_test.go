package container

import (
	"math/rand/v2"
	"testing"
)

// alive is a Row of a process that has not ended.
type alive struct {
	pid, ppid int
	start     uint64
	inside    int
	key       string
}

func rowsOf(list []alive) []Member {
	rows := make([]Member, len(list))
	for i, a := range list {
		rows[i] = Member{PID: a.pid, PPID: a.ppid, Start: a.start, Inside: a.inside, Key: a.key}
	}
	return rows
}

func TestBacking(t *testing.T) {
	for name, c := range map[string]struct {
		rows     []alive
		recorded int
		want     int
	}{
		"the recorded init":                {[]alive{{10, 1, 5, 1, "c"}, {11, 10, 6, 2, "c"}}, 11, 11},
		"a recorded init outside":          {[]alive{{10, 1, 5, 1, "c"}, {11, 10, 6, 2, "c"}, {12, 1, 1, 0, ""}}, 12, 10},
		"a recorded init that has gone":    {[]alive{{10, 1, 5, 1, "c"}}, 99, 10},
		"the topmost":                      {[]alive{{10, 9, 5, 0, "c"}, {11, 10, 1, 0, "c"}, {9, 1, 1, 0, ""}}, 0, 10},
		"and what was started in it later": {[]alive{{10, 9, 50, 1, "c"}, {8, 9, 90, 12, "c"}, {9, 1, 1, 0, ""}}, 0, 10},
		"the same without inner PIDs":      {[]alive{{10, 9, 50, 0, "c"}, {8, 9, 90, 0, "c"}, {9, 1, 1, 0, ""}}, 0, 10},
		"with the host's PIDs":             {[]alive{{20, 9, 50, 20, "c"}, {21, 9, 60, 21, "c"}}, 0, 20},
		"at the same time":                 {[]alive{{21, 9, 50, 0, "c"}, {20, 9, 50, 0, "c"}}, 0, 20},
		"a cycle":                          {[]alive{{10, 11, 5, 0, "c"}, {11, 10, 4, 0, "c"}}, 0, 11},
		"its own parent":                   {[]alive{{10, 10, 5, 0, "c"}}, 0, 10},
		"a parent in another container":    {[]alive{{10, 9, 5, 0, "c"}, {9, 1, 1, 0, "d"}, {1, 0, 0, 0, ""}}, 0, 10},
	} {
		for range 5 {
			rand.Shuffle(len(c.rows), func(i, j int) { c.rows[i], c.rows[j] = c.rows[j], c.rows[i] })
			got := Backing(rowsOf(c.rows), func(string) int { return c.recorded })
			if got["c"].PID != c.want || got["c"].Why == "" {
				t.Errorf("%s: %+v, want %d", name, got["c"], c.want)
			}
			if _, ok := got[""]; ok {
				t.Errorf("%s: no container has a process that backs it", name)
			}
		}
	}
}

// TestBackingOfTheDead: a process that has ended, and that nobody has waited for, backs nothing beside one that runs.
func TestBackingOfTheDead(t *testing.T) {
	none := func(string) int { return 0 }
	rows := rowsOf([]alive{{10, 9, 5, 1, "c"}, {11, 9, 6, 4, "c"}})
	rows[0].Dead = true
	if got := Backing(rows, none)["c"].PID; got != 11 {
		t.Errorf("PID %d backs the container, want 11, which runs", got)
	}
	rows[1].Dead = true
	if got := Backing(rows, none)["c"].PID; got != 10 {
		t.Errorf("where all have ended, PID %d backs the container, want 10", got)
	}
}
