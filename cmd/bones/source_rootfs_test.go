package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestContainerPathsAreRootfs: a path of a container is text to everybody but rootfs. Outside of it nothing puts one
// together for os, and in rootfs nothing is opened by a joined path.
func TestContainerPathsAreRootfs(t *testing.T) {
	local := map[string]bool{ // calls that are about files of ours, by file and function
		"local.go NewEditCopy filepath.Join": true,
		"local.go NewPlace os.OpenFile":      true, // the directory of ours that a copy goes into
		"byhand.go rootOwner os.ReadFile":    true, // uid_map, of /proc itself
		"usage.go Usage path.Join":           true, // what is said of the way there
		"usage.go directory path.Join":       true, // openat2 opens it, beneath the top and through no link
	}
	watched := map[string]bool{"os.Open": true, "os.OpenFile": true, "os.ReadFile": true, "os.WriteFile": true,
		"os.Create": true, "filepath.Join": true, "path.Join": true,
		"os.ReadDir": true, "os.Readlink": true, "os.Lstat": true}
	files, err := filepath.Glob("files*.go")
	if err != nil {
		t.Fatal(err)
	}
	copying, err := filepath.Glob("internal/copying/*.go")
	if err != nil || len(copying) == 0 {
		t.Fatalf("no files that copy: %v", err)
	}
	files = append(append(files, copying...), "internal/tui/files.go")
	core, err := filepath.Glob("../../procwalk/rootfs/*.go")
	if err == nil {
		var trees []string
		trees, err = filepath.Glob("../../procwalk/rootfs/filetree/*.go")
		core = append(core, trees...)
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range append(files, core...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				x, ok := sel.X.(*ast.Ident)
				if !ok || !watched[x.Name+"."+sel.Sel.Name] {
					return true
				}
				if call := filepath.Base(name) + " " + f.Name.Name + " " + x.Name + "." + sel.Sel.Name; !local[call] {
					t.Errorf("%s: on a path of a container? rootfs resolves those", call)
				}
				return true
			})
		}
	}
	if seen < 8 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// TestNobodyOpensBelowARoot: in the whole project nothing is opened by a path that leads through the root of a
// process.
func TestNobodyOpensBelowARoot(t *testing.T) {
	calls := 0
	eachCall(t, func(_ string, at token.Position, sel *ast.SelectorExpr, call *ast.CallExpr) {
		if x, ok := sel.X.(*ast.Ident); !ok || x.Name != "os" && x.Name != "filepath" && x.Name != "unix" {
			return
		}
		calls++
		for _, arg := range call.Args {
			ast.Inspect(arg, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && (strings.Contains(l.Value, "/root/") ||
					strings.HasSuffix(l.Value, "/root\"")) {
					t.Errorf("%s: %s of a path below a root: rootfs resolves those", at, sel.Sel.Name)
				}
				return true
			})
		}
	})
	if calls < 300 {
		t.Errorf("only %d calls were looked at", calls)
	}
}
