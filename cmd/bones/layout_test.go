package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// leaves are packages that every other may use.
var leaves = []string{"bones/procwalk/text", "bones/procwalk/effect"}

// mayUse says, for each part of the project, which other parts it may import: the direction of the design.
var mayUse = map[string][]string{
	"procwalk":             {},
	"cgroupview":           {},
	"nsview":               {"procwalk", "cgroupview"},
	"cgroupview/inventory": {"procwalk", "nsview", "cgroupview"},
	"ui/rows":              {"procwalk", "nsview", "cgroupview", "cgroupview/inventory"},
	"ui":                   {"procwalk", "nsview", "cgroupview", "cgroupview/inventory", "ui/rows"},
	"cmd":                  {"procwalk", "nsview", "cgroupview", "cgroupview/inventory", "ui/rows", "ui"},
}

// part returns the part of the project that a package belongs to.
func part(pkg string) string {
	pkg = strings.TrimPrefix(pkg, "bones/")
	for _, room := range []string{"ui/rows", "cgroupview/inventory"} {
		if pkg == room || strings.HasPrefix(pkg, room+"/") {
			return room
		}
	}
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

// imports returns what each package of the project imports, tests left out.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	c := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "bones/...")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		all[words[0]] = words[1:]
	}
	if len(all) < 5 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func TestImportDirection(t *testing.T) {
	for pkg, uses := range imports(t) {
		from := part(pkg)
		allowed, known := mayUse[from]
		if !known {
			t.Errorf("%s is in no part of the layout", pkg)
		}
		for _, use := range uses {
			if !strings.HasPrefix(use, "bones/") || slices.Contains(leaves, use) {
				continue
			}
			if to := part(use); to != from && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: %s must not use %s", pkg, use, from, to)
			}
		}
	}
}

func TestLeavesUseNoSibling(t *testing.T) {
	all := imports(t)
	for _, leaf := range leaves {
		for _, use := range all[leaf] {
			if strings.HasPrefix(use, "bones/") && !slices.Contains(leaves, use) {
				t.Errorf("%s imports %s", leaf, use)
			}
		}
	}
}

func TestUIDoesNoSystemCall(t *testing.T) {
	for pkg, uses := range imports(t) {
		if p := part(pkg); p != "ui" && p != "ui/rows" {
			continue
		}
		for _, use := range uses {
			switch use {
			case "os", "os/exec", "os/signal", "os/user", "syscall", "net", "golang.org/x/sys/unix":
				t.Errorf("%s imports %s", pkg, use)
			}
		}
	}
}

// TestOnePlaceCarriesEffectsOut looks for calls of Apply and os.Exit in the source.
func TestOnePlaceCarriesEffectsOut(t *testing.T) {
	calls := 0
	eachCall(t, func(name string, _ token.Position, sel *ast.SelectorExpr, _ *ast.CallExpr) {
		switch {
		case sel.Sel.Name == "Apply":
			calls++
			if name != "cmd/bones/internal/host/host.go" {
				t.Errorf("%s calls Apply: effects are carried out in cmd/bones/internal/host/host.go", name)
			}
		case sel.Sel.Name == "Exit" && !strings.HasPrefix(name, "cmd/") && !strings.HasPrefix(name, "procwalk/leaktest/"):
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" {
				t.Errorf("%s exits the process", name)
			}
		}
	})
	if calls == 0 {
		t.Error("no call of Apply found: this test looks for the wrong thing")
	}
}

// eachCall gives do every call X.NAME(...) of the project's source, tests and testdata left out, with the name of the file.
func eachCall(t *testing.T, do func(name string, at token.Position, sel *ast.SelectorExpr, call *ast.CallExpr)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					do(name, set.Position(call.Pos()), sel, call)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
