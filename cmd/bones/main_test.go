package main

import (
	"context"
	"os"
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
	os.Exit(leaktest.Run(func() int {
		defer built.end()
		return m.Run()
	}))
}
