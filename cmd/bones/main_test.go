package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"bones/procwalk/leaktest"
)

// TestMain has this binary do what bones does where bones starts itself again under a hidden command. It would
// otherwise run all tests, and they again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "__") {
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		os.Exit(a.run(context.Background(), os.Args[1:]))
	}
	if signal.Ignored(unix.SIGHUP) {
		// Under nohup what the tests start would ignore it as well; caught here, it has its own meaning for them again.
		signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
	}
	os.Exit(leaktest.Run(func() int {
		defer built.end()
		return m.Run()
	}))
}
