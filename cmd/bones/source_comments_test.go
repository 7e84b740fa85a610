package main

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCommentsNameWhatTheyStandAbove: the comment above a declaration that begins with the name of another one stayed
// where it was when the code moved.
func TestCommentsNameWhatTheyStandAbove(t *testing.T) {
	declared := map[string]bool{}
	eachDeclared(t, func(_ token.Position, _ *ast.CommentGroup, names []string) {
		for _, n := range names {
			declared[n] = true
		}
	})
	eachDeclared(t, func(at token.Position, doc *ast.CommentGroup, names []string) {
		first, _, _ := strings.Cut(strings.TrimSpace(doc.Text()), " ")
		first = strings.TrimSuffix(strings.TrimRight(first, ":,.;\n"), "'s")
		camel := strings.IndexFunc(first, func(r rune) bool { return r >= 'a' && r <= 'z' }) >= 0 &&
			strings.LastIndexFunc(first, func(r rune) bool { return r >= 'A' && r <= 'Z' }) > 0
		if camel && declared[first] && !slices.Contains(names, first) {
			t.Errorf("%s: the comment is about %s, and stands above %s", at, first, strings.Join(names, ", "))
		}
	})
}

// eachDeclared gives do every comment above a declaration of the project, and what it declares.
func eachDeclared(t *testing.T, do func(at token.Position, doc *ast.CommentGroup, names []string)) {
	eachFile(t, func(_ string, set *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				do(set.Position(d.Pos()), d.Doc, []string{d.Name.Name})
			case *ast.GenDecl:
				var all []string
				for _, s := range d.Specs {
					names, doc := specNames(s)
					do(set.Position(s.Pos()), doc, names)
					all = append(all, names...)
				}
				do(set.Position(d.Pos()), d.Doc, all)
			}
		}
	})
}

// specNames returns what one line of a declaration declares, and the comment above it.
func specNames(s ast.Spec) (names []string, doc *ast.CommentGroup) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return []string{s.Name.Name}, s.Doc
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names = append(names, n.Name)
		}
		return names, s.Doc
	}
	return nil, nil
}

// member is a field or method as comments name it: the type, a full stop, the field.
var member = regexp.MustCompile(`\b([A-Z]\w+)\.([A-Z]\w+)\b`)

// TestCommentsNameWhatIsThere: a comment that names a member of a type names a field or a method that a type of that
// name has. What other projects call their types may be called so too, where no type of ours has that name.
func TestCommentsNameWhatIsThere(t *testing.T) {
	members := map[string]map[string]bool{}
	add := func(of, name string) {
		if members[of] == nil {
			members[of] = map[string]bool{}
		}
		members[of][name] = true
	}
	fields := func(of string, list *ast.FieldList) {
		for _, f := range list.List {
			for _, n := range f.Names {
				add(of, n.Name)
			}
			if len(f.Names) == 0 { // of an embedded type, whose members it has
				add(of, "")
			}
		}
	}
	eachFile(t, func(_ string, _ *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil {
					add(receiver(n.Recv.List[0].Type), n.Name.Name)
				}
			case *ast.TypeSpec:
				switch of := n.Type.(type) {
				case *ast.StructType:
					fields(n.Name.Name, of.Fields)
				case *ast.InterfaceType:
					fields(n.Name.Name, of.Methods)
				default: // another type's members
					add(n.Name.Name, "")
				}
			}
			return true
		})
	})
	seen := 0
	eachFile(t, func(_ string, set *token.FileSet, file *ast.File) {
		for _, g := range file.Comments {
			for _, c := range g.List {
				for _, m := range member.FindAllStringSubmatch(c.Text, -1) {
					has := members[m[1]]
					if has == nil {
						continue
					}
					if seen++; !has[m[2]] && !has[""] {
						t.Errorf("%s: no type %s has %s", set.Position(c.Pos()), m[1], m[2])
					}
				}
			}
		}
	})
	if seen < 100 {
		t.Errorf("only %d names were seen: this test looks in the wrong place", seen)
	}
}

// receiver is the name of the type that a method belongs to.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
