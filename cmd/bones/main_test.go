package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"bones/procwalk/leaktest"
)

// testMemory is how much memory this test program may have, in bytes, before it collects garbage. The most that it has
// in use at a time, some 100 MB, is the source of the project as some tests parse it.
const testMemory = 384 << 20

// TestMain has this binary do what bones does where bones starts itself again under a hidden command. It would
// otherwise run all tests, and they again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		os.Exit(a.run(context.Background(), os.Args[1:]))
	}
	os.Exit(leaktest.Run(func() int {
		defer built.end()
		defer shipped.end()
		defer func() {
			if f, err := enterCopy(); err == nil {
				f.Close()
			}
		}()
		// The tests have some 10 MB in use, and make and drop some GB. By any percentage that is hundreds of collections,
		// a third of all that this program does: it waits until there is garbage enough.
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(testMemory)
		defer runtime.GC() // closes the file of a namespace that an effect, which is done, could still be entered by
		return m.Run()
	}))
}
