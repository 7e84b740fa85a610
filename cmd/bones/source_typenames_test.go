package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypesThatCanBeSearchedFor: of each of these words, which could mean anything, one package at most has a type.
// Whoever looks for the type finds it by its name alone. What the others are called says what they are: a
// health.SubjectKind, an address.Destination.
func TestTypesThatCanBeSearchedFor(t *testing.T) {
	homes := map[string]string{
		"Host":  "cmd/bones/internal/host", // what carries effects out
		"Kind":  "procwalk/fault",          // of failure
		"Mount": "procwalk/mountinfo",      // one line of mountinfo
		"Key":   "nsview",                  // of a namespace
		"Ended": "cgroupview/inventory/events",
	}
	found := map[string][]string{}
	eachFile(t, func(name string, _ *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "testdata") {
			return
		}
		for _, decl := range file.Decls {
			types, ok := decl.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			for _, spec := range types.Specs {
				word := spec.(*ast.TypeSpec).Name.Name
				if _, watched := homes[word]; watched {
					found[word] = append(found[word], filepath.Dir(name))
				}
			}
		}
	})
	for word, home := range homes {
		if len(found[word]) != 1 || found[word][0] != home {
			t.Errorf("types called %s: %q; want one, in %s", word, found[word], home)
		}
	}
}
