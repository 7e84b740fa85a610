package host

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEveryKindIsRegistered looks for all effects of the project's source, and what they say their kind is.
func TestEveryKindIsRegistered(t *testing.T) {
	kinds, found := NewKinds(Sources{}), 0
	root := filepath.Join("..", "..", "..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "uitest"):
			return fs.SkipDir
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(source, []byte(" Kind() ")) {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Kind" || len(f.Type.Params.List) != 0 || len(f.Body.List) != 1 {
				return true
			}
			if r, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				if lit, ok := r.Results[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					kind, _ := strconv.Unquote(lit.Value)
					if _, ok := kinds[kind]; !ok {
						t.Errorf("%s: effects of the kind %q are not registered", file, kind)
					}
					found++
				}
			}
			return true
		})
		return nil
	})
	if err != nil || found < 7 {
		t.Errorf("%d kinds found: %v", found, err)
	}
}

// TestUndoneBy: which inverse fits which change, by what each kind registered.
func TestUndoneBy(t *testing.T) {
	kinds := NewKinds(Sources{})
	file := func(kind, path, more string) string {
		return `{"pid":7,"start":70,"op":{"kind":"` + kind + `","path":"` + path + `"` + more + `,"expect":{"absent":true}}}`
	}
	group := func(path, rest string) string {
		return `{"hierarchy":"memory","path":"` + path + `","dev":3,"ino":4,` + rest + `}`
	}
	edit := func(path, name, old, now string) string {
		return "[" + group(path, `"file":"`+name+`","old":"`+old+`","new":"`+now+`","unit":""`) + "]"
	}
	tune := func(pid, values string) string {
		return `{"targets":[{"pid":` + pid + `,"start":70,"values":[` + values + `]}]}`
	}
	const five, zero, idle = `{"name":"nice","value":"5"}`, `{"name":"nice","value":"0"}`, `{"name":"ioprio","value":"idle"}`
	for _, c := range []struct {
		kind, change, of, inverse string
		fits                      bool
	}{
		{"process.tune", tune("7", five+","+idle), "process.tune", tune("7", zero), true},
		{"process.tune", tune("7", five), "process.tune", tune("8", zero), false},
		{"process.tune", tune("7", five), "process.tune", tune("7", idle), false},
		{"process.tune", tune("7", five), "process.tune", tune("0", zero), false},
		{"process.tune", tune("7", five), "process.tune", tune("7", `{"name":"nice","value":"-99"}`), false},
		{"process.tune", tune("7", five), "signal", tune("7", zero), false},
		{"file.touch", file("touch", "/a/b", ""), "file.rm", file("rm", "/a/b", ""), true},
		{"file.mkdir", file("mkdir", "a//b/", `,"parents":true`), "file.rm", file("rm", "/a/b", ""), true},
		{"file.put", file("put", "/a", ""), "file.put", file("put", "/a", `,"mode":420`), true},
		{"file.put", file("put", "/a", ""), "file.rm", file("rm", "/a", ""), true},
		{"file.rm", file("rm", "/a", ""), "file.put", file("put", "/a", ""), true},
		{"file.rm", file("rm", "/a", ""), "file.mkdir", file("mkdir", "/a", ""), true},
		{"file.mv", file("mv", "/a", `,"to":"/b"`), "file.mv", file("mv", "/b", `,"to":"/a"`), true},
		{"file.mv", file("mv", "/a", `,"to":"/b"`), "file.mv", file("mv", "/b", `,"to":"/c"`), false},
		{"file.mv", file("mv", "/a", `,"to":"/b"`), "file.mv", file("mv", "/c", `,"to":"/a"`), false},
		{"file.touch", file("touch", "/a/b", ""), "file.rm", file("rm", "/a/c", ""), false},
		{"file.touch", file("touch", "/a", ""), "file.put", file("put", "/a", ""), false},
		{"file.touch", file("put", "/a", ""), "file.rm", file("rm", "/a", ""), false},
		{"file.mkdir", file("mkdir", "/a", ""), "file.rm", file("rm", "/a", `,"recursive":true`), false},
		{"file.put", file("put", "/a", ""), "file.put", strings.Replace(file("put", "/a", ""), `"pid":7`, `"pid":8`, 1),
			false},
		{"file.put", file("put", "/a", ""), "file.put", strings.Replace(file("put", "/a", ""), `"start":70`, `"start":71`,
			1), false},
		{"file.put", file("put", "/a", ""), "file.put", `{"pid":7,"start":70,"op":{"kind":"put","path":"/a"}}`, false},
		{"file.put", `null`, "file.put", file("put", "/a", ""), false},
		{"file.put", file("put", "/a", ""), "cgroup.edit", edit("/x", "pids.max", "1", "2"), false},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.edit", edit("/x", "pids.max", "2", "1"), true},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.edit", edit("/y", "pids.max", "2", "1"), false},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.edit", edit("/x", "pids.min", "2", "1"), false},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.edit", `[]`, false},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.edit", strings.Replace(edit("/x", "pids.max", "2", "1"),
			`"unit":""`, `"unit":"ssh.service"`, 1), false},
		{"cgroup.edit", edit("/x", "pids.max", "1", "2"), "cgroup.freeze", group("/x", `"frozen":true`), false},
		{"cgroup.freeze", group("/x", `"frozen":true`), "cgroup.freeze", group("/x", `"frozen":false`), true},
		{"cgroup.freeze", group("/x", `"frozen":true`), "cgroup.freeze", group("/x", `"frozen":true`), false},
		{"cgroup.freeze", group("/x", `"frozen":true`), "cgroup.freeze", group("/y", `"frozen":false`), false},
		{"signal", `{"pid":5,"start":6,"signal":19}`, "signal", `{"pid":5,"start":6,"signal":18}`, true},
		{"signal", `{"pid":5,"start":6,"signal":19}`, "signal", `{"pid":5,"start":6,"signal":9}`, false},
		{"signal", `{"pid":5,"start":6,"signal":15}`, "signal", `{"pid":5,"start":6,"signal":18}`, false},
		{"signal", `{"pid":5,"start":6,"signal":19}`, "signal", `{"pid":9,"start":6,"signal":18}`, false},
	} {
		if err := kinds[c.kind].UndoneBy(json.RawMessage(c.change), c.of,
			json.RawMessage(c.inverse)); (err == nil) != c.fits {
			t.Errorf("%s %s undone by %s %s: %v", c.kind, c.change, c.of, c.inverse, err)
		}
	}
}

// TestScriptAsTheKindsSay: what a script leaves out, and when it looks for a process again, is what the kinds say.
func TestScriptAsTheKindsSay(t *testing.T) {
	target := scriptTarget{PID: 7, Start: 9}
	for _, c := range []struct {
		kind, byHand, script string
		again                bool // the process is looked for again
	}{
		{"signal", "kill 7", "still 7 9\nkill 7\n", true},
		{"process.tune", "renice 5 7", "still 7 9\nrenice 5 7\n", false},
		{"file.put", "cat > x", "# what was written is not in the journal: cat > x\n", true},
		{"file.unpack", "tar -x", "# what was written is not in the journal: tar -x\n", true},
		{"file.rm", "rm x", "still 7 9\nrm x\n", false},
		{"demo.start", "unshare", "# it would not come back from that; bones demo starts one in the background: unshare\n",
			true},
		{"of another bones", "true", "still 7 9\ntrue\n", false},
	} {
		checked := scriptTarget{}
		e := Entry{Kind: c.kind, ByHand: c.byHand, Result: "done", target: target}
		_, got, _ := strings.Cut(e.script(NewKinds(Sources{})[c.kind], &checked), ": \n")
		if got != c.script || (checked != target) != c.again {
			t.Errorf("%s: checked %v, the script is %q", c.kind, checked, got)
		}
	}
}
