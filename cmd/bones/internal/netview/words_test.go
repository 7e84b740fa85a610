package netview

import (
	"testing"

	"bones/nsview/sockets"
	"bones/procwalk"
	"bones/procwalk/text"
)

// TestProcessTextCountsAll: what stands behind the name is how many others have the socket open, and not how many of
// them are listed.
func TestProcessTextCountsAll(t *testing.T) {
	first := []sockets.Holder{{Process: &procwalk.Process{Stat: procwalk.Stat{PID: 5, Comm: text.New("server")}}}}
	for n, want := range map[int]string{1: "server", 2: "server +1", 71: "server +70"} {
		if got := (&Port{Holders: first, Processes: n}).ProcessText(); got != want {
			t.Errorf("%d processes: %q, want %q", n, got, want)
		}
	}
}
