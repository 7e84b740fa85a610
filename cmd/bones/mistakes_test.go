package main

import (
	"context"
	"testing"
)

// TestMistakesDoNotDependOnTheHost: a word that no host could understand is told, with the status of wrong usage, also
// where there are no control groups, as in a chroot. Otherwise somebody would mount them first, for nothing.
func TestMistakesDoNotDependOnTheHost(t *testing.T) {
	none := t.TempDir()
	for _, args := range [][]string{
		{"cgroup", ""}, {"cgroup", "pid:x"}, {"freeze", ""}, {"thaw", "pid:x"}, {"kill", "--all", ""}, {"health", ""},
		{"set", "self", "x"}, {"set", "", "memory=1G"},
		{"stats", "", "--once"}, {"which", ""}, {"explain", ""}, {"top", ""}, {"diff", "", "self"},
	} {
		a, _, errOut := testApp(t)
		if got := a.run(context.Background(), append([]string{"--cgroup", none}, args...)); got != exitUsage {
			t.Errorf("%q: status %d, want %d: %s", args, got, exitUsage, errOut)
		}
	}
}
