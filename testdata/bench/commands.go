package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bones/testdata/hostile/mini"
)

// command is one that is measured. Its medians stand when skip is empty.
type command struct {
	name string
	argv []string
	rows int    // how many lines it prints at least: fewer are a help text
	skip string // why it cannot be measured

	cpu, user, wall []time.Duration
	rss             []int64
}

func (c *command) CPU() time.Duration  { return median(c.cpu) }
func (c *command) User() time.Duration { return median(c.user) }
func (c *command) Wall() time.Duration { return median(c.wall) }
func (c *command) RSS() int64          { return median(c.rss) }

func median[T ~int64](v []T) T {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// race runs the commands in turns: every round runs each of them once. The first round does not count.
func race(commands []*command, rounds int) {
	for _, c := range commands {
		if _, err := exec.LookPath(c.argv[0]); err != nil {
			c.skip = c.argv[0] + " is not installed"
			continue
		}
		var out bytes.Buffer
		if _, _, err := once(c.argv, &out); err != nil {
			c.skip = err.Error()
		} else if bytes.Count(out.Bytes(), []byte{'\n'}) < c.rows {
			c.skip = "there is no such command yet"
		}
	}
	for range rounds {
		for _, c := range commands {
			if c.skip != "" {
				continue
			}
			usage, wall, err := once(c.argv, nil)
			if err != nil {
				c.skip = err.Error()
				continue
			}
			c.cpu, c.user = append(c.cpu, usage.CPU), append(c.user, usage.User)
			c.wall, c.rss = append(c.wall, wall), append(c.rss, usage.MaxRSS)
		}
	}
}

// once runs a command; its output is thrown away if out is nil.
func once(argv []string, out io.Writer) (mini.Usage, time.Duration, error) {
	var none mini.Usage
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return none, 0, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return none, 0, err
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(binDir, "run"), append([]string{path}, argv[1:]...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC", "TERM=xterm-256color", "HOME=/",
		"DOCKER_HOST=" + os.Getenv("DOCKER_HOST")} // the engine that startDocker starts, if it has
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stdout, cmd.Stderr = out, &stderr
	began := time.Now()
	err = cmd.Run()
	wall := time.Since(began)
	w.Close()
	if ctx.Err() != nil {
		return none, 0, errors.New("not done after 30 s")
	}
	if err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return none, 0, fmt.Errorf("%w: %s", err, first)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return none, 0, err
	}
	usage, err := mini.ParseUsage(b)
	return usage, wall, err
}
