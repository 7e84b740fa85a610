package crash

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryGoroutineIsGuarded: the program starts goroutines through this package only, so that no fault in one of
// them prints the traces of the runtime.
func TestEveryGoroutineIsGuarded(t *testing.T) {
	const top = "../.."
	seen, parsed := 0, 0
	for _, dir := range []string{"cmd", "ui", "procwalk", "nsview", "cgroupview"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() && helpsTests(path) {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.HasPrefix(filepath.ToSlash(path), top+"/procwalk/crash/") {
				return nil
			}
			seen++
			source, err := os.ReadFile(path)
			if err != nil || !mayStart(source) {
				return err
			}
			parsed++
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, n := range unguarded(f) {
				t.Errorf("%s: started without package crash", files.Position(n.Pos()))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 500 || parsed < 50 {
		t.Errorf("only %d files were looked at, and %d parsed", seen, parsed)
	}
}

// helpsTests reports whether a directory has nothing that is in the program.
func helpsTests(dir string) bool {
	name := filepath.Base(dir)
	return name == "testdata" || strings.HasSuffix(name, "test")
}

// mayStart reports whether a source that gofmt has seen can start a goroutine: most cannot, and need not be parsed.
func mayStart(source []byte) bool {
	return slices.ContainsFunc([]string{"\tgo ", " go ", ".Go(", ".AfterFunc("}, func(word string) bool {
		return bytes.Contains(source, []byte(word))
	})
}

// TestUnguarded: the test above finds each way to start a goroutine.
func TestUnguarded(t *testing.T) {
	for line, want := range map[string]int{
		"go f()": 1, "go func() {}()": 1, "go x.f(1)": 1, "crash.Go(f)": 0,
		"group.Go(f)": 1, "group.Go(func() {})": 1, "x.group.Go(crash.Guarded(f))": 0,
		"time.AfterFunc(1, f)": 1, "defer context.AfterFunc(ctx, func() {})()": 1, "time.AfterFunc(1, crash.Guarded(f))": 0,
		"p.Go(number, rest)": 0, "opt.Go(f)": 1, "f.Go(3)": 0, "u.opt.Go(func() {})": 0,
	} {
		source := []byte("package x\nfunc x() {\n\t" + line + "\n}")
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if want > 0 && !mayStart(source) {
			t.Errorf("%s: it would not be parsed", line)
		}
		if got := len(unguarded(f)); got != want {
			t.Errorf("%s: %d, want %d", line, got, want)
		}
	}
}

// unguarded are the places of a file that start a goroutine whose faults nobody says. A method Go that is given one
// function is that of a group; the terminal UI has others of that name.
func unguarded(f *ast.File) (found []ast.Node) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, n)
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || len(n.Args) == 0 || calls(n, "crash", "Go") {
				break
			}
			last := n.Args[len(n.Args)-1]
			switch {
			case optionGo(s): // which is ours where nothing else was given
			case s.Sel.Name == "AfterFunc", s.Sel.Name == "Go" && len(n.Args) == 1 && mayBeFunction(last):
				if c, ok := last.(*ast.CallExpr); !ok || !calls(c, "crash", "Guarded") {
					found = append(found, n)
				}
			}
		}
		return true
	})
	return found
}

func calls(c *ast.CallExpr, pkg, name string) bool {
	s, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// optionGo reports whether a method is that of the terminal UI's options.
func optionGo(s *ast.SelectorExpr) bool {
	x, ok := s.X.(*ast.SelectorExpr)
	return ok && x.Sel.Name == "opt"
}

func mayBeFunction(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncLit, *ast.CallExpr, *ast.SelectorExpr:
		return true
	case *ast.Ident:
		return e.Name == "f"
	}
	return false
}
