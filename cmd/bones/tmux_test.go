package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// tmuxClient is one client of a tmux server for all that a test does with it. To start a client for each key and for
// each look at the screen takes ten times as long as what it does.
//
// Source: tmux(1), CONTROL MODE.
type tmuxClient struct {
	mu  sync.Mutex
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startTmux starts a server with a command in its one window. The server ends with the test.
func startTmux(t *testing.T, socket string, columns, rows int, command []string) *tmuxClient {
	t.Helper()
	args := []string{"-u", "-C", "-S", socket, "-f", "/dev/null", "new-session", "-f", "no-output,ignore-size",
		"-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows), "--"}
	c := &tmuxClient{cmd: exec.Command("tmux", append(args, command...)...)}
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.in, c.out = in, bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer c.cmd.Wait()
		defer in.Close()
		if said, err := c.run([]string{"kill-server"}); err != nil && err != io.EOF {
			t.Errorf("tmux kill-server: %v: %s", err, said)
		}
		defer c.killLater().Stop()
		io.Copy(io.Discard, c.out) // to the end of the server
	})
	if said, err := c.answer(); err != nil {
		t.Fatalf("tmux: %v: %s", err, said)
	}
	return c
}

// run has the server do a command, and returns what it says; io.EOF is that the server, or this client, has ended.
func (c *tmuxClient) run(args []string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var line strings.Builder
	for _, arg := range args {
		line.WriteString("'" + strings.ReplaceAll(arg, "'", `'\''`) + "' ")
	}
	if _, err := io.WriteString(c.in, line.String()+"\n"); err != nil {
		return "", err
	}
	return c.answer()
}

// answer reads to the end of the next answer. Between %begin and a line that is the same but for its first word
// nothing stands but what the command says; what else the server tells stands outside of that.
func (c *tmuxClient) answer() (string, error) {
	defer c.killLater().Stop()
	var said strings.Builder
	which := ""
	for {
		line, err := c.out.ReadString('\n')
		if err != nil {
			return said.String(), err
		}
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case which == "":
			if word == "%begin" {
				which = rest
			}
		case rest == which && word == "%end":
			return said.String(), nil
		case rest == which && word == "%error":
			return "", fmt.Errorf("%s", strings.TrimSpace(said.String()))
		default:
			said.WriteString(line)
		}
	}
}

// killLater ends a client that hangs.
func (c *tmuxClient) killLater() *time.Timer {
	return time.AfterFunc(proctest.Patience, func() { c.cmd.Process.Kill() })
}
