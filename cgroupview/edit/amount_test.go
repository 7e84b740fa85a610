package edit

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// eachAmount gives do the lines of testdata/amounts.tsv; want is empty for what is refused, 0 for no limit.
func eachAmount(t *testing.T, do func(name, value, want string)) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/amounts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		value := strings.NewReplacer(`\n`, "\n", `\e`, "", `\d`, strings.Repeat("9", 5000)).Replace(f[1])
		want := f[2]
		switch want {
		case "-":
			want = ""
		case "none":
			want = "0"
		}
		do(f[0], value, want)
		n++
	}
	if n < 80 {
		t.Errorf("only %d values", n)
	}
}

func TestAmounts(t *testing.T) {
	eachAmount(t, func(name, value, want string) {
		at := slices.Index(PortableNames(), name)
		if at < 0 {
			t.Fatalf("%s is in testdata/amounts.tsv and not in portable.go", name)
		}
		got, err := portableNames[at].parse(value, 8<<30)
		if err == nil && strconv.FormatInt(got, 10) != want || (err != nil) != (want == "") {
			t.Errorf("%s=%.30q: %d, %v; want %q", name, value, got, err, want)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), name+": ") || len(err.Error()) > 200 ||
			strings.Contains(err.Error(), "\n")) {
			t.Errorf("%s=%.30q: %v", name, value, err)
		}
	})
}

// TestSetTakesTheTable: an edit of a group takes the values of the table, and refuses the others, on both versions. It
// goes the whole way of bones set, and of the dialogs of the terminal UI, so that no check of its own can differ.
func TestSetTakesTheTable(t *testing.T) {
	for version, files := range map[int]map[string]string{
		1: {"g/memory.limit_in_bytes": "9223372036854771712", "g/cpu.cfs_quota_us": "-1", "g/cpu.cfs_period_us": "100000",
			"g/pids.max": "max"},
		2: {"g/memory.max": "max", "g/cpu.max": "max 100000", "g/pids.max": "max"},
	} {
		find, h := fixture(t, version, files)
		g := cgroupview.Groups{List: []*cgroupview.Group{find("g")}}
		eachAmount(t, func(name, value, want string) {
			_, err := New(h, g, []Assignment{{name, value}}, cgroupview.Surroundings{Name: text.New("g"), Total: 8 << 30})
			if (err == nil) != (want != "") {
				t.Errorf("v%d %s=%.30q: %v; want %q", version, name, value, err, want)
			}
		})
	}
}

// TestPortable: what the portable names stand for is taken by the files that they mean, on both versions.
func TestPortable(t *testing.T) {
	all := []string{"memory", "cpu", "pids"}
	for version := 1; version <= 2; version++ {
		g := cgroupview.Groups{List: []*cgroupview.Group{{Hierarchy: &cgroupview.Hierarchy{Version: version,
			Controllers: all}}}}
		eachAmount(t, func(name, value, want string) {
			a, ok, err := portable(g, Assignment{name, value}, 8<<30)
			if ok != (want != "") || (err == nil) != ok {
				t.Errorf("v%d %s=%.30q: %v, %v", version, name, value, a, err)
			}
			if !ok {
				return
			}
			written, err := spec.Canonical(spec.Of(version, a.File), a.Value, "5000 70000", 8<<30)
			if err != nil {
				if a.Value != "-1" { // v1's word for no quota is not typed, but known
					t.Errorf("v%d %s=%s becomes %s=%s: %v", version, name, value, a.File, a.Value, err)
				}
				return
			}
			number, _, _ := strings.Cut(written, " ")
			if want != "0" && number != want {
				t.Errorf("v%d %s=%s writes %s to %s, want %s", version, name, value, written, a.File, want)
			}
			if want == "0" && number != "max" && number != "-1" {
				t.Errorf("v%d %s=%s writes %s to %s", version, name, value, written, a.File)
			}
		})
	}
	if _, _, err := portable(cgroupview.Groups{}, Assignment{"memory", "64M"}, 0); err == nil ||
		!strings.Contains(err.Error(),
			"controller memory") {
		t.Errorf("without the controller: %v", err)
	}
}
