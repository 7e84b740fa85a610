package main

import (
	"context"
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"bones/procwalk/leaktest"
)

// TestMain has this binary do what bones does where bones starts itself again under a hidden command. It would
// otherwise run all tests, and they again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		os.Exit(a.run(context.Background(), os.Args[1:]))
	}
	// The tests have a few MB in use, and make and drop some GB: by Go's measure that is a collection for every 4 MB,
	// which would be a third of all that this program does.
	debug.SetGCPercent(400)
	os.Exit(leaktest.Run(func() int {
		defer built.end()
		return m.Run()
	}))
}
