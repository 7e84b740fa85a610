package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bones/cmd/bones/internal/record/recordtest"
	"bones/procwalk/proctest"
	"bones/procwalk/psfmt"
)

// pastCommands are ways to show what a recording holds.
var pastCommands = [][]string{
	{"ps"}, {"ps", "--aux"}, {"ps", "-L"}, {"ps", "--json"}, {"ps", "-o", everyColumn()},
	{"top", "1"}, {"top", "cache"}, {"stats", "cache", "--once"}, {"which", "--all"},
	{"which", "1", "--json"}, {"pid", "1"}, {"containers"}, {"containers", "--json"},
	{"containers", "--group", "project"}, {"stats", "--once"}, {"stats", "--json", "--once"}, {"ns"}, {"ns", "--tree"},
	{"ns", "--json"}, {"ns", "1"}, {"health"}, {"health", "--json"}, {"events"}, {"events", "--json"},
	{"explain", "1"}, {"explain", "cache", "--json"}, {"cgroup", "cache"}, {"cgroup", "1", "--json"},
	{"diff", "1", "cache"}, {"diff", "1", "2", "--json"}, {"containers", "--services"}, {"containers", "-a"},
	{"stats", "--begin", "-1h", "--csv"}, {"stats", "--begin", "00:00", "--end", "-1s", "--every", "1s"},
}

// showsNothingDeceptive runs a command over a recording, and fails where it prints what acts on a terminal.
func showsNothingDeceptive(t *testing.T, path, what string, args []string) {
	t.Helper()
	a, out, errOut := testApp(t)
	a.run(context.Background(), append(slices.Clone(args), "--from", path))
	*a = app{} // cobra keeps the commands of all runs of a process, and they what they have read: 20 GB once
	for _, said := range []*bytes.Buffer{out, errOut} {
		if err := unsafeText(said.Bytes()); err != nil {
			t.Fatalf("%s, %q: it prints %v", what, args, err)
		}
	}
}

// TestHostileRecording: whatever values stand in a recording that somebody sent, every command that shows it
// prints something or says why not, and nothing that acts on a terminal. Each command is given two recordings,
// some of them of this host; with a soak it is given all of them.
func TestHostileRecording(t *testing.T) {
	dir := proctest.TempDir(t)
	here, world, path := filepath.Join(dir, "here"), filepath.Join(dir, "world"), filepath.Join(dir, "hostile")
	writePast(t, here, "/proc", 2)
	recordtest.World(t, world)
	for seed := range uint64(proctest.Soak(8, 500)) {
		genuine := world
		if seed%4 == 0 {
			genuine = here
		}
		recordtest.Write(t, path, recordtest.Hostile(t, genuine, seed+1_000_000), recordtest.Hostile(t, genuine, seed))
		for i, args := range pastCommands {
			if proctest.Soak(0, 1) == 0 && (int(seed)+i)%4 != 0 {
				continue
			}
			showsNothingDeceptive(t, path, fmt.Sprintf("seed %d", seed), args)
		}
	}
}

// everyColumn is what ps -o takes for all that it can print.
func everyColumn() string {
	var names []string
	for _, c := range psfmt.Columns() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ",")
}
