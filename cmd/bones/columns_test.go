package main

import (
	"go/ast"
	"go/token"
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
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		content, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		raw := map[int]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && lit.Value[0] == '`' {
				for line := set.Position(lit.Pos()).Line; line <= set.Position(lit.End()).Line; line++ {
					raw[line] = true
				}
			}
			return true
		})
		for i, line := range strings.Split(string(content), "\n") {
			seen++
			if n := utf8.RuneCountInString(line); n >= columns && !raw[i+1] {
				t.Errorf("%s:%d has %d columns", name, i+1, n)
			}
		}
	})
	if seen < 50_000 {
		t.Errorf("only %d lines were seen: this test looks in the wrong place", seen)
	}
}
