package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
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
	root := filepath.Join("..", "..")
	perPackage := map[string]int{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, file)
		lines := strings.Count(string(content), "\n")
		if lines > fileLines {
			t.Errorf("%s has %d lines; one idea a file, at most %d", name, lines, fileLines)
		}
		perPackage[filepath.Dir(name)] += lines
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, content, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			length := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1
			if length > funcLines && !strings.Contains(f.Doc.Text(), longReason) {
				t.Errorf("%s: %s has %d lines, more than %d, and its comment gives no reason (a line that begins with %q)",
					name, f.Name.Name, length, funcLines, longReason)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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
				"a row in layout_test.go", pkg, lines, limit)
		}
	}
	if len(perPackage) < 20 {
		t.Errorf("only %d packages found: this test looks in the wrong place", len(perPackage))
	}
}
