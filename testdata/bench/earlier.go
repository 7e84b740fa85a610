package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// earlier is the commit that some commands are compared with: the last one that read each file of /proc of each
// process whenever it was asked about any of them.
const earlier = "5968a42"

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
		name string
		args []string
	}{{"containers", []string{"containers"}}, {"which --all", []string{"which", "--all"}},
		{"explain", []string{"explain", "1"}}} {
		now := &command{name: "bones " + c.name, argv: append([]string{o.Bones}, c.args...)}
		then := &command{name: "bones " + c.name + ", " + earlier, argv: append([]string{o.Earlier}, c.args...)}
		if then.skip = o.NoEarlier; then.skip == "" {
			race([]*command{now, then}, o.Rounds)
		}
		goals = append(goals, ratio("CPU of bones "+c.name+" / before", 0.1, now.CPU().Seconds(), then.CPU().Seconds(),
			now.skip, then.skip))
	}
	return goals
}
