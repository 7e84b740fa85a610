package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// once are mechanisms and facts that stand in one place each: the files that may have them, and how they are told in
// the syntax. Who needs one calls that place.
var once = []struct {
	what string
	home []string
	is   func(ast.Node) bool
}{
	{"openat2, which is called again after EAGAIN", []string{"procwalk/openat2/openat2.go"},
		selects("Openat2", "SYS_OPENAT2")},
	// The child that becomes the program in the namespaces may not allocate after fork.
	{"capget", []string{"procwalk/capability/capability.go", "nsview/enter/child/become.go"},
		selects("Capget", "SYS_CAPGET")},
	{"capset", []string{"procwalk/capability/capability.go", "nsview/enter/child/become.go"},
		selects("Capset", "SYS_CAPSET")},
	{"the name of this boot", []string{"procwalk/procroot/boot.go"}, stringWith("sys/kernel/random/boot_id")},
	{"ticks of a second", []string{"procwalk/host.go"},
		numberNamed(`(?i)^(user_?)?hz$|tick|clk_?tck`, "100", "10_000_000")},
	// proctest makes a /proc for the tests of procwalk, which it cannot import.
	{"the flag of kernel threads", []string{"procwalk/snapshot.go", "procwalk/proctest/proc.go"},
		literals("0x00200000", "0x200000", "2097152")},
	{"what the IPC namespace isolates", []string{"ui/rows/nstypes.go"}, stringWith("System V IPC")},
	{"which commands read their standard input", []string{"cmd/bones/internal/habits/input.go"},
		listOf("files put", "replay", "enter")},
	// It begins to read, and goes on where what it has is too long to be kept.
	{"reading up to a bound", []string{"cmd/bones/files_put.go"}, readsUpTo},
	// unshare has them as constants, by the names of its flags.
	{"the bits of the namespaces", []string{"nsview/open.go", "nsview/unshare/unshare.go"}, tableOfBits},
}

// selects tells pkg.NAME.
func selects(names ...string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		return ok && slices.Contains(names, sel.Sel.Name)
	}
}

// stringWith tells a string that has this in it.
func stringWith(what string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		l, ok := n.(*ast.BasicLit)
		return ok && l.Kind == token.STRING && strings.Contains(literal(l), what)
	}
}

// literals tells one of these numbers, as it is written.
func literals(numbers ...string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		l, ok := n.(*ast.BasicLit)
		return ok && l.Kind == token.INT && slices.Contains(numbers, l.Value)
	}
}

// numberNamed tells a constant or variable with such a name and one of these numbers.
func numberNamed(pattern string, numbers ...string) func(ast.Node) bool {
	name, number := regexp.MustCompile(pattern), literals(numbers...)
	return func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		return ok && slices.ContainsFunc(v.Values, func(e ast.Expr) bool { return number(e) }) &&
			slices.ContainsFunc(v.Names, func(i *ast.Ident) bool { return name.MatchString(i.Name) })
	}
}

// listOf tells a list with all of these strings in it.
func listOf(words ...string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		return ok && !slices.ContainsFunc(words, func(word string) bool {
			return !slices.ContainsFunc(list.Elts, func(e ast.Expr) bool { return literal(e) == word })
		})
	}
}

// readsUpTo tells io.ReadAll(io.LimitReader(...)), of which one byte more than is wanted tells that there is more:
// bounded.ReadAll tells it.
func readsUpTo(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || !selects("ReadAll")(call.Fun) || len(call.Args) != 1 {
		return false
	}
	limited, ok := call.Args[0].(*ast.CallExpr)
	return ok && selects("LimitReader")(limited.Fun)
}

// tableOfBits tells a table or block of constants with most of CLONE_NEW*.
func tableOfBits(n ast.Node) bool {
	bits := map[string]bool{}
	count := func(e ast.Expr) {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			e = pair.Value
		}
		if sel, ok := e.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "CLONE_NEW") {
			bits[sel.Sel.Name] = true
		}
	}
	switch n := n.(type) {
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			count(e)
		}
	case *ast.GenDecl:
		for _, s := range n.Specs {
			if v, ok := s.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				count(v.Values[0])
			}
		}
	}
	return len(bits) > 6
}

// TestEachMechanismStandsOnce: nobody but these files has them.
func TestEachMechanismStandsOnce(t *testing.T) {
	found := map[string]map[string]bool{}
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, o := range once {
				if n == nil || !o.is(n) {
					continue
				}
				if !slices.Contains(o.home, name) {
					t.Errorf("%s has %s, as %q does: it calls that", set.Position(n.Pos()), o.what, o.home)
				}
				if found[o.what] == nil {
					found[o.what] = map[string]bool{}
				}
				found[o.what][name] = true
			}
			return true
		})
	})
	for _, o := range once {
		for _, home := range o.home {
			if !found[o.what][home] {
				t.Errorf("%s does not have %s any more: this test looks for the wrong thing", home, o.what)
			}
		}
	}
}
