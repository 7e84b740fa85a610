package container

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/text"
)

// vector is a row of cgroup_paths.tsv: a line as a kernel wrote it, and what it means.
type vector struct {
	line                   CgroupLine
	runtime, id, pod, kind string
	raw, source            string
}

// vectors are the 76 lines that were collected from kernels and other tools' bug reports, and further ones that are
// built from what engines document.
func vectors(tb testing.TB) []vector {
	tb.Helper()
	return append(vectorsOf(tb, "cgroup_paths.tsv", 76), vectorsOf(tb, "cgroup_paths_more.tsv", 60)...)
}

func vectorsOf(tb testing.TB, name string, least int) []vector {
	tb.Helper()
	b, err := os.ReadFile("../../testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var list []vector
	for i, row := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		f := strings.Split(row, "\t")
		if len(f) != 6 {
			tb.Fatalf("%s: row %d has %d columns", name, i+1, len(f))
		}
		if i == 0 {
			continue
		}
		list = append(list, vector{parseLine(tb, f[0]), f[1], f[2], f[3], f[4], f[0], f[5]})
	}
	if len(list) < least {
		tb.Fatalf("%s: only %d vectors", name, len(list))
	}
	return list
}

func parseLine(tb testing.TB, s string) CgroupLine {
	tb.Helper()
	f := strings.SplitN(s, ":", 3)
	n, err := strconv.Atoi(f[0])
	if err != nil || len(f) != 3 {
		tb.Fatalf("%q is no line of /proc/PID/cgroup", s)
	}
	return CgroupLine{Hierarchy: n, Controllers: text.New(f[1]), Path: text.New(f[2])}
}

func lines(tb testing.TB, ss ...string) []CgroupLine {
	var ls []CgroupLine
	for _, s := range ss {
		ls = append(ls, parseLine(tb, s))
	}
	return ls
}

func describe(e ChainEntry) string {
	return strings.Join([]string{e.Kind.String(), string(e.Runtime), e.ID.Raw(), e.PodUID.Raw()}, " ")
}

// needDisk are rows where the path tells nothing about a container and the disk does. The path's own answer is tested
// here like any other, what the disk adds in discover_test.go.
var needDisk = map[string]string{
	"0::/system.slice/runcA": "runc names the group by the id alone; /run/runc/runcA/state.json tells",
	"0::/crunA":              "crun names the group by the id alone; /run/crun/crunA/status tells",
	"0::/user.slice/user-1000.slice/user@1000.service/user.slice/podman-761.scope": "no id in the path; the status " +
		"file of the OCI runtime below /run/user/1000 has the container's init",
}

func TestVectors(t *testing.T) {
	disk := 0
	for _, v := range vectors(t) {
		if _, ok := needDisk[v.raw]; ok {
			disk++
			if _, ok := FromLines([]CgroupLine{v.line}).Container(); ok {
				t.Errorf("%s\n a container was invented from the path alone", v.raw)
			}
		}
		for _, suffix := range []string{"", " (deleted)"} {
			l := v.line
			l.Path = text.New(l.Path.Raw() + suffix)
			got := describe(FromLines([]CgroupLine{l}).Innermost())
			if want := strings.Join([]string{v.kind, v.runtime, v.id, v.pod}, " "); got != want {
				t.Errorf("%s%s\n got  %q\n want %q\n (%s)", v.raw, suffix, got, want, v.source)
			}
		}
	}
	if disk != len(needDisk) {
		t.Errorf("%d of the %d rows that need the disk are in the file", disk, len(needDisk))
	}
}

// TestEveryPatternHasAVector: for each row of the tables in patterns.go there is a line of a group that is named so.
func TestEveryPatternHasAVector(t *testing.T) {
	all := vectors(t)
	has := func(form string, runtime Runtime, kind EntryKind) {
		for _, v := range all {
			if strings.Contains(v.raw, form) && v.runtime == string(runtime) && v.kind == kind.String() {
				return
			}
		}
		t.Errorf("no line of testdata/cgroup_paths_more.tsv has a %s %s with %q in its path: add one, with the source",
			runtime, kind, form)
	}
	for _, p := range prefixed {
		has(p.prefix, p.runtime, p.kind)
	}
	for _, p := range literal {
		has(p.prefix, p.runtime, p.kind)
	}
	for _, p := range inside {
		has(p.dir+"/", p.runtime, p.kind)
	}
}
