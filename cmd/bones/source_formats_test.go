package main

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// format is a file of /proc whose form one function of the project knows.
type format struct {
	names  []string // the file, as a path ends in it
	parser string   // the function or package that reads it, as others call it
	home   string   // where that is
	// only are packages that name the file and do not read it (ui: those below it, too): they print commands, write it,
	// or make a /proc.
	only []string
}

var formats = []format{
	{[]string{"mountinfo"}, "mountinfo.", "procwalk/mountinfo", []string{"ui", "procwalk/proctest"}},
	{[]string{"uid_map", "gid_map"}, "idmap.", "procwalk/idmap", []string{"ui", "nsview/unshare",
		"procwalk/proctest"}},
	{[]string{"/stat", "stat"}, "ParseStat", "procwalk/stat.go",
		[]string{"ui", "procwalk/proctest", "procwalk/leaktest", "cgroupview", "cmd/bones"}},
	{[]string{"fdinfo"}, "fdinfo.", "procwalk/fdinfo", []string{"ui"}},
	{[]string{"net/dev"}, "netdev.", "procwalk/netdev", []string{"ui", "procwalk/proctest"}},
	{[]string{"limits"}, "ParseLimits", "procwalk/detail/parse.go", []string{"ui", "procwalk/proctest", "cmd/bones",
		"cmd/bones/internal/compare"}},
	{[]string{"schedstat"}, "ParseSchedstat", "procwalk/detail/parse.go", []string{"ui", "procwalk/proctest"}},
	{[]string{"smaps_rollup", "/smaps", "/maps", "smaps"}, "smaps.", "procwalk/smaps",
		[]string{"procwalk/proctest"}},
	{[]string{"timens_offsets"}, "timens.", "procwalk/timens", []string{"ui/namespaces", "nsview/unshare"}}, // written
	{[]string{"if_inet6"}, "ifinet6.", "procwalk/ifinet6", nil},
	{[]string{"etc/passwd", "/etc/group"}, "passwd.", "procwalk/passwd",
		// It writes them; examples; the other two give them to packages that read them.
		[]string{"nsview/unshare/demo", "cmd/bones", "nsview/enter", "cgroupview/inventory"}},
	{[]string{"environ"}, "Environ", "procwalk/fields/environ.go", []string{"ui", "procwalk/proctest",
		"procwalk/psfmt"}}, // psfmt has a column of that name
	{[]string{"cgroup.events", "freezer.state"}, "spec.", "cgroupview/spec/read.go", []string{"ui", "cgroupview/spec",
		"nsview/unshare/demo"}},
	{[]string{"vmstat"}, "ParseVM", "procwalk/detail/vmstat.go", []string{"cgroupview/inventory/health"}},
}

// markers are words of kernel files that a parser cannot do without, with the places that know each: the parser, and
// those that only put such a file into words. Who needs one line alone asks fields.Value for it.
var markers = map[string][]string{
	"Uid":           {"procwalk/status.go", "ui/rows/procfile/status.go"},
	"NSpid":         {"procwalk/status.go", "ui/rows/procfile/status.go"},
	"CapEff":        {"procwalk/status.go", "ui/rows/procfile/status.go"},
	"SigCgt":        {"procwalk/status.go", "ui/rows/procfile/status.go"},
	"VmRSS":         {"procwalk/status.go", "ui/rows/procfile/status.go"},
	"mnt_id":        {"procwalk/fdinfo/fdinfo.go", "ui/rows/procfile/numbers.go"},
	"MemTotal":      {},
	"Private_Clean": {"procwalk/smaps/rollup.go"},
	"Pss":           {"procwalk/smaps/rollup.go"},
	"FROZEN":        {"cgroupview/spec/read.go", "cgroupview/edit/checks.go"}, // the latter of what is to be written
	"pgmajfault":    {"procwalk/detail/vmstat.go"},
	"read_bytes":    {"procwalk/taskio/io.go", "ui/rows/procfile/numbers.go"},
	"rchar":         {"procwalk/taskio/io.go", "ui/rows/procfile/numbers.go"},
	"some":          {"cgroupview/spec/read.go"}, // of pressure
}

// TestLinesOfKernelFiles: nobody but these places compares with such a word, or cuts it off a line.
func TestLinesOfKernelFiles(t *testing.T) {
	found := map[string]map[string]bool{}
	eachFile(t, func(name string, set *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "testdata") {
			return
		}
		look := func(e ast.Expr) {
			ast.Inspect(e, func(n ast.Node) bool {
				l, ok := n.(*ast.BasicLit)
				if !ok {
					return true
				}
				word := strings.TrimRight(literal(l), ": =\t")
				homes, is := markers[word]
				if !is {
					return true
				}
				if found[word] == nil {
					found[word] = map[string]bool{}
				}
				if found[word][name] = true; !slices.Contains(homes, name) {
					t.Errorf("%s knows the line %s of a kernel file, as %q do: it asks fields.Value, or the one parser",
						set.Position(l.Pos()), word, homes)
				}
				return true
			})
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CaseClause:
				for _, e := range n.List {
					look(e)
				}
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					look(n.X)
					look(n.Y)
				}
			case *ast.KeyValueExpr:
				look(n.Key) // of a map from lines to values
			case *ast.CallExpr:
				sel, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || !slices.Contains(cutters, sel.Sel.Name) {
					return true
				}
				for _, e := range n.Args {
					look(e)
				}
			}
			return true
		})
	})
	for word, homes := range markers {
		for _, home := range homes {
			if !found[word][home] {
				t.Errorf("%s does not know %s any more: this test looks for the wrong thing", home, word)
			}
		}
	}
}

// cutters are the functions by which a line is told from others.
var cutters = []string{"Cut", "CutPrefix", "HasPrefix", "TrimPrefix", "Index", "Contains", "Split", "SplitN",
	"SplitAfter", "EqualFold"}

// TestWhoReadsAFormatCallsItsParser: a package that has the name of such a file in its code calls the one parser of
// it.
func TestWhoReadsAFormatCallsItsParser(t *testing.T) {
	names := map[string]map[string]bool{} // package to the literals in it
	calls := map[string]map[string]bool{} // package to what it calls
	eachFile(t, func(name string, _ *token.FileSet, file *ast.File) {
		dir := filepath.Dir(name)
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(dir, "testdata") {
			return
		}
		if names[dir] == nil {
			names[dir], calls[dir] = map[string]bool{}, map[string]bool{}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					names[dir][s], names[dir]["/"+filepath.Base(s)] = true, true
				}
			case *ast.SelectorExpr:
				calls[dir][n.Sel.Name] = true
				if x, ok := n.X.(*ast.Ident); ok {
					calls[dir][x.Name+"."] = true
				}
			case *ast.Ident:
				calls[dir][n.Name] = true
			}
			return true
		})
	})
	for _, f := range formats {
		readers := 0
		for dir := range names {
			named := slices.ContainsFunc(f.names, func(n string) bool { return names[dir][n] || names[dir]["/"+n] })
			within := func(only string) bool { return dir == only || strings.HasPrefix(dir, only+"/") && only == "ui" }
			if !named || slices.ContainsFunc(f.only, within) {
				continue
			}
			readers++
			if !calls[dir][f.parser] {
				t.Errorf("%s reads %s and does not call %s of %s", dir, f.names[0], f.parser, f.home)
			}
		}
		if readers == 0 {
			t.Errorf("nobody reads %v: this test looks for the wrong thing", f.names)
		}
	}
}

// TestOnePlaceKnowsEachFormat looks for what a parser of such a file cannot do without, in the tests' own code, too.
func TestOnePlaceKnowsEachFormat(t *testing.T) {
	places := map[string]map[string]bool{}
	found := func(what, name string) {
		if places[what] == nil {
			places[what] = map[string]bool{}
		}
		places[what][name] = true
	}
	eachFile(t, func(name string, _ *token.FileSet, file *ast.File) {
		test := strings.HasSuffix(name, "_test.go")
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				sel, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || len(n.Args) != 2 && len(n.Args) != 3 {
					return true
				}
				last := literal(n.Args[len(n.Args)-1])
				if !test && takesLinkApart(sel.Sel.Name, n.Args) {
					found("links such as mnt:[4026531841]", name)
				}
				switch {
				case strings.HasPrefix(sel.Sel.Name, "LastIndex") && last == ")":
					found("where the name in stat ends", name)
				case !test && slices.Contains([]string{"Cut", "Split", "SplitN", "Index"}, sel.Sel.Name) &&
					(last == " - " || last == "-" && sel.Sel.Name == "Index"):
					found("the hyphen of mountinfo", name)
				case !test && strings.HasPrefix(sel.Sel.Name, "Split") && last == "\x00":
					found("strings that end with NUL", name)
				case !test && sel.Sel.Name == "SplitN" && literal(n.Args[1]) == ":" && last == "3":
					found("the lines of /proc/PID/cgroup", name)
				case !test && sel.Sel.Name == "ParseUint" && len(n.Args) == 3 && literal(n.Args[1]) == "8" && last == "8":
					found("the escapes of mountinfo", name)
				}
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && !test && (s == `\040` || s == "nfs") {
					found(map[string]string{`\040`: "the escapes of mountinfo", "nfs": "the remote file systems"}[s], name)
				}
			case *ast.FuncDecl:
				lower := strings.ToLower(n.Name.Name)
				switch {
				case strings.Contains(lower, "parse") && !test &&
					(strings.Contains(lower, "idmap") || filepath.Base(filepath.Dir(name)) == "idmap"):
					found("the form of uid_map", name)
				case lower == "unescape":
					found("the escapes of mountinfo", name)
				}
			case *ast.CaseClause:
				if len(n.List) == 1 && literal(n.List[0]) == "cgroup2" {
					found("cgroup file systems among the mounts", name)
				}
			case *ast.BinaryExpr:
				if !test && (n.Op == token.EQL || n.Op == token.NEQ) && (literal(n.X) == ":[" || literal(n.Y) == ":[") {
					found("links such as mnt:[4026531841]", name)
				}
				if !test && (literal(n.X) == "cgroup2" || literal(n.Y) == "cgroup2") {
					found("cgroup file systems among the mounts", name)
				}
			}
			return true
		})
	})
	want := map[string][]string{
		"where the name in stat ends":          {"procwalk/stat.go"},
		"the hyphen of mountinfo":              {"procwalk/mountinfo/mountinfo.go"},
		"the escapes of mountinfo":             {"procwalk/mountinfo/mountinfo.go"},
		"the remote file systems":              {"procwalk/mountinfo/lookup.go"},
		"the form of uid_map":                  {"procwalk/idmap/idmap.go"},
		"cgroup file systems among the mounts": {"procwalk/mountinfo/cgroup.go"},
		// The command files masks values in the file as it is, whose last one may be cut off.
		"strings that end with NUL":     {"procwalk/cmdline.go", "procwalk/fields/environ.go", "cmd/bones/files_read.go"},
		"the lines of /proc/PID/cgroup": {"procwalk/cgroup.go"},
		// anon_inode:[eventfd] has no inode; usage lines have brackets, too.
		"links such as mnt:[4026531841]": {"procwalk/fields/inodelink.go", "procwalk/detail/files.go",
			"ui/rows/procfile/descriptor.go", "cmd/bones/internal/complete/complete.go"},
	}
	for what, homes := range want {
		for _, home := range homes {
			if !places[what][home] {
				t.Errorf("%s is not known in %s: this test looks for the wrong thing", what, home)
			}
		}
		for name := range places[what] {
			if !slices.Contains(homes, name) {
				t.Errorf("%s knows %s: that is for %q", name, what, homes)
			}
		}
	}
}

// takesLinkApart reports whether a call looks for what stands around the inode in such a link.
func takesLinkApart(function string, args []ast.Expr) bool {
	if function == "Trim" {
		return literal(args[1]) == "[]"
	}
	if function != "Sscanf" && !slices.Contains(cutters, function) {
		return false
	}
	return slices.ContainsFunc(args, func(e ast.Expr) bool {
		if conversion, ok := e.(*ast.CallExpr); ok && len(conversion.Args) == 1 {
			e = conversion.Args[0] // []byte("x")
		}
		return strings.Contains(literal(e), ":[")
	})
}

// literal is the value of a literal, "" for anything else.
func literal(e ast.Expr) string {
	l, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	if s, err := strconv.Unquote(l.Value); err == nil {
		return s
	}
	return l.Value
}
