package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestTestsSignalWhatTheyMade: tests signal by proctest.Signal, which refuses 0 and -1, or by the Process that they
// started. kill(2) with signal 0, which only asks, is let through.
func TestTestsSignalWhatTheyMade(t *testing.T) {
	seen := 0
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		if !strings.HasSuffix(name, "_test.go") && filepath.Dir(name) != "procwalk/proctest" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || f.Sel.Name != "Kill" && f.Sel.Name != "Tgkill" && f.Sel.Name != "PidfdSendSignal" {
				return true
			}
			if of, ok := f.X.(*ast.Ident); !ok || of.Name != "unix" && of.Name != "syscall" {
				return true
			}
			seen++
			zero, ok := call.Args[len(call.Args)-1].(*ast.BasicLit)
			if ok && zero.Value == "0" || name == "procwalk/proctest/signal.go" {
				return true
			}
			t.Errorf("%s: use proctest.Signal, which refuses what is not a process that a test made", set.Position(call.Pos()))
			return true
		})
	})
	if seen == 0 {
		t.Error("no call was seen: this test looks for the wrong thing")
	}
}
