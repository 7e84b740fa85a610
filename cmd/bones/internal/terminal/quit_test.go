package terminal

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestFaultsSayOneLine: a fault in main is said without the stacks of goroutines. The test runs
// itself again, as a program that has the fault.
func TestFaultsSayOneLine(t *testing.T) {
	faults := map[string]func(){
		"a panic": func() { panic("out\x1b[31m of order") },
		"a nil":   func() { var p *int; *p = 1 },
	}
	if name := os.Getenv("BONES_TEST_FAULT"); name != "" {
		EndQuietly()
		defer Crashed()
		faults[name]()
		os.Exit(0)
	}
	for name := range faults {
		c := exec.Command(os.Args[0], "-test.run=^TestFaultsSayOneLine$")
		c.Env = append(os.Environ(), "BONES_TEST_FAULT="+name, "GOTRACEBACK=")
		out, err := c.CombinedOutput()
		if said := string(out); err == nil || said == "" || strings.Contains(said, "goroutine ") ||
			strings.Contains(said, ".go:") || strings.Count(said, "\n") != 1 || strings.Contains(said, "\x1b") {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}
