package main

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// howItIsBuilt is that part of README, and the names that stand in it as `NAME` or **NAME**.
func howItIsBuilt(t *testing.T) (names []string) {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, built, ok := strings.Cut(string(b), "\n## How it is built\n")
	built, _, ends := strings.Cut(built, "\n## ")
	if !ok || !ends {
		t.Fatal("README has no part on how it is built")
	}
	for _, m := range regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*").FindAllStringSubmatch(built, -1) {
		names = append(names, m[1]+m[2])
	}
	if len(names) < 200 {
		t.Fatalf("only %d names were found in it", len(names))
	}
	return names
}

// TestReadmeNamesThePackages: who looks for where something is finds each package in "How it is built".
func TestReadmeNamesThePackages(t *testing.T) {
	names := howItIsBuilt(t)
	for path := range imports(t) {
		if _, program, _ := strings.Cut(path, "bones/testdata/"); program != "" {
			continue
		}
		named := false
		for name := strings.TrimPrefix(path, "bones/"); name != "" && !named; {
			named = slices.Contains(names, name)
			_, name, _ = strings.Cut(name, "/")
		}
		if !named {
			t.Errorf("README does not name the package %s: \"How it is built\" says what each is for", path)
		}
	}
}

// TestReadmeNamesWhatThereIs: each file, folder and exported name of Go that stands in "How it is built" exists.
func TestReadmeNamesWhatThereIs(t *testing.T) {
	paths := map[string]bool{} // and the ends of them
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".git" && d.IsDir() {
			return fs.SkipDir
		}
		for end, more := strings.TrimPrefix(path, "../../"), true; more; _, end, more = strings.Cut(end, "/") {
			paths[end] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	eachFile(t, func(_ string, _ *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				declared[n.Name.Name] = true
			case *ast.TypeSpec:
				declared[n.Name.Name] = true
			case *ast.Field: // and the methods of an interface
				for _, id := range n.Names {
					declared[id.Name] = true
				}
			}
			return true
		})
	})
	file := regexp.MustCompile(`^[a-z0-9_./]+(/[a-z0-9_.]+|\.(go|txt|tsv))$`)
	name := regexp.MustCompile(`^([A-Za-z]+\.[A-Za-z]+|[A-Z][A-Za-z]+)$`)
	for _, n := range howItIsBuilt(t) {
		switch {
		case strings.HasPrefix(n, "/"): // of the kernel's
		case file.MatchString(n):
			if !paths[n] {
				t.Errorf("README names %s, and there is no such file or folder", n)
			}
		case name.MatchString(n):
			if _, last, ok := strings.Cut(n, "."); !declared[n] && (!ok || !declared[last]) {
				t.Errorf("README names %s, and nothing in the code is called so", n)
			}
		}
	}
}
