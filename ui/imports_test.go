package ui

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNoSystemCalls holds ui, the views, ui/kit and ui/rows to their rule: what they need of the system comes in
// through Options.
func TestNoSystemCalls(t *testing.T) {
	calls := []string{"os/exec", "os/user", "os/signal", "syscall", "net", "unsafe"}
	// rows names errors and numbers of these, to put them into words.
	names := []string{"os", "golang.org/x/sys/unix"}
	rooms := map[string][]string{"rows": calls}
	for _, room := range []string{".", "kit", "processes", "containers", "namespaces", "cgroups", "files"} {
		rooms[room] = append(names, calls...)
	}
	for dir, banned := range rooms {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if path := strings.Trim(i.Path.Value, `"`); slices.Contains(banned, path) {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}
