package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// shapesHome is the package of what bones prints with --json.
const shapesHome = "cmd/bones/internal/object"

// namedInJSON are the packages beside shapesHome that may give fields a name in JSON, and what for: they read what
// others write, or write what bones alone reads again. What a user is shown has its shape in shapesHome.
var namedInJSON = map[string]string{
	"cgroupview":                         "a freezing and the group that it is about, in the journal",
	"cgroupview/container":               "reads what engines and runtimes keep of their containers",
	"cgroupview/edit":                    "the values of an edit, in the journal",
	"cgroupview/inventory/engines":       "reads daemon.json of Docker",
	"cgroupview/logs":                    "reads Docker's json-file logs and systemd's journal",
	"cmd/bones/internal/host":            "the journal",
	"cmd/bones/internal/tour/unfinished": "remembers a tour that is under way",
	"nsview/unshare":                     "the groups of a demo, in what is remembered of it",
	"nsview/unshare/demo":                "remembers the demos that were started",
	"procwalk/rootfs":                    "a change of files, in the journal and for the worker",
	"procwalk/rootfs/filetree":           "the files that were made, in the journal",
	"procwalk/signals":                   "a signal that was sent, in the journal",
	"procwalk/text":                      "text that is no UTF-8, in the journal",
	"procwalk/tuning":                    "the settings of before, in the journal",
}

// TestOnePackageHasTheShapesOfJSON: no other package gives fields a name in JSON, or writes itself in JSON, but for
// those above.
func TestOnePackageHasTheShapesOfJSON(t *testing.T) {
	found := map[string]bool{}
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		dir := filepath.Dir(name)
		is := func(n ast.Node, what string) {
			found[dir] = true
			if _, ok := namedInJSON[dir]; dir != shapesHome && !ok {
				t.Errorf("%s: %s: what is printed has its shape in %s; what is not gets a row in namedInJSON, with the "+
					"reason", set.Position(n.Pos()), what, shapesHome)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				if n.Tag == nil {
					break
				}
				tag, err := strconv.Unquote(n.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := reflect.StructTag(tag).Lookup("json"); ok || strings.Contains(tag, "json") {
					is(n, "a field with a name in JSON")
				}
			case *ast.FuncDecl:
				if n.Recv != nil && (n.Name.Name == "MarshalJSON" || n.Name.Name == "UnmarshalJSON") {
					is(n, n.Name.Name)
				}
			}
			return true
		})
	})
	if !found[shapesHome] {
		t.Errorf("%s has no shapes: this test looks for the wrong thing", shapesHome)
	}
	for dir := range namedInJSON {
		if !found[dir] {
			t.Errorf("%s gives no field a name in JSON any more: it needs no row here", dir)
		}
	}
}

// TestFactsDoNotKnowJSON: what reads facts, carries out effects or draws does not know the shapes of JSON: only the
// commands and what prints for them do.
func TestFactsDoNotKnowJSON(t *testing.T) {
	for pkg, uses := range imports(t) {
		pkg = strings.TrimPrefix(pkg, "bones/")
		if strings.HasPrefix(pkg, "cmd/") && pkg != "cmd/bones/internal/host" {
			continue
		}
		for _, use := range uses {
			if strings.TrimPrefix(use, "bones/") == shapesHome {
				t.Errorf("%s imports %s", pkg, shapesHome)
			}
		}
	}
}
