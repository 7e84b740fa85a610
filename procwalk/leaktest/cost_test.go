package leaktest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCostCountsChildren: what a child used is among what the tests took.
func TestCostCountsChildren(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cost")
	read := func() (user, system, wall float64, name string) {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
		if n, err := fmt.Sscan(lines[len(lines)-1], &user, &system, &wall, &name); n != 4 || err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		return user, system, wall, name
	}
	noteCost(file, time.Now().Add(-90*time.Second))
	user, system, wall, name := read()
	if wall < 90 || name != "procwalk/leaktest" {
		t.Errorf("%v s of %q", wall, name)
	}
	c := exec.Command("sh", "-c", "i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	used := c.ProcessState.UserTime().Seconds() + c.ProcessState.SystemTime().Seconds()
	noteCost(file, time.Now())
	user2, system2, _, _ := read()
	if more := user2 + system2 - user - system; more < used-0.02 {
		t.Errorf("%.2f s more are told, and the child alone took %.2f", more, used)
	}
}
