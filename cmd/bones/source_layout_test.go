package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says, for each package of the project, which others it may import: the longest key that is the package or a
// folder above it counts. A value that ends in "/..." stands for a package and all below it. This is the table of the
// design: facts are read at the bottom, made into rows in the middle, and acted on at the top.
var rooms = map[string][]string{
	"procwalk/text":       {},
	"procwalk/effect":     {"procwalk/text"},
	"procwalk/fault":      {"procwalk/text"},
	"procwalk/idmap":      {},
	"procwalk/mountinfo":  {"procwalk/bounded", "procwalk/text"},
	"procwalk/nearest":    {},
	"procwalk/quick":      {},
	"procwalk/fields":     {},
	"procwalk/cgroupline": {"procwalk/text"},
	"procwalk/fdinfo":     {},
	"procwalk/netdev":     {"procwalk/text"},
	"procwalk/ifinet6":    {"procwalk/text"},
	"procwalk/passwd":     {},
	"procwalk/bounded":    {},
	"procwalk/capability": {},
	"procwalk/openat2":    {"procwalk/fault"},
	"procwalk/timens":     {},
	"procwalk/smaps":      {"procwalk/fields", "procwalk/text"},
	"procwalk/span":       {"procwalk/text"},
	"procwalk/crash":      {"procwalk/text"},
	"procwalk/reexec":     {"procwalk/text", "procwalk/fault", "procwalk/crash"},
	"procwalk/procroot": {"procwalk/bounded", "procwalk/fault", "procwalk/fields", "procwalk/mountinfo",
		"procwalk/text"},
	"procwalk": leaves("procwalk/quick", "procwalk/fields", "procwalk/dirfile", "procwalk/taskio",
		"procwalk/hangs"),
	"procwalk/virt":     {"procwalk/text", "procwalk/fault"},
	"procwalk/leaktest": leaves(),

	"procwalk/accounts":  {"procwalk/crash", "procwalk/passwd", "procwalk/rootfs/inroot"},
	"procwalk/detail":    leaves("procwalk"),
	"procwalk/rates":     leaves("procwalk"),
	"procwalk/psfmt":     leaves("procwalk", "procwalk/psfmt/..."),
	"procwalk/rootfs":    leaves("procwalk", "procwalk/rootfs/..."),
	"procwalk/signals":   leaves("procwalk"),
	"procwalk/connector": leaves(),
	"procwalk/kmsg":      leaves(),
	"procwalk/taskiter":  leaves("procwalk"),
	"procwalk/proctest":  leaves("procwalk", "procwalk/leaktest"),

	"cgroupview":          leaves("cgroupview/container", "cgroupview/patience", "cgroupview/spec", "cgroupview/systemd"),
	"cgroupview/counters": leaves("cgroupview", "cgroupview/spec"),
	"cgroupview/owner":    leaves("cgroupview", "cgroupview/container"),
	"cgroupview/edit": leaves("cgroupview/owner", "cgroupview", "cgroupview/container", "cgroupview/spec",
		"cgroupview/systemd"),
	"cgroupview/patience":      leaves(),
	"cgroupview/spec":          leaves(),
	"cgroupview/systemd":       leaves("cgroupview/spec"),
	"cgroupview/container":     leaves("cgroupview/container/ids"),
	"cgroupview/container/ids": leaves(),
	"cgroupview/logs":          leaves("cgroupview/container"),
	"cgroupview/cgrouptest":    {"procwalk/proctest"},
	"cgroupview/statistics":    leaves("cgroupview"),
	"nsview":                   leaves("procwalk", "cgroupview"),
	"nsview/sockets":           leaves("procwalk"),
	"nsview/links":             leaves("nsview"),
	"nsview/enter": leaves("procwalk", "cgroupview", "cgroupview/spec", "cgroupview/systemd", "nsview",
		"procwalk/proctest", "nsview/enter/...", "procwalk/rootfs"),
	"nsview/unshare": leaves("procwalk", "cgroupview", "cgroupview/spec", "nsview/..."),
	"cgroupview/inventory": leaves("procwalk", "procwalk/quick", "procwalk/detail", "nsview", "cgroupview",
		"cgroupview/container",
		"cgroupview/counters", "cgroupview/inventory/engines", "cgroupview/inventory/homes",
		"cgroupview/inventory/units", "cgroupview/inventory/roots",
		"procwalk/virt", "procwalk/virt/machines"),
	"cgroupview/inventory/health": leaves("procwalk", "procwalk/detail", "cgroupview", "cgroupview/container",
		"cgroupview/counters", "cgroupview/spec", "cgroupview/inventory", "procwalk/rates"),
	"cgroupview/inventory/engines": leaves("procwalk", "cgroupview/container"),
	"cgroupview/inventory/totals":  leaves("cgroupview", "cgroupview/inventory"),
	"cgroupview/inventory/events": leaves("procwalk", "cgroupview", "cgroupview/counters", "cgroupview/spec",
		"cgroupview/inventory"),
	"nsview/enter/streams":     leaves(),
	"nsview/enter/environment": leaves(),
	"nsview/enter/child":       leaves("procwalk", "nsview/enter/environment"),

	"ui/rows": leaves("procwalk/...", "nsview/...", "cgroupview/...", "ui/rows/..."),
	"ui/kit":  {"procwalk/text", "procwalk/effect", "procwalk/crash", "ui/rows"},
	"ui":      leaves("procwalk/...", "nsview/...", "cgroupview/...", "ui/..."),

	// A view knows the kit and rows, the values that it shows, and the dialogs that it opens. How these values are read
	// comes in through its Backend.
	"ui/processes": view("procwalk"),
	"ui/containers": view("procwalk", "cgroupview/container", "cgroupview/inventory", "cgroupview/inventory/totals",
		"ui/limits", "ui/logs"),
	"ui/namespaces": view("procwalk", "nsview", "cgroupview/inventory/matrix"),
	"ui/cgroups":    view("procwalk", "cgroupview", "cgroupview/edit"),
	"ui/files":      view("nsview", "procwalk", "procwalk/crash", "procwalk/rootfs", "ui/rows/procfile"),
	"ui/events":     view("procwalk", "cgroupview/inventory/events", "ui/rows/eventrow"),
	// So do the pages and dialogs.
	"ui/commands": view(),
	"ui/footer":   view(),
	"ui/help":     view(),
	"ui/history":  view(),
	"ui/limits":   view(),
	"ui/logs":     view(),
	"ui/meters":   view("procwalk", "cgroupview/container", "cgroupview/inventory/events"),
	"ui/ports":    view("procwalk"),
	"ui/redraw":   {},
	"ui/sheets":   view("procwalk/crash"),
	"ui/toevent":  view("procwalk", "cgroupview/inventory/events"),
	"ui/tour":     view("cgroupview/spec"),
	"ui/tune":     view("ui/limits"),

	// The rooms of the program know the facts below them, and of each other what stands here. A new one gets a row.
	"cmd/bones/internal":           {},
	"cmd/bones/internal/privilege": {"procwalk/capability"},
	"cmd/bones/internal/habits":    leaves(),
	"cmd/bones/internal/version": {"cmd/bones/internal/command", "cmd/bones/internal/object",
		"cmd/bones/internal/version/first"},
	"cmd/bones/internal/version/first": {},
	"cmd/bones/internal/ours":          leaves("procwalk"),
	"cmd/bones/internal/watch":         leaves("procwalk/...", "cgroupview/...", "cmd/bones/internal/host"),
	"cmd/bones/internal/eventlist": leaves("procwalk", "procwalk/kmsg", "cgroupview/inventory/...", "ui/rows/eventrow",
		"cmd/bones/internal/command", "cmd/bones/internal/object", "cmd/bones/internal/record",
		"cmd/bones/internal/terminal", "cmd/bones/internal/watch",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/record": leaves("procwalk/...", "cgroupview/...", "cmd/bones/internal/ours",
		"cmd/bones/internal/record/...",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/recording": leaves("procwalk", "procwalk/accounts", "cgroupview/inventory",
		"cmd/bones/internal/copying",
		"cmd/bones/internal/command", "cmd/bones/internal/record",
		"cmd/bones/internal/record/seldom", "cmd/bones/internal/terminal",
		"cmd/bones/internal/watch", "cmd/bones/internal/heap", "cgroupview/inventory/events"),
	"cmd/bones/internal/export": leaves("procwalk", "procwalk/detail", "procwalk/virt/...", "cgroupview/...",
		"cmd/bones/internal/command", "cmd/bones/internal/ours", "cmd/bones/internal/heap",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/kubectl": leaves("cmd/bones/internal/command", "cmd/bones/internal/deploy",
		"cmd/bones/internal/habits",
		"cmd/bones/internal/terminal", "procwalk/psfmt/..."),
	"cmd/bones/internal/remote": leaves("cmd/bones/internal/command", "cmd/bones/internal/habits",
		"cmd/bones/internal/listing", "cmd/bones/internal/record", "cmd/bones/internal/remote/...",
		"cmd/bones/internal/terminal", "cmd/bones/internal/version/first", "procwalk/psfmt",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/remote/address": leaves("cmd/bones/internal/ours"),
	"cmd/bones/internal/remote/shell":   leaves("cmd/bones/internal/remote/address"),
	"cmd/bones/internal/remote/merge": leaves("cgroupview/inventory", "cgroupview/inventory/events",
		"cgroupview/inventory/health", "cmd/bones/internal/listing", "cmd/bones/internal/object",
		"cmd/bones/internal/sortby", "cmd/bones/internal/tint", "ui/rows", "ui/rows/eventrow"),
	"cmd/bones/internal/record/recordtest": leaves("procwalk", "cgroupview", "cgroupview/container",
		"cgroupview/inventory",
		"cmd/bones/internal/record", "ui/rows/rowstest"),
	"cmd/bones/internal/command": leaves("procwalk", "cgroupview/inventory", "cmd/bones/internal/host",
		"cmd/bones/internal/target"),
	"cmd/bones/internal/deploy":   leaves("cmd/bones/internal/command", "cmd/bones/internal/record"),
	"cmd/bones/internal/copying":  leaves("procwalk/rootfs", "procwalk/rootfs/filetree", "cmd/bones/internal/ours"),
	"cmd/bones/internal/manual":   {"ui", "cmd/bones/internal/schema"},
	"cmd/bones/internal/schema":   leaves("cmd/bones/internal/command", "cmd/bones/internal/object"),
	"cmd/bones/internal/terminal": leaves("procwalk", "procwalk/psfmt", "procwalk/signals"),
	"cmd/bones/internal/object": leaves("procwalk/...", "nsview/...", "cgroupview/...", "ui/rows",
		"cmd/bones/internal/host"), // what the journal holds
	"cmd/bones/internal/host": leaves("procwalk/...", "nsview/...", "cgroupview/...",
		"cmd/bones/internal/ours"),
	"cmd/bones/internal/record/worldtest": leaves("procwalk", "cgroupview/...", "ui/rows/rowstest"),
	"cmd/bones/internal/record/seldom":    leaves("procwalk", "procwalk/detail", "cgroupview/...", "nsview"),
	"cmd/bones/internal/target": leaves("procwalk", "procwalk/taskiter", "cgroupview/...",
		"cmd/bones/internal/record/seldom",
		"procwalk/virt/..."),
	"cmd/bones/internal/explain": leaves("procwalk/...", "nsview", "cgroupview/...", "ui/rows",
		"cmd/bones/internal/target", "cmd/bones/internal/privilege"),
	"cmd/bones/internal/listing": leaves("procwalk/...", "nsview", "cgroupview/...", "ui/rows",
		"cmd/bones/internal/target", "cmd/bones/internal/object", "cmd/bones/internal/sortby",
		"cmd/bones/internal/tint"),
	"cmd/bones/internal/tint": leaves("ui/rows"),
	"cmd/bones/internal/hostinfo": leaves("procwalk", "procwalk/taskiter", "procwalk/virt", "ui/rows",
		"cmd/bones/internal/command", "cmd/bones/internal/object", "cmd/bones/internal/privilege",
		"cmd/bones/internal/target", "cmd/bones/internal/tui"),
	"cmd/bones/internal/nsmatrix": leaves("procwalk", "nsview", "cgroupview/inventory/...", "ui/rows",
		"cmd/bones/internal/object", "cmd/bones/internal/tint"),
	"cmd/bones/internal/netview": leaves("procwalk", "nsview", "nsview/sockets", "nsview/links", "cgroupview/inventory",
		"ui/rows", "cmd/bones/internal/command", "cmd/bones/internal/object", "cmd/bones/internal/privilege",
		"cmd/bones/internal/spaces", "cmd/bones/internal/target", "cmd/bones/internal/tint",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/ports": leaves("nsview/sockets", "ui/rows", "cmd/bones/internal/command",
		"cmd/bones/internal/netview", "cmd/bones/internal/sortby", "cmd/bones/internal/tint"),
	"cmd/bones/internal/netlist": leaves("ui/rows", "cmd/bones/internal/command", "cmd/bones/internal/netview",
		"cmd/bones/internal/sortby", "cmd/bones/internal/tint"),
	"cmd/bones/internal/sortby": leaves(),
	"cmd/bones/internal/reach": leaves("ui/rows", "cmd/bones/internal/command", "cmd/bones/internal/netview",
		"cmd/bones/internal/object", "cmd/bones/internal/tint"),
	"cmd/bones/internal/logs": leaves("procwalk", "cgroupview/container", "cgroupview/inventory",
		"cgroupview/logs", "ui/rows",
		"cmd/bones/internal/command", "cmd/bones/internal/object", "cmd/bones/internal/record",
		"cmd/bones/internal/target",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/series": leaves("procwalk", "cgroupview/...", "ui/rows", "cmd/bones/internal/command",
		"cmd/bones/internal/listing", "cmd/bones/internal/object", "cmd/bones/internal/record",
		"cmd/bones/internal/target", "cmd/bones/internal/timespan", "procwalk/rates"),
	"cmd/bones/internal/healthreport": leaves("procwalk", "procwalk/kmsg", "cgroupview/...", "ui/rows",
		"cmd/bones/internal/command",
		"cmd/bones/internal/object", "cmd/bones/internal/record", "cmd/bones/internal/target",
		"cmd/bones/internal/watch",
		"cmd/bones/internal/timespan"),
	"cmd/bones/internal/timespan": leaves(),
	"cmd/bones/internal/heap":     {"procwalk/crash", "procwalk/smaps"},
	"cmd/bones/internal/inside":   leaves("nsview/enter", "cmd/bones/internal/terminal"),
	"cmd/bones/internal/spaces": leaves("procwalk", "nsview/...", "cmd/bones/internal/listing",
		"cmd/bones/internal/target"),
	"cmd/bones/internal/complete": leaves("procwalk/...", "nsview/...", "cgroupview/...", "ui", "ui/rows",
		"cmd/bones/internal/remote/address", "cmd/bones/internal/ports", "cmd/bones/internal/netlist",
		"cmd/bones/internal/target", "cmd/bones/internal/listing", "cmd/bones/internal/host",
		"cmd/bones/internal/spaces"),
	"cmd/bones/internal/tui": leaves("cmd/bones/internal/record", "cmd/bones/internal/record/seldom",
		"cmd/bones/internal/watch", "procwalk/...", "nsview/...", "cgroupview/...", "ui/...",
		"cmd/bones/internal/copying", "cmd/bones/internal/explain",
		"cmd/bones/internal/healthreport", "cmd/bones/internal/host",
		"cmd/bones/internal/listing", "cmd/bones/internal/logs", "cmd/bones/internal/netview",
		"cmd/bones/internal/object", "cmd/bones/internal/ours", "cmd/bones/internal/privilege",
		"cmd/bones/internal/target", "cmd/bones/internal/spaces",
		"cmd/bones/internal/terminal", "cmd/bones/internal/tune", "cmd/bones/internal/compare",
		"cmd/bones/internal/storage", "cmd/bones/internal/heap", "cmd/bones/internal/tour/...",
		"cmd/bones/internal/timespan"),
	"cmd/bones": leaves("procwalk/...", "nsview/...", "cgroupview/...", "ui/...",
		"cmd/bones/internal/..."),
	"procwalk/virt/machines":            leaves("procwalk", "procwalk/virt"),
	"cgroupview/inventory/homes":        leaves("cgroupview/container"),
	"cgroupview/inventory/surroundings": leaves("procwalk", "cgroupview", "cgroupview/container"),
	"cgroupview/inventory/units":        leaves("procwalk"),
	"cgroupview/inventory/roots":        leaves("procwalk", "procwalk/quick"),
	"cgroupview/inventory/matrix":       leaves("procwalk", "nsview", "cgroupview/container", "cgroupview/inventory"),
	"procwalk/tuning":                   leaves("procwalk", "procwalk/detail", "cgroupview/spec"),
	"cmd/bones/internal/memory": leaves("cgroupview", "cgroupview/counters", "ui/rows", "cmd/bones/internal/command",
		"cmd/bones/internal/object", "cmd/bones/internal/target", "cmd/bones/internal/tint"),
	"cmd/bones/internal/compare": leaves("procwalk", "procwalk/detail", "cgroupview", "cgroupview/inventory", "ui/rows",
		"cmd/bones/internal/command", "cmd/bones/internal/object", "cmd/bones/internal/target",
		"cmd/bones/internal/tint"),
	"cmd/bones/internal/storage": leaves("procwalk", "procwalk/rootfs", "procwalk/rootfs/filetree",
		"cgroupview/inventory", "ui/rows", "cmd/bones/internal/command", "cmd/bones/internal/compare",
		"cmd/bones/internal/object", "cmd/bones/internal/target", "cmd/bones/internal/tint"),
	"cmd/bones/internal/tune": leaves("procwalk", "procwalk/tuning", "cgroupview/inventory", "ui/rows",
		"cmd/bones/internal/command", "cmd/bones/internal/host", "cmd/bones/internal/object",
		"cmd/bones/internal/target", "cmd/bones/internal/tint"),
	"cmd/bones/internal/openfiles": nil,
	"cmd/bones/internal/which": leaves("procwalk", "procwalk/virt", "procwalk/virt/machines", "cgroupview/container",
		"cgroupview/inventory", "ui/rows", "cmd/bones/internal/command", "cmd/bones/internal/object"),
	"cmd/bones/internal/historylist": leaves("cmd/bones/internal/command", "cmd/bones/internal/host",
		"cmd/bones/internal/object"),
	"cmd/bones/internal/pages": leaves("cmd/bones/internal/command", "cmd/bones/internal/complete",
		"cmd/bones/internal/copying", "cmd/bones/internal/manual"),
	"cmd/bones/internal/tour": leaves("procwalk", "procwalk/taskiter", "cgroupview/inventory", "nsview/unshare/demo",
		"ui/kit", "ui/tour", "cmd/bones/internal/command", "cmd/bones/internal/host", "cmd/bones/internal/object",
		"cmd/bones/internal/target", "cmd/bones/internal/terminal", "cmd/bones/internal/tui",
		"cmd/bones/internal/tour/..."),
	"cmd/bones/internal/tour/facts": leaves("procwalk", "procwalk/rootfs", "cgroupview", "cgroupview/inventory", "nsview",
		"ui/tour", "cmd/bones/internal/privilege", "cmd/bones/internal/target"),
	"cmd/bones/internal/tour/unfinished": leaves("cmd/bones/internal/host", "cmd/bones/internal/ours"),
	"procwalk/dirfile":                   {},
	"procwalk/hangs":                     {},
	"procwalk/taskio":                    leaves("procwalk/fields"),
}

// leaves are the packages that every other may use, and what one may use beside them.
func leaves(more ...string) []string {
	return append(more, "procwalk/text", "procwalk/effect", "procwalk/fault", "procwalk/idmap", "procwalk/mountinfo",
		"procwalk/nearest", "procwalk/procroot", "procwalk/reexec", "procwalk/fields", "procwalk/fdinfo", "procwalk/netdev",
		"procwalk/smaps", "procwalk/ifinet6", "procwalk/passwd", "procwalk/bounded", "procwalk/capability",
		"procwalk/openat2", "procwalk/timens", "procwalk/span", "procwalk/crash", "procwalk/cgroupline")
}

// view is what each view may use, and what one may use beside that.
func view(more ...string) []string {
	return append(more, "procwalk/text", "procwalk/effect", "ui/kit", "ui/rows")
}

// room returns the row of the table that a package falls under.
func room(pkg string) (row string, ok bool) {
	for row = pkg; ; row = path.Dir(row) {
		if _, ok = rooms[row]; ok || !strings.Contains(row, "/") {
			return row, ok
		}
	}
}

func mayImport(pkg, use string) bool {
	row, _ := room(pkg)
	return slices.ContainsFunc(rooms[row], func(allowed string) bool {
		below, all := strings.CutSuffix(allowed, "/...")
		return use == allowed || all && (use == below || strings.HasPrefix(use, below+"/"))
	})
}

// imports returns what each package of the project imports on any architecture, tests and testdata left out. A folder
// with a go.mod is a module of its own.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	eachSource(t, func(name string, _ *token.FileSet, file *ast.File) {
		dir := path.Dir(name)
		if _, err := os.Stat(filepath.Join("../..", dir, "go.mod")); err == nil {
			return
		}
		uses := all["bones/"+dir]
		for _, s := range file.Imports {
			use, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				t.Fatalf("%s imports %s: %v", name, s.Path.Value, err)
			}
			if !slices.Contains(uses, use) {
				uses = append(uses, use)
			}
		}
		all["bones/"+dir] = uses
	})
	if len(all) < 100 {
		t.Fatalf("the source has only %d packages", len(all))
	}
	return all
}

func TestImportDirection(t *testing.T) {
	for pkg, uses := range imports(t) {
		pkg = strings.TrimPrefix(pkg, "bones/")
		if _, known := room(pkg); !known {
			t.Errorf("%s has no row in the table of rooms", pkg)
		}
		for _, use := range uses {
			if use, ours := strings.CutPrefix(use, "bones/"); ours && !mayImport(pkg, use) {
				t.Errorf("%s imports %s, which the table of rooms does not allow", pkg, use)
			}
		}
	}
}

// system are the packages with which a program reaches the system.
var system = regexp.MustCompile(`^(os|os/.*|io/ioutil|syscall|unsafe|plugin|net|net/.*|golang\.org/x/sys/.*)$`)

// reaches are the packages below ui that may import one of them all the same.
var reaches = map[string]string{
	"bones/ui/uitest/fakehost": "os",        // reads and writes golden screens, in tests
	"bones/ui/rows/procfile":   "net/netip", // an address is a value; that package has no connections
}

// TestUIDoesNoSystemCall: what the UI needs of the system comes in through its backends.
func TestUIDoesNoSystemCall(t *testing.T) {
	all := imports(t)
	for pkg, uses := range all {
		if pkg != "bones/ui" && !strings.HasPrefix(pkg, "bones/ui/") {
			continue
		}
		for _, use := range uses {
			if system.MatchString(use) && reaches[pkg] != use {
				t.Errorf("%s imports %s", pkg, use)
			}
		}
	}
	for pkg, use := range reaches {
		if !slices.Contains(all[pkg], use) {
			t.Errorf("%s does not import %s: the exception is not needed", pkg, use)
		}
	}
}

// TestEveryPackageOfTheUIHasARow: the row of ui itself, which may use everything below it, is for the frame alone.
func TestEveryPackageOfTheUIHasARow(t *testing.T) {
	for pkg := range imports(t) {
		pkg = strings.TrimPrefix(pkg, "bones/")
		row, _ := room(pkg)
		if row == "ui" && pkg != "ui" && !strings.HasPrefix(pkg, "ui/uitest") {
			t.Errorf("%s has no row of its own", pkg)
		}
	}
}

// exits are the packages below cmd that may end the process: one runs the tests of a package, one the part of
// this program that it was started again for, and one says a fault of our own.
var exits = []string{"procwalk/leaktest", "procwalk/reexec", "procwalk/crash"}

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
		case sel.Sel.Name == "Exit" && !strings.HasPrefix(name, "cmd/") && !slices.Contains(exits, path.Dir(name)):
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" {
				t.Errorf("%s exits the process", name)
			}
		}
	})
	if calls == 0 {
		t.Error("no call of Apply found: this test looks for the wrong thing")
	}
}

// TestOnePlaceDecidesWhoIsAsked: how risky an effect is, is looked at by effect.Ask alone.
func TestOnePlaceDecidesWhoIsAsked(t *testing.T) {
	decides := 0
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Level" && sel.Sel.Name != "Risk" {
				return true
			}
			call, isCall := sel.X.(*ast.CallExpr)
			switch {
			case sel.Sel.Name == "Risk" && name == "procwalk/effect/ask.go":
				decides++
			case isCall && sel.Sel.Name == "Level":
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Risk" {
					t.Errorf("%s decides by itself how risky an effect is: effect.Ask does", set.Position(sel.Pos()))
				}
			}
			return true
		})
	})
	if decides == 0 {
		t.Error("effect.Ask does not look at the risk: this test looks for the wrong thing")
	}
}

// eachCall gives do every call X.NAME(...) of the project's source, tests and testdata left out, with the name of the
// file.
func eachCall(t *testing.T, do func(name string, at token.Position, sel *ast.SelectorExpr, call *ast.CallExpr)) {
	t.Helper()
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					do(name, set.Position(call.Pos()), sel, call)
				}
			}
			return true
		})
	})
}

// TestNothingIsCompiledAtStart: a regular expression in a variable of a package is compiled when it is first used, and
// is one.
func TestNothingIsCompiledAtStart(t *testing.T) {
	lazy := 0
	eachSource(t, func(name string, set *token.FileSet, file *ast.File) {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				switch x, _ := sel.X.(*ast.Ident); {
				case x != nil && x.Name == "regexp":
					t.Errorf("%s: compiled whenever bones starts; take text.Pattern", set.Position(call.Pos()))
				case x != nil && x.Name == "text" && sel.Sel.Name == "Pattern":
					lazy++
					if _, err := regexp.Compile(constant.StringVal(joined(t, set, call.Args[0]))); err != nil {
						t.Errorf("%s: %v", set.Position(call.Pos()), err)
					}
				}
				return true
			})
		}
	})
	if lazy == 0 {
		t.Error("no pattern found: this test looks for the wrong thing")
	}
}

// joined is the value of a string, which may be written as a sum of several.
func joined(t *testing.T, set *token.FileSet, e ast.Expr) constant.Value {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	case *ast.BinaryExpr:
		return constant.BinaryOp(joined(t, set, e.X), e.Op, joined(t, set, e.Y))
	}
	t.Fatalf("%s: not a literal", set.Position(e.Pos()))
	return nil
}
