package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestEveryFlagIsExercised looks through the sources of the tests for a call that runs each command, and one that runs
// it with each of its flags. What counts is the words of one command line: the strings of one call, of one list, or
// one string that holds a whole line. What a test says when it fails does not count, nor does completing.
func TestEveryFlagIsExercised(t *testing.T) {
	lines := commandLines(t)
	for _, c := range visibleCommands() {
		path := strings.Fields(c.CommandPath())[1:]
		if !slices.ContainsFunc(lines, func(words []string) bool { return after(words, path) >= 0 }) {
			t.Errorf("%s: no test runs it", c.CommandPath())
			continue
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Name == "dry-run" { // TestByHand gives that to each command that changes something
				return
			}
			if !slices.ContainsFunc(lines, func(words []string) bool {
				at := after(words, path)
				return at >= 0 && (isGiven(words[at:], f) || !c.HasParent() && isGiven(words, f))
			}) {
				t.Errorf("%s --%s: no test gives it", c.CommandPath(), f.Name)
			}
		})
	}
}

// after returns where a command line goes on behind the words of a command, -1 if it is not that command's.
func after(words, path []string) int {
	for i := 0; i+len(path) <= len(words); i++ {
		if slices.Equal(words[i:i+len(path)], path) {
			return i + len(path)
		}
	}
	return -1
}

// isGiven reports whether a flag is among the words of a line, up to "--".
func isGiven(words []string, f *pflag.Flag) bool {
	for _, w := range words {
		name, _, _ := strings.Cut(w, "=")
		switch {
		case w == "--":
			return false
		case name == "--"+f.Name:
			return true
		case f.Shorthand != "" && len(w) > 1 && w[0] == '-' && w[1] != '-' && strings.Contains(name, f.Shorthand):
			return true
		}
	}
	return false
}

// helpers are the functions of tests that put the words of a command before what they are given.
var helpers = map[string]string{"line": "unshare", "running": "unshare", "runEnter": "enter", "enterLine": "enter",
	"psRun": "ps", "psComparison": "ps", "runPS": "ps", "nsOutput": "ns",
	"start": "", "startReady": "", "startDemo": "demo", "whichCommand": "which", "pidCommand": "pid", "psCommand": "ps",
	"nsCommand": "ns", "topCommand": "top",
	"containersCommand": "containers"}

// commandLines are the words of every command line in the sources of the tests.
func commandLines(t *testing.T) (lines [][]string) {
	t.Helper()
	for _, f := range sources(t) {
		room, file := filepath.Split(f.name)
		inMain, inRoom := room == "cmd/bones/", strings.HasPrefix(room, "cmd/bones/internal/") &&
			strings.Count(room, "/") == 4 && room != "cmd/bones/internal/complete/"
		if !strings.HasSuffix(file, "_test.go") || !inMain && !inRoom || inMain && (strings.HasPrefix(file, "complete_") ||
			file == "source_exercised_test.go") {
			continue
		}
		for _, d := range f.syntax.Decls {
			lines = append(lines, linesOf(d)...)
		}
	}
	scripts, err := filepath.Glob("../../testdata/kernels/*.sh")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts for other kernels: %v", err)
	}
	for _, file := range scripts {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			for part := range strings.SplitSeq(line, "bones ") {
				lines = append(lines, strings.Fields(strings.Trim(part, "$()\"'\n")))
			}
		}
	}
	return lines
}

// linesOf finds the command lines of one declaration.
func linesOf(d ast.Decl) (lines [][]string) {
	var of string // the helper that this function hands its words to
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if c := helpers[n.Sel.Name]; c != "" {
				of = c
			}
		case *ast.Ident:
			if c := helpers[n.Name]; c != "" {
				of = c
			}
		}
		return true
	})
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			name := callee(n)
			if slices.Contains([]string{"Error", "Errorf", "Fatal", "Fatalf", "Log", "Logf", "Skip", "Skipf", "Sprintf",
				"Contains", "HasPrefix", "HasSuffix", "skipMissing", "contains", "until"}, name) {
				return false
			}
			words := wordsOf(n.Args)
			if c, ok := helpers[name]; ok {
				words = append(strings.Fields(c), words...)
			}
			lines = append(lines, words)
		case *ast.CompositeLit:
			lines = append(lines, wordsOf(n.Elts))
		case *ast.BasicLit, *ast.BinaryExpr:
			words := wordsOf([]ast.Expr{n.(ast.Expr)})
			lines = append(lines, words)
			if of != "" && len(words) > 0 && strings.HasPrefix(words[0], "-") {
				lines = append(lines, append([]string{of}, words...))
			}
		}
		return true
	})
	return lines
}

func callee(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// wordsOf are the words that stand in a list of arguments itself: strings, strings put together, and lists of strings
// that are handed over or appended.
func wordsOf(list []ast.Expr) (words []string) {
	for _, e := range list {
		switch e := e.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
				words = append(words, strings.Fields(s)...)
			}
		case *ast.BinaryExpr:
			words = append(words, wordsOf([]ast.Expr{e.X, e.Y})...)
		case *ast.CompositeLit:
			if a, ok := e.Type.(*ast.ArrayType); ok {
				if elem, ok := a.Elt.(*ast.Ident); ok && elem.Name == "string" {
					words = append(words, wordsOf(e.Elts)...)
				}
			}
		case *ast.CallExpr:
			if name := callee(e); name == "append" || name == "Itoa" || name == "Join" {
				words = append(words, wordsOf(e.Args)...)
			}
		}
	}
	return words
}

// TestExercisedIsNotFooled: what the search takes for a command line, and what not.
func TestExercisedIsNotFooled(t *testing.T) {
	source := `package x
func f() {
	m.ask(t, "kill", pid, "--all")
	run([]string{"set", "x"}, "--yes")
	t.Errorf("kill --signal")
	table := []row{{[]string{"freeze", "x"}}, {[]string{"thaw", "--dry-run"}}}
	// undo --redo
	m.ask(t, "unshare", "--fork", "--", "enter", "--as")
	shell(t, m.bones+" demo --name "+name+" --stop")
}`
	f, err := parser.ParseFile(token.NewFileSet(), "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := linesOf(f.Decls[0])
	for _, c := range []struct {
		command, flag string
		want          bool
	}{
		{"kill", "all", true}, {"set", "yes", true}, {"kill", "signal", false}, {"freeze", "dry-run", false},
		{"thaw", "dry-run", true},
		{"undo", "redo", false}, {"unshare", "fork", true}, {"unshare", "as", false}, {"demo", "name", true},
		{"demo", "stop", true},
	} {
		flag := &pflag.Flag{Name: c.flag}
		got := slices.ContainsFunc(lines, func(words []string) bool {
			at := after(words, []string{c.command})
			return at >= 0 && isGiven(words[at:], flag)
		})
		if got != c.want {
			t.Errorf("%s --%s: found is %v", c.command, c.flag, got)
		}
	}
}
