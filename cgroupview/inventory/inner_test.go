package inventory

import (
	"maps"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

// TestInner: the innermost group that all processes of a container are in, where that is not its own.
func TestInner(t *testing.T) {
	for name, c := range map[string]struct {
		paths []string // of the processes
		want  string   // empty: its own
	}{
		"crun":                        {[]string{"/s/c/container", "/s/c/container"}, "/s/c/container"},
		"one further inside":          {[]string{"/s/c/container", "/s/c/container/x"}, "/s/c/container"},
		"systemd inside":              {[]string{"/s/c/init.scope", "/s/c/system.slice/a.service"}, ""},
		"systemd inside of crun":      {[]string{"/s/c/container/init.scope", "/s/c/container/a/b"}, "/s/c/container"},
		"its own":                     {[]string{"/s/c"}, ""},
		"one moved elsewhere":         {[]string{"/s/c/container", "/elsewhere"}, "/s/c/container"},
		"a name that begins the same": {[]string{"/s/c/container", "/s/cc"}, "/s/c/container"},
		"names that begin the same":   {[]string{"/s/c/a", "/s/c/ab"}, ""},
		"a path that is none":         {[]string{"s", "/s/c/a"}, "/s/c/a"},
		"a group that was removed":    {[]string{"/s/c/a (deleted)"}, ""},
	} {
		s := &procwalk.Snapshot{}
		e := &Container{Key: "k"}
		for i, path := range c.paths {
			s.Processes = append(
				s.Processes,
				procwalk.Process{Stat: procwalk.Stat{PID: i + 1}, Cgroups: &procwalk.Cgroups{
					Lines: []procwalk.CgroupLine{{Hierarchy: 3, Path: text.New(path)}}}},
			)
			e.PIDs = append(e.PIDs, i+1)
		}
		x := &Inventory{snapshot: s}
		want := map[int]string{}
		if c.want != "" {
			want[3] = c.want
		}
		if got := x.inner(e, map[int]string{3: "/s/c"}); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, paths := range [][2]string{{"a", "b"}, {"/a", "b"}, {"", ""}} {
		commonGroup(paths[0], paths[1]) // comes to an end
	}
}
