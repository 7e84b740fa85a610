package inventory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/container"
)

// TestNotRunning: a word that names a container that does not run is told what became of it, by every way to name it;
// one that names none is told that there is none.
func TestNotRunning(t *testing.T) {
	root := t.TempDir()
	record := func(digit, name string) {
		id := strings.Repeat(digit, 64)
		dir := filepath.Join(root, "var/lib/docker/containers", id)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		config := `{"ID":"` + id + `","Name":"/` + name + `","State":{"ExitCode":137,"StartedAt":"2026-01-02T03:04:05Z",` +
			`"FinishedAt":"2026-01-02T04:04:05Z"}}`
		if err := os.WriteFile(filepath.Join(dir, "config.v2.json"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record("a", `we\u001bb`)
	record("b", "db")
	record("c", "db")
	x := &Inventory{store: container.Open(container.Config{Root: root})}
	for word, want := range map[string]string{
		"we\x1bb": `we\x1bb (aaaaaaaaaaaa) does not run: Exited (137) `, "id:aaaa": "does not run: Exited (137)",
		"aaaaaaaaaaaa": "does not run: Exited (137)", "name:db": "2 containers have this name",
		"nosuch": "no running container", "id:dddd": "no running container", "name:aaaaaaaaaaaa": "no running container",
	} {
		_, _, err := x.Find(nil, word)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", word, err)
		}
	}
	if err := (&Inventory{}).NotRunning("db"); err != nil {
		t.Errorf("without records: %v", err)
	}
}
