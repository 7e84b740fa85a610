package container

import (
	"math/rand/v2"
	"testing"
)

func TestBacking(t *testing.T) {
	for name, c := range map[string]struct {
		rows     []Row
		recorded int
		want     int
	}{
		"the recorded init":                {[]Row{{10, 1, 5, 1, "c", false}, {11, 10, 6, 2, "c", false}}, 11, 11},
		"a recorded init outside":          {[]Row{{10, 1, 5, 1, "c", false}, {11, 10, 6, 2, "c", false}, {12, 1, 1, 0, "", false}}, 12, 10},
		"a recorded init that has gone":    {[]Row{{10, 1, 5, 1, "c", false}}, 99, 10},
		"the topmost":                      {[]Row{{10, 9, 5, 0, "c", false}, {11, 10, 1, 0, "c", false}, {9, 1, 1, 0, "", false}}, 0, 10},
		"and what was started in it later": {[]Row{{10, 9, 50, 1, "c", false}, {8, 9, 90, 12, "c", false}, {9, 1, 1, 0, "", false}}, 0, 10},
		"the same without inner PIDs":      {[]Row{{10, 9, 50, 0, "c", false}, {8, 9, 90, 0, "c", false}, {9, 1, 1, 0, "", false}}, 0, 10},
		"with the host's PIDs":             {[]Row{{20, 9, 50, 20, "c", false}, {21, 9, 60, 21, "c", false}}, 0, 20},
		"at the same time":                 {[]Row{{21, 9, 50, 0, "c", false}, {20, 9, 50, 0, "c", false}}, 0, 20},
		"a cycle":                          {[]Row{{10, 11, 5, 0, "c", false}, {11, 10, 4, 0, "c", false}}, 0, 11},
		"its own parent":                   {[]Row{{10, 10, 5, 0, "c", false}}, 0, 10},
		"one that has ended":               {[]Row{{10, 9, 5, 1, "c", true}, {11, 9, 6, 4, "c", false}}, 0, 11},
		"all have ended":                   {[]Row{{10, 9, 5, 1, "c", true}, {11, 9, 6, 4, "c", true}}, 0, 10},
		"a parent in another container":    {[]Row{{10, 9, 5, 0, "c", false}, {9, 1, 1, 0, "d", false}, {1, 0, 0, 0, "", false}}, 0, 10},
	} {
		for range 5 {
			rand.Shuffle(len(c.rows), func(i, j int) { c.rows[i], c.rows[j] = c.rows[j], c.rows[i] })
			got := Backing(c.rows, func(string) int { return c.recorded })
			if got["c"].PID != c.want || got["c"].Why == "" {
				t.Errorf("%s: %+v, want %d", name, got["c"], c.want)
			}
			if _, ok := got[""]; ok {
				t.Errorf("%s: no container has a process that backs it", name)
			}
		}
	}
}
