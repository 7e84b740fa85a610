package crash

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestFaultsSayOneLine: a fault is said without the stacks of goroutines, in whichever goroutine it comes, and once. The
// test runs itself again, as a program that has the fault.
func TestFaultsSayOneLine(t *testing.T) {
	fault := func() { panic("out\x1b[31m of order") }
	faults := map[string]func(){
		"a panic":          fault,
		"a nil":            func() { var p *int; *p = 1 },
		"an error":         func() { panic(context.Canceled) },
		"of a goroutine":   func() { Go(fault); select {} },
		"of its goroutine": func() { Go(func() { Go(fault); select {} }); select {} },
		"of a group": func() {
			var g sync.WaitGroup
			g.Go(Guarded(fault))
			g.Wait()
			time.Sleep(time.Hour)
		},
		"of a timer": func() { time.AfterFunc(1, Guarded(fault)); select {} },
		"of many": func() {
			for range 20 {
				Go(fault)
			}
			fault()
		},
	}
	if name := os.Getenv("BONES_TEST_FAULT"); name != "" {
		defer Caught()
		faults[name]()
		os.Exit(0)
	}
	for name := range faults {
		if out, err := again(t, name, "GOTRACEBACK="); err == nil || !strings.HasPrefix(out, "bones: internal error: ") ||
			strings.Contains(out, ".go:") || strings.Count(out, "\n") != 1 || strings.Contains(out, "\x1b") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
		if out, _ := again(t, name, "GOTRACEBACK=all"); !strings.Contains(out, "goroutine ") ||
			!strings.Contains(out, "crash_test.go:") {
			t.Errorf("%s, with a trace: %s", name, out)
		}
	}
}

// again runs the test that calls it again, with the fault of this name, and with a variable of the environment.
func again(t *testing.T, fault, variable string) (said string, err error) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), "BONES_TEST_FAULT="+fault, variable)
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestTraceIsKept: where somebody keeps the trace, a fault has one in whichever goroutine it comes; what was to be put
// back before was.
func TestTraceIsKept(t *testing.T) {
	if where := os.Getenv("BONES_TEST_FAULT"); where != "" {
		defer Caught()
		Trace()
		Before(func() { os.Stderr.WriteString("put back\n") })
		if where == "main" {
			panic("out of order")
		}
		Go(func() { panic("out of order") })
		select {}
	}
	for _, where := range []string{"main", "elsewhere"} {
		out, err := again(t, where, "GOTRACEBACK=")
		if err == nil || !strings.Contains(out, "put back\n") || !strings.Contains(out, "panic: out of order") ||
			!strings.Contains(out, "crash_test.go:") || !strings.Contains(out, "goroutine ") {
			t.Errorf("%s: %v, %s", where, err, out)
		}
	}
}
