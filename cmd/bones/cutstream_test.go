package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestReplayOfACutStream: ssh ends in the middle of a frame. What had come stays on the screen and can be gone
// through,
// and the header says that no more comes, and since when.
func TestReplayOfACutStream(t *testing.T) {
	h := newRemoteHosts(t)
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	whole, cut := filepath.Join(h.dir, "whole"), filepath.Join(h.dir, "cut")
	writePast(t, whole, tree.Path(), 5) // 5 to 9 processes, a minute apart
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, b[:len(b)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	pid := filepath.Join(h.dir, "ssh.pid")
	s := newTerminal(t, 150, 24, "PATH="+h.path)
	// On the other host "read" waits until the connection is gone.
	s.line("mkfifo " + h.dir + "/in; sh -c 'echo $$ > " + pid + "; exec ssh with \"cat " + cut + "; read x\"' <> " +
		h.dir +
		"/in | " + s.bones + " replay - --delay 0.2 --theme mono --ascii --no-mouse --columns pid,command")
	s.until("what has come", inTable(8, "4/4 live"))
	n, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	ssh, err := strconv.Atoi(strings.TrimSpace(string(n)))
	if err != nil {
		t.Fatal(err)
	}
	proctest.Signal(t, ssh, unix.SIGKILL)
	s.until("that it broke off, beside what there is", inTable(8, "4/4, stream broke off at "))
	s.keys(",")
	s.until("the moment before", inTable(7, "3/4, stream broke off at "))
	s.keys("q")
	s.until("the shell", shows("ready$"))
	s.line("clear; cat " + whole + " | " + s.bones + " replay - --delay 0.2 --theme mono --ascii --no-mouse")
	s.until("a whole stream, and its end", shows("5/5, stream ended at "))
	s.keys("q")
	s.until("the shell", shows("ready$"))
}
