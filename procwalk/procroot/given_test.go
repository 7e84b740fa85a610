package procroot

import "testing"

// TestLastGiven: a line of loadavg in another form tells nothing.
func TestLastGiven(t *testing.T) {
	for line, want := range map[string]struct {
		number, tasks int
		ok            bool
	}{
		"0.20 0.18 0.12 1/80 11206\n": {11206, 80, true},
		"0.20 0.18 0.12 1/80 0\n":     {0, 80, false},
		"0.20 0.18 0.12 1/ 11206\n":   {},
		"0.20 0.18 0.12 1/80 x\n":     {},
		"0.20 0.18 0.12 11206\n":      {},
		"11206\n":                     {},
		"":                            {},
	} {
		number, tasks, ok := LastGiven([]byte(line))
		if ok != want.ok || ok && (number != want.number || tasks != want.tasks) {
			t.Errorf("%q: %d, %d, %v", line, number, tasks, ok)
		}
	}
}
