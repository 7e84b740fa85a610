package first

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	own, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("this binary has no build information")
	}
	if got, want := Read(), known(own); got != want {
		t.Errorf("%+v, runtime/debug says %+v", got, want)
	}
	for _, version := range []string{"", "(devel)", "v1.2.3", "v0.0.0-20260101000000-abcdefabcdef+dirty"} {
		for _, settings := range [][]debug.BuildSetting{
			nil,
			{{Key: "vcs.revision", Value: "abcdef"}, {Key: "vcs.time", Value: "2026-05-04T03:02:01Z"}, {Key: "vcs.modified",
				Value: "false"}},
			{{Key: "-ldflags", Value: "-s vcs.revision=no"}, {Key: "vcs.modified", Value: "true"}},
		} {
			info := &debug.BuildInfo{GoVersion: "go1.26", Path: "bones/cmd/bones", Settings: settings,
				Main: debug.Module{Path: "bones", Version: version},
				Deps: []*debug.Module{{Path: "example.org/mod", Version: "v9"}}}
			if got, want := parse(info.String()), known(info); got != want {
				t.Errorf("%+v, runtime/debug says %+v, of\n%s", got, want, info)
			}
		}
	}
}

// known is what ReadBuildInfo gives.
func known(info *debug.BuildInfo) Build {
	b := Build{Version: "(devel)"}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// TestLine: the commit, its time and whether the source differed from it are said where the build saw them.
func TestLine(t *testing.T) {
	end := " " + runtime.Version() + " linux/" + runtime.GOARCH
	settings := func(words ...string) string {
		info := &debug.BuildInfo{Main: debug.Module{Path: "bones", Version: "v1.2.3"}}
		for i := 0; i < len(words); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: words[i], Value: words[i+1]})
		}
		return info.String()
	}
	for want, info := range map[string]string{
		"bones (devel)": "",
		"bones v1.2.3":  settings("CGO_ENABLED", "0"),
		"bones v1.2.3 0123abc 2026-05-04T03:02:01Z": settings("vcs", "git", "vcs.revision", "0123abc", "vcs.time",
			"2026-05-04T03:02:01Z", "vcs.modified", "false"),
		"bones v1.2.3 0123abc 2026-05-04T03:02:01Z modified": settings("vcs.revision", "0123abc", "vcs.time",
			"2026-05-04T03:02:01Z", "vcs.modified", "true"),
	} {
		if got := parse(info).Line(); got != want+end {
			t.Errorf("%q, want %q", got, want+end)
		}
	}
}

// TestImports: each other import is started before this package, and most of them after much of the program.
func TestImports(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if i.Path.Value != `"runtime"` && i.Path.Value != `"unsafe"` {
				t.Errorf("%s imports %s: `bones version` would be answered later", name, i.Path.Value)
			}
		}
	}
}
