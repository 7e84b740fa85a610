package spec

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTableAgainstVectors holds the table against what was found by trying on real kernels.
func TestTableAgainstVectors(t *testing.T) {
	b, err := os.ReadFile("../../testdata/cgroup_files.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) < 9 || f[0] == "version" {
			continue
		}
		versions := map[string][]int{"v1": {1}, "v2": {2}, "both": {1, 2}}[f[0]]
		for _, name := range names(f[1]) {
			found := false
			for _, v := range versions {
				s := Of(v, name)
				if s == nil {
					continue
				}
				found, rows = true, rows+1
				if mode := f[3]; strings.Contains(mode, "w") != s.Writable || strings.Contains(mode, "r") != s.Readable {
					t.Errorf("%s: mode %s, in the table readable %v, writable %v", name, mode, s.Readable, s.Writable)
				}
				if unlimited := f[5]; unlimited == "max" && s.Unlimited != "max" || strings.HasPrefix(unlimited, "9223") &&
					s.Unlimited != "-1" {
					t.Errorf("%s: no limit is %q, in the table %q", name, unlimited, s.Unlimited)
				}
				if s.Writable && !s.Settable && s.Why == "" {
					t.Errorf("%s: why it is not to be set is not said", name)
				}
				if s.Does == "" {
					t.Errorf("%s: what it does is not said", name)
				}
			}
			if !found {
				t.Errorf("%s is in no table", name)
			}
		}
	}
	if rows < 60 {
		t.Errorf("only %d files were looked at", rows)
	}
	for _, name := range strings.Fields("cgroup.procs tasks cgroup.threads cgroup.kill cgroup.subtree_control " +
		"cgroup.type devices.allow devices.deny") {
		for v := 1; v <= 2; v++ {
			if s := Of(v, name); s != nil && s.Settable {
				t.Errorf("%s must never be set as a value", name)
			}
		}
	}
}

// TestFormsOfTheTable: each form of a value in the table is one that parseSpecs knows. Of another it would make Raw
// without a word.
func TestFormsOfTheTable(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(tableV1) + tableV2) {
		f := strings.Fields(line)
		if _, ok := kinds[f[2]]; !ok {
			t.Errorf("%s: kinds in table.go does not have the form %q", f[0], f[2])
		}
	}
}

// taken are values, one of which each file takes that may be set.
var taken = []string{"0", "1", "2", "100", "max", "50000", "50000 100000", "0-3", "FROZEN", "member", "idle",
	"8:0 100", "8:0 rbps=1M"}

// TestFilesTakeValues: bones set takes some value for each file that the table says it may set, and a number beyond 1
// for each that is no switch.
func TestFilesTakeValues(t *testing.T) {
	for key, s := range specs() {
		takes := func(value string) bool {
			_, err := Canonical(s, value, "max 100000", 8<<30)
			return err == nil
		}
		if s.Settable && !slices.ContainsFunc(taken, takes) {
			t.Errorf("v%d %s: bones set takes none of %q for it: let Canonical in value.go know its values, or write rw "+
				"instead of rs in table.go", key.version, s.Name, taken)
		}
		ranged := s.Kind == Int || s.Kind == Micros
		if _, ok := between[s.Name]; s.Settable && ranged && !ok && s.Name != "cpu.weight.nice" &&
			!strings.HasPrefix(s.Does, "1:") {
			t.Errorf("v%d %s takes only 0 and 1, as between in value.go has no row for it; if that is right, say in "+
				"table.go what it does as \"1: ...\"", key.version, s.Name)
		}
	}
}

// names takes the vectors' shorthands apart: a{b,c}d, and several names in one field.
func names(field string) []string {
	var list []string
	field = strings.NewReplacer("memory.current/stat/events/numa_stat/pressure",
		"memory.current memory.stat memory.events memory.numa_stat",
		"devices.allow/deny", "devices.allow devices.deny", "cpu.uclamp.min/max", "cpu.uclamp.min cpu.uclamp.max",
		"*.pressure (trigger)", "cpu.pressure memory.pressure io.pressure", " / ", " ").Replace(field)
	for word := range strings.FieldsSeq(field) {
		list = append(list, expand(word)...)
	}
	return list
}

func expand(word string) []string {
	before, rest, ok := strings.Cut(word, "{")
	if !ok {
		return []string{word}
	}
	choices, after, _ := strings.Cut(rest, "}")
	var list []string
	for c := range strings.SplitSeq(choices, ",") {
		list = append(list, expand(before+c+after)...)
	}
	return list
}

func FuzzCanonical(f *testing.F) {
	for _, v := range append(bad, "1G", "50%", "max", "512MiB", "0-3,5", "100 1000", "8:0 1M", "8:0 rbps=1M") {
		f.Add("memory.max", v)
		f.Add("cpu.max", v)
		f.Add("io.max", v)
		f.Add("cpuset.cpus", v)
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		for v := 1; v <= 2; v++ {
			s := Of(v, name)
			if s == nil {
				continue
			}
			got, err := Canonical(s, value, "max 100000", 8<<30)
			if err == nil && (got == "" || strings.ContainsAny(got, "\n\x00") || len(got) > 4096) {
				t.Errorf("%s: %q becomes %q", name, value, got)
			}
			if err == nil && s.Kind == Bytes && got != s.Unlimited && strings.Trim(got, "0123456789") != "" {
				t.Errorf("%s: %q becomes %q", name, value, got)
			}
		}
	})
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ file, asked, want string }{
		{"memory.max", "1G", "1073741824"}, {"memory.max", "512MiB", "536870912"}, {"memory.max", "64k", "65536"},
		{"memory.max", "50%", "4294967296"}, {"memory.max", "max", "max"}, {"memory.max", "7E", "8070450532247928832"},
		{"memory.max", "8E", ""}, {"memory.max", "9223372036854775808", ""}, {"memory.max", "0", "0"},
		{"memory.max", "101%", ""},
		{"cpu.max", "50000", "50000 100000"}, {"cpu.max", "max", "max 100000"}, {"cpu.max", "max 50000", "max 50000"},
		{"cpu.max", "500", ""}, {"cpu.max", "50000 500", ""}, {"cpu.weight", "10001", ""}, {"cpu.weight.nice", "-20", "-20"},
		{"cpu.weight.nice", "20", ""}, {"pids.max", "4194304", "4194304"}, {"pids.max", "4194305", ""}, {"cpuset.cpus",
			"0-3,5", "0-3,5"},
		{"cpuset.cpus", "3-1", ""}, {"io.max", "8:0 rbps=1M wiops=max", "8:0 rbps=1048576 wiops=max"},
		{"io.max", "8:0 rbps=0", ""},
		{"io.max", "8:0 wiops=4294967296", ""}, {"io.max", "sda rbps=1", ""}, {"io.weight", "50", "default 50"},
		{"io.weight", "8:0 50", "8:0 50"},
		{"io.weight", "0", ""}, {"cgroup.freeze", "2", ""}, {"cpuset.cpus.partition", "isolated", "isolated"},
		{"cpu.uclamp.max", "50", "50.00"},
	} {
		got, err := Canonical(Of(2, c.file), c.asked, "max 100000", 8<<30)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s=%s: %q, %v; want %q", c.file, c.asked, got, err, c.want)
		}
	}
	for _, c := range []struct{ file, old, value, want string }{
		{"io.max", "8:0 rbps=5 wbps=max riops=max wiops=max", "8:0 rbps=9", "8:0 rbps=5 wbps=max riops=max wiops=max"},
		{"io.max", "", "8:16 rbps=9", "8:16 rbps=max wbps=max riops=max wiops=max"}, {"io.weight", "default 70\n8:0 50",
			"default 9", "default 70"},
		{"io.weight", "default 70", "8:0 9", "8:0 default"},
	} {
		if got := LineOf(Of(2, c.file), c.old, c.value); got != c.want {
			t.Errorf("undoing %s in %q: %q, want %q", c.value, c.old, got, c.want)
		}
	}
}

// TestBadValuesOfEveryFile tries them on every file of the table that may be set, whether this host has it or not.
func TestBadValuesOfEveryFile(t *testing.T) {
	files := 0
	for key, s := range specs() {
		if !s.Settable {
			continue
		}
		files++
		for _, v := range append(bad, "max", "-1") {
			if v == s.Unlimited || v == "-5" && s.Name == "cpu.weight.nice" || v == "-1" && s.Name == "cpu.weight.nice" ||
				v == "max" && s.Kind == Quota {
				continue
			}
			got, err := Canonical(s, v, "max 100000", 8<<30)
			if err == nil {
				t.Errorf("v%d %s takes %q as %q", key.version, s.Name, v, got)
			} else if strings.Contains(err.Error(), strconv.ErrRange.Error()) || strings.Contains(err.Error(), "strconv") {
				t.Errorf("v%d %s: the words are Go's: %v", key.version, s.Name, err)
			}
		}
	}
	if files < 60 {
		t.Errorf("only %d files may be set", files)
	}
}

// bad values, as they are listed for every editable file; what a file takes in earnest is left out there.
var bad = []string{"", " ", "\n", "abc", "0x10", "010", "-5", "18446744073709551616", "16E", "1.5.5G", "64XB",
	"5 word",
	strings.Repeat("9", 5000), "infinity"}
