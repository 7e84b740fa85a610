package version

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestOfBuild: the commit, its time and whether the source differed from it are said where the build saw them.
func TestOfBuild(t *testing.T) {
	end := " " + runtime.Version() + " linux/" + runtime.GOARCH
	settings := func(words ...string) (info *debug.BuildInfo) {
		info = &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}
		for i := 0; i < len(words); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: words[i], Value: words[i+1]})
		}
		return info
	}
	for want, info := range map[string]*debug.BuildInfo{
		"bones (devel)": nil,
		"bones v1.2.3":  settings("CGO_ENABLED", "0"),
		"bones v1.2.3 0123abc 2026-05-04T03:02:01Z": settings("vcs", "git", "vcs.revision", "0123abc", "vcs.time",
			"2026-05-04T03:02:01Z", "vcs.modified", "false"),
		"bones v1.2.3 0123abc 2026-05-04T03:02:01Z modified": settings("vcs.revision", "0123abc", "vcs.time",
			"2026-05-04T03:02:01Z", "vcs.modified", "true"),
	} {
		if got := line(of(info)); got != want+end {
			t.Errorf("%q, want %q", got, want+end)
		}
	}
}
