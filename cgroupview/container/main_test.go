package container

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// host is a root directory with the records of engines, as they write them.
type host struct {
	tb   testing.TB
	root string
}

func newHost(tb testing.TB) *host { return &host{tb, proctest.TempDir(tb)} }

func (h *host) path(name string) string { return filepath.Join(h.root, name) }

func (h *host) write(name, content string) {
	h.tb.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o755); err != nil {
		h.tb.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), []byte(expand(content)), 0o644); err != nil {
		h.tb.Fatal(err)
	}
}

func (h *host) store(c Config) *Store {
	c.Root = h.root
	return Open(c)
}

// processes is an InitStart over a table.
func processes(table map[int]uint64) InitStart {
	return func(pid int) (uint64, bool) { start, ok := table[pid]; return start, ok }
}

func chainOf(tb testing.TB, path string) Chain {
	tb.Helper()
	return FromLines(lines(tb, "0::"+expand(path)))
}

func wantEvidence(t *testing.T, info Info, parts ...string) {
	t.Helper()
	all := strings.Join(info.Evidence, "\n")
	for _, p := range parts {
		if !strings.Contains(all, expand(p)) {
			t.Errorf("no evidence says %q:\n%s", expand(p), all)
		}
	}
	if strings.ContainsAny(all, "\x1b\r\x00") || len(strings.Split(all, "\n")) != len(info.Evidence) {
		t.Errorf("evidence that is not fit for a terminal: %q", all)
	}
}
