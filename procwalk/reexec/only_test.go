package reexec

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestNobodyElseStartsThisBinary: this package alone says how the program is started again, and no wire of the
// project loses zeros.
func TestNobodyElseStartsThisBinary(t *testing.T) {
	const root = "../.."
	allowed := map[string]bool{ // by file and what is said there
		"procwalk/reexec/doc.go /proc/self/exe":       true,
		"procwalk/reexec/only_test.go /proc/self/exe": true, "procwalk/reexec/only_test.go encoding/gob": true,
		"procwalk/rootfs/rootfs_test.go /proc/self/exe":      true, // a link of a hostile directory
		"testdata/attacks/hostfiles/main.go /proc/self/exe":  true, // an attack, in a container
		"testdata/lent/main.go /proc/self/exe":               true, // whether it can be written to, in a container
		"cmd/bones/internal/deploy/systemd.go os.Executable": true, // where it is, for a unit
		// bones as a user starts it, which ends with its input
		"cmd/bones/internal/kubectl/leash.go /proc/self/exe": true,
		// what is copied to another host, and run there in a shell of the test's own
		"cmd/bones/internal/remote/copy.go /proc/self/exe":             true,
		"cmd/bones/internal/remote/copy.go os.Executable":              true,
		"cmd/bones/internal/remote/shell/hold.go /proc/self/exe":       true,
		"cmd/bones/internal/remote/shell/shell_test.go os.Executable":  true,
		"cmd/bones/internal/remote/shell/shell_test.go /proc/self/exe": true,

		"cmd/bones/internal/heap/program_test.go /proc/self/exe": true, // the file that it has in memory

		"nsview/enter/main_test.go os.Executable":    true, // where a copy of it is, for another user
		"nsview/enter/attacks_test.go os.Executable": true, // whether it was written to

		// what runs inside has no terminal of ours
		"nsview/enter/session.go Setsid": true, "nsview/unshare/run.go Setsid": true,
		"procwalk/reexec/cleanup.go Setsid": true, // the one that outlives what starts it
	}
	words := []string{"self/exe", "encoding/gob", "Setsid", "Executable"}
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		seen++
		source, err := os.ReadFile(path)
		has := func(word string) bool { return bytes.Contains(source, []byte(word)) }
		if err != nil || !slices.ContainsFunc(words, has) { // to parse them all takes half a second
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, source, 0)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		said := func(what string, at token.Pos) {
			if !allowed[rel+" "+what] {
				t.Errorf("%s: %s: package reexec starts this binary again and carries what its parts say", files.Position(at),
					what)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && (s == "/proc/self/exe" ||
					s == "encoding/gob") {
					said(s, n.Pos())
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Setsid" && !strings.HasSuffix(rel, "_test.go") &&
					!strings.HasPrefix(rel, "testdata/") {
					said("Setsid", n.Pos())
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "os" && n.Sel.Name == "Executable" {
					said("os.Executable", n.Pos())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 300 {
		t.Errorf("only %d files were looked at", seen)
	}
}
