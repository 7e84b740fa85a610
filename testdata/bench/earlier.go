package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"bones/testdata/bench/table"
)

const earlier = table.Earlier

// buildEarlier builds bones as it was then, from the repository's own history, and returns why if that is not possible.
func buildEarlier(dir string) (file, skip string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	source := filepath.Join(dir, "earlier")
	if err := os.Mkdir(source, 0o700); err != nil {
		return "", err.Error()
	}
	file = source + ".bones"
	script := `git archive "$1" | tar -x -C "$2" && cd "$2" && go build -trimpath -ldflags "-s -w" -o "$3" ./cmd/bones`
	c := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", script, "bash", earlier, source, file)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return "", fmt.Sprintf("bones as of commit %s could not be built: %v: %s", earlier, err, first)
	}
	return file, ""
}

// earlierCost measures the commands that do not need the whole table beside what they cost when they read it.
func earlierCost(o options) []goal {
	var goals []goal
	for _, c := range []struct {
		what string
		args []string
	}{{"CPU of bones containers / before", []string{"containers"}},
		{"CPU of bones which --all / before", []string{"which", "--all"}},
		{"CPU of bones explain / before", []string{"explain", "1"}}} {
		now := &command{name: c.what, argv: append([]string{o.Bones}, c.args...)}
		then := &command{name: c.what, argv: append([]string{o.Earlier}, c.args...)}
		if then.skip = o.NoEarlier; then.skip == "" {
			race([]*command{now, then}, o.Rounds)
		}
		goals = append(goals, ratio(c.what, 0.1, now.CPU().Seconds(), then.CPU().Seconds(),
			now.skip, then.skip))
	}
	return goals
}
