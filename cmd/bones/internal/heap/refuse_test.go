package heap

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMemoryLimitIsSaid: what does not fit into GOMEMLIMIT is said in one line, whether the pacer still sets the pace
// or somebody else does, and what fits is not refused. The test runs itself again with such a limit.
func TestMemoryLimitIsSaid(t *testing.T) {
	if what := os.Getenv("BONES_TEST_MEMORY"); what != "" {
		p := Start(16<<20, 50)
		if what == "stopped" {
			p.Stop()
		}
		used := make([][]byte, 64)
		for i := range used {
			used[i] = make([]byte, 1<<20)
		}
		for range 20 {
			runtime.GC()
			time.Sleep(time.Millisecond) // finalizers have a goroutine of their own
		}
		if what == "fits" {
			os.Exit(0)
		}
		time.Sleep(time.Minute) // it ends before
		runtime.KeepAlive(used)
		os.Exit(0)
	}
	for what, limit := range map[string]string{"too much": "32MiB", "stopped": "32MiB", "fits": "512MiB"} {
		c := exec.Command(os.Args[0], "-test.run=^TestMemoryLimitIsSaid$")
		c.Env = append(os.Environ(), "BONES_TEST_MEMORY="+what, "GOMEMLIMIT="+limit)
		out, err := c.CombinedOutput()
		said := string(out)
		if refused := strings.Contains(said, "GOMEMLIMIT allows 32 MiB"); refused != (what != "fits") ||
			refused != (err != nil) || strings.Count(said, "\n") > 1 {
			t.Errorf("%s: %v %s", what, err, said)
		}
	}
}
