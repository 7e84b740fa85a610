package proctest

import (
	"strings"
	"testing"
)

// TestTier: a test runs in the tier that the programs it needs belong to.
func TestTier(t *testing.T) {
	for _, c := range []struct {
		running  string
		programs string
		fails    bool
	}{
		{"", "dockerd busybox", false}, {"engines", "busybox dockerd", false}, {"commands", "busybox dockerd", true},
		{"machines", "dockerd", true}, {"machines", "prometheus debootstrap", false},
		{"engines", "debootstrap prometheus", true}, {"commands", "ps tmux", false}, {"engines", "ps", false},
	} {
		if why := wrongTier(c.running, strings.Fields(c.programs)); (why != "") != c.fails {
			t.Errorf("in %q with %s: %q", c.running, c.programs, why)
		}
	}
}
