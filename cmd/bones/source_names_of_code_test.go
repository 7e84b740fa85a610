package main

import (
	"go/ast"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestNamesCanBeSearchedFor: these words stand in half of all sentences, so that nobody finds what is called by them
// alone, and they do not say what it is.
func TestNamesCanBeSearchedFor(t *testing.T) {
	vague := map[string]bool{"settle": true, "take": true, "again": true, "place": true, "around": true, "learn": true}
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		declared := func(id *ast.Ident) {
			if id != nil && vague[strings.ToLower(id.Name)] {
				t.Errorf("%s: %s tells a newcomer nothing", set.Position(id.Pos()), id.Name)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				declared(n.Name)
			case *ast.TypeSpec:
				declared(n.Name)
			case *ast.ValueSpec:
				for _, id := range n.Names {
					declared(id)
				}
			case *ast.Field:
				for _, id := range n.Names {
					declared(id)
				}
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
						declared(id)
					}
				}
			}
			return true
		})
	})
}

// TestReadmeNamesThePackages: who looks for where something is finds each package in "How it is built".
func TestReadmeNamesThePackages(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, built, ok := strings.Cut(string(b), "\n## How it is built\n")
	if !ok {
		t.Fatal("README has no part on how it is built")
	}
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(built, func(r rune) bool { return strings.ContainsRune(" \n,.;:()|*`{}", r) }) {
		words[w] = true
	}
	for path := range imports(t) {
		if _, program, _ := strings.Cut(path, "bones/testdata/"); program != "" {
			continue
		}
		named := false
		for name := strings.TrimPrefix(path, "bones/"); name != "" && !named; {
			named = words[name]
			_, name, _ = strings.Cut(name, "/")
		}
		if !named {
			t.Errorf("README does not name the package %s", path)
		}
	}
}
