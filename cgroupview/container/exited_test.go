package container

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStopped: what an engine keeps a record of and does not run is found, with what became of it; what runs is not.
func TestStopped(t *testing.T) {
	root := t.TempDir()
	write := func(id, state string) {
		dir := filepath.Join(root, "var/lib/docker/containers", id)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		config := `{"ID":"` + id + `","Name":"/n` + id[:1] + `","Config":{"Image":"img"},"State":` + state + `}`
		if err := os.WriteFile(filepath.Join(dir, "config.v2.json"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	id := func(digit string) string { return strings.Repeat(digit, 64) }
	write(id("a"), `{"Running":true,"Pid":1,"StartedAt":"2026-01-02T03:04:05Z"}`)
	write(id("b"), `{"ExitCode":137,"OOMKilled":true,"StartedAt":"2026-01-02T03:04:05Z","FinishedAt":"2026-01-02T04:04:05Z"}`)
	write(id("c"), `{"StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"}`)
	write(id("d"), `{"ExitCode":0,"StartedAt":"2026-01-02T03:04:05Z","FinishedAt":"no time"}`)
	write(id("e"), `{"Running":true,"Restarting":true,"Pid":0,"ExitCode":1,"StartedAt":"2026-01-02T03:04:05Z",
		"FinishedAt":"2026-01-02T03:05:05Z"}`) // as Docker writes it between two attempts
	s := Open(Config{Root: root})
	list, more, errs := s.Stopped(func(found string) bool { return found == id("d") }) // which runs again
	if len(errs) > 0 || more || len(list) != 3 {
		t.Fatalf("%d containers, more %v, %v", len(list), more, errs)
	}
	b, e, c := list[0], list[1], list[2]
	if e.Name.Raw() != "ne" || !e.Restarting || e.Exit == nil || *e.Exit != 1 {
		t.Errorf("the one that is about to be started again: %+v", e)
	}
	if b.Name.Raw() != "nb" || b.Exit == nil || *b.Exit != 137 || !b.OOM || b.Ended.Hour() != 4 || b.Created {
		t.Errorf("the one that was killed: %+v", b)
	}
	if c.Name.Raw() != "nc" || c.Exit != nil || !c.Created || !c.Ended.IsZero() {
		t.Errorf("the one that was never started: %+v", c)
	}
}
