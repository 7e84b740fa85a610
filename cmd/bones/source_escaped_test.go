package main

import (
	"context"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/text"
)

// TestNothingIsEscapedTwice: what somebody mistyped or chose is shown with each character that is not safe escaped
// once, whichever command says it.
func TestNothingIsEscapedTwice(t *testing.T) {
	const odd = "a\x1bb"
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // without root, bones keeps there which demos there are
	for _, args := range [][]string{
		{odd}, {"ps", "--sort", odd}, {"ps", "-o", odd}, {"net", "--sort", odd}, {"ports", "--sort", odd},
		{"containers", "--sort", odd}, {"health", "--over", odd}, {"enter", "self", "-n", odd}, {"kill", "self", "-s", odd},
		{"pid", odd}, {"schema", odd}, {"ns", "--type", odd}, {"help", odd}, {"deploy", odd}, {"completion", odd},
		{"stats", "--group", odd}, {"tune", "self", odd + "=3"}, {"demo", "--stop", "--name", odd}, {"logs", odd},
		{"ps", "--source", odd}, {"unshare", "--memory", odd}, {"events", "--kind", odd}, {"undo", odd}, {"ps", "--" + odd},
		{"ps", "--from", "/nosuch/" + odd}, {"diff", odd, "self"}, {"storage", odd}, {"set", "self", odd},
	} {
		a, _, errOut := testApp(t)
		if a.run(context.Background(), args) == 0 {
			t.Errorf("%q: status 0", args)
		}
		said := errOut.String()
		if !strings.Contains(said, `a\x1bb`) || strings.Contains(said, `\\x1b`) || strings.ContainsAny(said, "\x1b") {
			t.Errorf("%q: %s", args, said)
		}
	}
}

// TestSafeTextIsQuotedOnce: %q escapes again what text.Sanitise has escaped. text.New is for it, whose %q does not.
func TestSafeTextIsQuotedOnce(t *testing.T) {
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for i, arg := range call.Args {
				for _, k := range quotedBy(formatOf(arg)) {
					if i+k < len(call.Args) && isSafe(call.Args[i+k]) {
						t.Errorf("%s: %%q of what is escaped already; give it text.New", set.Position(call.Args[i+k].Pos()))
					}
				}
			}
			return true
		})
	})
}

// TestErrorsAreOneLine: the words of an error that others were joined into have line breaks, which text.Line escapes:
// fault.Line puts semicolons there.
func TestErrorsAreOneLine(t *testing.T) {
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && len(call.Args) == 1 && isSafe(call) && isWords(call.Args[0]) {
				t.Errorf("%s: fault.Line makes one line of an error", set.Position(call.Pos()))
			}
			return true
		})
	})
}

// isWords reports whether an expression is the words of an error: x.Error().
func isWords(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	return ok && f.Sel.Name == "Error"
}

// formatVerb is one of fmt's.
var formatVerb = text.Pattern(`%[-+# 0]*(\*|[0-9]+)?(\.[0-9]*)?([a-zA-Z%])`)

// quotedBy says which arguments behind a format, from 1 on, it has %q for.
func quotedBy(format string) (list []int) {
	k := 0
	for _, m := range formatVerb().FindAllStringSubmatch(format, -1) {
		if m[3] == "%" {
			continue
		}
		if k++; m[1] == "*" {
			k++
		}
		if m[3] == "q" {
			list = append(list, k)
		}
	}
	return list
}

// formatOf is a string that stands in the source, also where it is put together of several.
func formatOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			s, _ := strconv.Unquote(x.Value)
			return s
		}
	case *ast.BinaryExpr:
		return formatOf(x.X) + formatOf(x.Y)
	}
	return ""
}

// isSafe reports whether an expression is text.Sanitise, text.Line or fault.Line of something.
func isSafe(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && (of.Name == "text" && f.Sel.Name == "Sanitise" || slices.Contains([]string{"text", "fault"}, of.Name) &&
		f.Sel.Name == "Line")
}
