package main

import (
	"bytes"
	"go/ast"
	"path/filepath"
	"strings"
	"testing"
)

// What is read in one sitting: a test holds the sizes, so that halls do not grow back.
const (
	fileLines    = 400
	funcLines    = 80
	packageLines = 3500
	mainLines    = 5000
)

// longReason begins the line of a function's comment that says why it is longer than funcLines.
const longReason = "Long: "

// TestNothingIsTooLongToRead looks at every file that is no test.
func TestNothingIsTooLongToRead(t *testing.T) {
	perPackage := map[string]int{}
	for _, f := range sources(t) {
		if strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		lines := bytes.Count(f.content, []byte("\n"))
		if lines > fileLines {
			t.Errorf("%s has %d lines; one idea a file, at most %d", f.name, lines, fileLines)
		}
		perPackage[filepath.Dir(f.name)] += lines
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			length := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
			if length > funcLines && !strings.Contains(fn.Doc.Text(), longReason) {
				t.Errorf("%s: %s has %d lines, more than %d, and its comment gives no reason (a line that begins with %q)",
					f.name, fn.Name.Name, length, funcLines, longReason)
			}
		}
	}
	for pkg, lines := range perPackage {
		limit := packageLines
		switch pkg {
		case "cmd/bones":
			limit = mainLines
		case "ui/kit", "ui/rows":
			continue // what all views share
		}
		if lines > limit {
			t.Errorf("%s has %d lines, more than %d: it holds more than one thing; move a part to a package below it, with "+
				"a row in source_layout_test.go", pkg, lines, limit)
		}
	}
	if len(perPackage) < 20 {
		t.Errorf("only %d packages found: this test looks in the wrong place", len(perPackage))
	}
}
