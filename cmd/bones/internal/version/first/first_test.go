package first

import (
	"runtime/debug"
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
			{{Key: "vcs.revision", Value: "abcdef"}, {Key: "vcs.modified", Value: "false"}},
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
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
