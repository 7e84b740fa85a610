package main

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// columns is how long a line of code or a comment may be, a tab being one of them: it is shorter than this.
const columns = 120

// TestLinesAreReadable looks at every line but those within a raw string, which are what they are: tables, scripts,
// and what engines and kernels write.
func TestLinesAreReadable(t *testing.T) {
	seen := 0
	for _, f := range sources(t) {
		raw := map[int]bool{}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && lit.Value[0] == '`' {
				for line := f.set.Position(lit.Pos()).Line; line <= f.set.Position(lit.End()).Line; line++ {
					raw[line] = true
				}
			}
			return true
		})
		for i, line := range strings.Split(string(f.content), "\n") {
			seen++
			if n := utf8.RuneCountInString(line); n >= columns && !raw[i+1] {
				t.Errorf("%s:%d has %d columns", f.name, i+1, n)
			}
		}
	}
	if seen < 50_000 {
		t.Errorf("only %d lines were seen: this test looks in the wrong place", seen)
	}
}

// TestLinesOfScriptsAreReadable looks at shell scripts and the Makefile.
func TestLinesOfScriptsAreReadable(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "dist"):
			return fs.SkipDir
		case filepath.Ext(path) != ".sh" && d.Name() != "Makefile" && filepath.Base(filepath.Dir(path)) != ".ci":
			return nil
		}
		content, err := os.ReadFile(path)
		for i, line := range strings.Split(string(content), "\n") {
			seen++
			if n := utf8.RuneCountInString(line); n >= columns {
				t.Errorf("%s:%d has %d columns", path, i+1, n)
			}
		}
		return err
	})
	if err != nil || seen < 1_000 {
		t.Errorf("%d lines were seen, %v: this test looks in the wrong place", seen, err)
	}
}
