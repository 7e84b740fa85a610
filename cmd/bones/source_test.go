package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"weak"
)

// sourceFile is a Go file of the project, with its comments.
type sourceFile struct {
	name    string // from the top of the project
	content []byte
	set     *token.FileSet
	syntax  *ast.File
}

// lastParsed is the project's source as the last test that looked through it has parsed it, for the next one: that
// takes the longest of all that such a test does. It is some hundred MB in memory, so the tests do not hold on to it:
// the garbage collector takes it away once they do something else. These tests stand in files source_*_test.go, so
// that they come one after the other.
var lastParsed struct {
	sync.Mutex
	files weak.Pointer[[]sourceFile]
}

// sources returns every Go file of the project.
func sources(t *testing.T) []sourceFile {
	t.Helper()
	lastParsed.Lock()
	defer lastParsed.Unlock()
	if files := lastParsed.files.Value(); files != nil {
		return *files
	}
	root, set := filepath.Join("..", ".."), token.NewFileSet()
	files := &[]sourceFile{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(set, path, content, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		*files = append(*files, sourceFile{name, content, set, syntax})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lastParsed.files = weak.Make(files)
	return *files
}

// eachFile gives do every Go file of the project, with its name from the top of the project.
func eachFile(t *testing.T, do func(name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	for _, f := range sources(t) {
		do(f.name, f.set, f.syntax)
	}
}

// eachSource gives do every file of the project's source, tests and testdata left out, with its name.
func eachSource(t *testing.T, do func(name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		if !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "testdata/") &&
			!strings.Contains(name, "/testdata/") {
			do(name, set, file)
		}
	})
}
