package terminal

import "testing"

// TestWhoContinuesUs: whether there is somebody to go back to, for the ways in which bones is started.
func TestWhoContinuesUs(t *testing.T) {
	us := job{session: 10, group: 20}
	type process struct {
		job
		parent int
	}
	for name, c := range map[string]struct {
		parent    int
		processes map[int]process
		can       bool
	}{
		"a shell with jobs":              {10, map[int]process{10: {job{10, 10}, 1}}, true},
		"a script below such a shell":    {20, map[int]process{20: {us, 10}, 10: {job{10, 10}, 1}}, true},
		"ssh -t, xterm -e":               {9, map[int]process{9: {job{9, 9}, 1}}, false},
		"docker exec -it":                {0, nil, false},
		"ssh -t with sh -c around it":    {20, map[int]process{20: {us, 9}, 9: {job{9, 9}, 1}}, false},
		"a parent that has ended":        {77, nil, false},
		"adopted by an init":             {1, map[int]process{1: {job{1, 1}, 0}}, false},
		"processes that are in a circle": {30, map[int]process{30: {us, 31}, 31: {us, 30}}, false},
	} {
		got := hasShell(us, c.parent, func(pid int) (job, int, bool) {
			p, ok := c.processes[pid]
			return p.job, p.parent, ok
		})
		if got != c.can {
			t.Errorf("%s: %t", name, got)
		}
	}
}
