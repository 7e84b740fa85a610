package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// eachFile goes through the files of the UI, those of tests left out.
func eachFile(t *testing.T, do func(name string, set *token.FileSet, f *ast.File)) {
	t.Helper()
	p, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		do(name, p.set, p.files[name])
	}
}

// parsedFiles are the files of the UI without its tests, by their names.
type parsedFiles struct {
	set   *token.FileSet
	files map[string]*ast.File
}

// parsed parses them once for all tests.
var parsed = sync.OnceValues(func() (p parsedFiles, err error) {
	p = parsedFiles{token.NewFileSet(), map[string]*ast.File{}}
	return p, filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		p.files[name], err = parser.ParseFile(p.set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		return err
	})
})

// TestOneLoader: that a read is under way is known by kit.Loader alone. Who keeps a flag for it writes the Loader
// again.
func TestOneLoader(t *testing.T) {
	flags := []string{"busy", "again", "pending", "reading", "looking", "loading"}
	loaders := 0
	eachFile(t, func(name string, set *token.FileSet, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "NewLoader" {
					loaders++
				}
			}
			field, ok := n.(*ast.Field)
			if !ok || name == filepath.Join("kit", "loader.go") {
				return true
			}
			if kind, ok := field.Type.(*ast.Ident); ok && kind.Name == "bool" {
				for _, id := range field.Names {
					if slices.Contains(flags, id.Name) {
						t.Errorf("%s: the flag %s: kit.Loader knows whether a read is under way", set.Position(id.Pos()), id.Name)
					}
				}
			}
			return true
		})
	})
	if loaders < 11 {
		t.Errorf("%d loaders are made: this test looks for the wrong thing", loaders)
	}
}

// TestFilesAndFunctionsAreShort: one idea in a file, and no function that is longer than a screen or two.
func TestFilesAndFunctionsAreShort(t *testing.T) {
	const file, function = 400, 80
	eachFile(t, func(name string, set *token.FileSet, f *ast.File) {
		if n := set.Position(f.End()).Line; n > file {
			t.Errorf("%s has %d lines, more than %d", name, n, file)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1; n > function {
					t.Errorf("%s: %s has %d lines, more than %d", name, fn.Name.Name, n, function)
				}
			}
		}
	})
}

// TestKitIsDocumented: what the views are made of says what it means.
func TestKitIsDocumented(t *testing.T) {
	eachFile(t, func(name string, set *token.FileSet, f *ast.File) {
		if filepath.Dir(name) != "kit" {
			return
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil {
					t.Errorf("%s: %s has no comment", set.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
						t.Errorf("%s: %s has no comment", set.Position(s.Pos()), s.Name.Name)
					}
				}
			}
		}
	})
}
