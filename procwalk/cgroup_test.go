package procwalk

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestParseCgroup(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // HIERARCHY|CONTROLLERS|PATH, one a line, as Go string literals
		bad  bool
	}{
		{"0::/\n", `0|""|"/"`, false},
		{"", "", false},
		{"9:name=systemd:/\n3:cpuset:/a\n2:cpu,cpuacct:/b/c\n0::/d.slice\n",
			`9|"name=systemd"|"/"` + "\n" + `3|"cpuset"|"/a"` + "\n" + `2|"cpu,cpuacct"|"/b/c"` + "\n" + `0|""|"/d.slice"`,
			false},
		{"0::/../../sibling\n", `0|""|"/../../sibling"`, false},
		{"0::/gone (deleted)\n", `0|""|"/gone (deleted)"`, false},
		{"5:pids:/a:b::c\n", `5|"pids"|"/a:b::c"`, false},
		{"0::/\x1b[2J\xff\n", `0|""|"/\x1b[2J\xff"`, false},
		{"0::/sp ace \n", `0|""|"/sp ace "`, false},
		{"1::/v1 without a controller\n", `1|""|"/v1 without a controller"`, false},
		{"0::/cut", "", true},
		{"x::/\n0::/ok\n", `0|""|"/ok"`, true},
		{"-1::/\n", "", true},
		{"4294967296::/\n", "", true},
		{"0:/\n", "", true},
		{"0\n", "", true},
		{"\n", "", true},
	} {
		g := ParseCgroup([]byte(c.in))
		var lines []string
		for _, l := range g.Lines {
			lines = append(lines, fmt.Sprintf("%d|%q|%q", l.Hierarchy, l.Controllers.Raw(), l.Path.Raw()))
		}
		if got := strings.Join(lines, "\n"); got != c.want || (g.Err != nil) != c.bad {
			t.Errorf("%q: %s, error %v", c.in, got, g.Err)
		}
	}
}

func TestCgroupLineV2(t *testing.T) {
	g := ParseCgroup([]byte("0::/\n1:cpu:/\n2::/\n"))
	if len(g.Lines) != 3 || !g.Lines[0].V2() || g.Lines[1].V2() || g.Lines[2].V2() {
		t.Errorf("%+v", g.Lines)
	}
}

func TestParseCgroupLive(t *testing.T) {
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Skip(err)
	}
	if g := ParseCgroup(b); g.Err != nil || len(g.Lines) != strings.Count(string(b), "\n") {
		t.Errorf("%d lines, %v", len(g.Lines), g.Err)
	}
}

func FuzzParseCgroup(f *testing.F) {
	for _, s := range []string{"0::/\n", "9:name=systemd:/\n0::/x\n", "5:pids:/a:b\n", "::\n", "0::/cut"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		g := ParseCgroup([]byte(in))
		var b strings.Builder
		for _, l := range g.Lines {
			fmt.Fprintf(&b, "%d:%s:%s\n", l.Hierarchy, l.Controllers.Raw(), l.Path.Raw())
		}
		again := ParseCgroup([]byte(b.String()))
		if again.Err != nil || len(again.Lines) != len(g.Lines) {
			t.Errorf("%q was read as %q, which reads otherwise", in, b.String())
		}
		if g.Err == nil && len(g.Lines) != strings.Count(in, "\n") {
			t.Errorf("%d lines of %q, and no error", len(g.Lines), in)
		}
	})
}
