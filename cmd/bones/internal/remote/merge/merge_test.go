package merge

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bones/procwalk/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// items takes apart what a host says, which must be taken.
func items(t *testing.T, kind, host, said string) []Item {
	t.Helper()
	list, err := Kinds[kind].Items(Answer{Host: host, JSON: []byte(said)})
	if err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	return list
}

// printed is the table of what some hosts have said.
func printed(t *testing.T, kind string, o Options, list ...[]Item) string {
	t.Helper()
	var all []Item
	for _, l := range list {
		all = append(all, l...)
	}
	var b strings.Builder
	if err := Kinds[kind].Table(&b, o, all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTables(t *testing.T) {
	web := `{"id":"` + strings.Repeat("a", 64) + `","runtime":"docker","name":"web","image":"nginx","pid":7,"pids":[7,8],
		"memory":{"usage_bytes":1048576,"limit_bytes":2097152,"limit_file":"memory.max"},"cpu_percent":12.34,
		"pids_current":3,"net_rx_bytes":1024,"net_tx_bytes":0,"read_bytes":0,"write_bytes":null,"frozen":true,
		"a_field_of_tomorrow":{"x":[1]},"errors":{}}`
	box := `{"id":null,"name":null,"pid":9,"pids":[9],"memory":{},"errors":{"memory.limit_bytes":"why"}}`
	idle := `{"id":"c2","name":"idle","runtime":"lxc","pid":10,"pids":[10],"memory":{"usage_bytes":1024},"errors":{}}`
	a, b := items(t, "containers", "db1", "["+web+","+box+"]"), items(t, "containers", "db2", " ["+idle+"]\n")
	const want = `HOST  NAME          RUNTIME  ID            PID  PROCS  CPU%  MEM/LIMIT      IMAGE
db1   web (frozen)  docker   aaaaaaaaaaaa  7    2      12.3  1.0M/2.0M      nginx
db2   idle          lxc      c2            10   1      -     1.0K/no limit  -
`
	if got := printed(t, "containers", Options{}, a, b); got != want {
		t.Errorf("\n%swant\n%s", got, want)
	}
	if got := printed(t, "containers", Options{Sort: "name", Sandboxes: true}, a, b); !strings.Contains(got,
		"sandbox:9") || strings.Index(got, "idle") > strings.Index(got, "web") {
		t.Errorf("\n%s", got)
	}
	if got := printed(t, "containers", Options{Sort: "-mem"}, a, b); strings.Index(got, "idle") > strings.Index(got,
		"web") {
		t.Errorf("the least memory first:\n%s", got)
	}
	if got := printed(t, "stats", Options{}, a, b); !strings.Contains(got, "50.00  3     1.0K / 0  0 / -") {
		t.Errorf("\n%s", got)
	}
	spaces := items(t, "ns", "db1", `[{"ns":4026531836,"type":"pid","nprocs":3,"pid":1,"user":"root","command":"init",
		"containers":["web"],"errors":{}},{"ns":5,"type":"net","nprocs":0,"pid":null,"holders":[{"where":"/run/netns/x"}]}]`)
	if got := printed(t, "ns", Options{Width: 60}, spaces); !strings.Contains(got,
		"db1   4026531836  pid   3       1    root  web        init\n") ||
		!strings.Contains(got, "(/run/\n") {
		t.Errorf("\n%s", got)
	}
	happened := [][]Item{
		items(t, "events", "db1", `[{"time":"2026-01-02T03:04:05Z","kind":"oom","pid":7,"container":{"name":"web"},"what":"late"}]`),
		items(t, "events", "db2", `[{"time":"2026-01-02T03:04:04Z","kind":"exit","pid":null,"what":"early"}]`)}
	if got := printed(t, "events", Options{}, happened...); !strings.HasPrefix(got, "HOST  TIME") ||
		strings.Index(got, "early") > strings.Index(got, "late") {
		t.Errorf("\n%s", got)
	}
	found := [][]Item{items(t, "health", "db1", `{"judged":4,"findings":[],"not_judged":[{}]}`),
		items(t, "health", "db2", `{"findings":[{"name":"zombies","severity":"warning","finds":"nobody reaps","value":12,
		"subject":{"name":"web"}},{"name":"of-tomorrow","severity":"odd","finds":"?","value":1.5,"subject":{"name":null}}]}`)}
	got := printed(t, "health", Options{}, found...)
	lines := strings.Split(got, "\n")
	if len(lines) != 5 || !strings.Contains(lines[1], "db2   warning   web      zombies") ||
		!strings.Contains(lines[2], "of-tomorrow") || !strings.Contains(lines[3], "4 of 5") {
		t.Errorf("\n%s", got)
	}
}

// TestNoHostSaysThatItIsAnother: what a host has under "host", in whatever case and however often, is not its name.
func TestNoHostSaysThatItIsAnother(t *testing.T) {
	list := items(t, "containers", "db1", `[{"host":"db2","name":"web","HOST":"db2","id":"x","Host":{"a":1}}]`)
	var b strings.Builder
	if err := JSON(&b, list); err != nil {
		t.Fatal(err)
	}
	var back []map[string]any
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(back); got != "[map[host:db1 id:x name:web]]" {
		t.Errorf("%s", got)
	}
}

// TestHostileHosts: what is not what bones prints is refused in one line, and what is steers no terminal.
func TestHostileHosts(t *testing.T) {
	for _, said := range []string{"", "null", "{}", "[", "[1]", "[null]", `["x"]`, `[{"pid":"x"}]`, `[{}] [{}]`, `[{}]x`,
		`[{"memory":{"usage_bytes":-1}}]`, `[{"memory":{"usage_bytes":1e99}}]`, "\x1b]0;x\x07", `[{"name":{}}]`,
		strings.Repeat("[", 100_000), `[{"a":` + strings.Repeat("[", 100_000), "[" + strings.Repeat("{},", maxItems+1) + "{}]"} {
		list, err := Kinds["containers"].Items(Answer{Host: "db1", JSON: []byte(said)})
		if err == nil {
			t.Errorf("%.60q is taken: %d items", said, len(list))
		} else if s := err.Error(); len(s) > 500 || strings.ContainsAny(s, "\n\x1b\x07") {
			t.Errorf("%.60q: the error is %q", said, s)
		}
	}
	evil := `"\u001b[2J\u202e\n"`
	for kind, said := range map[string]string{
		"containers": `[{"id":E,"name":E,"runtime":E,"image":E,"pid":-9,"pod":{"uid":E,"name":E,"namespace":E},"errors":{E:E}}]`,
		"stats":      `[{"id":E,"name":E,"cpu_percent":1e308,"memory":{"usage_bytes":18446744073709551615,"limit_bytes":1}}]`,
		"ns":         `[{"ns":1,"type":E,"user":E,"command":E,"containers":[E],"holders":[{"where":E}]},{"holders":[{"where":E}]}]`,
		"events":     `[{"time":"0001-01-01T00:00:00Z","kind":E,"what":E,"container":{"name":E}}]`,
		"health":     `{"findings":[{"name":E,"severity":E,"finds":E,"value":1e308,"subject":{"name":E}},{"name":"zombies","value":-1e308},{"name":"memory-filling","value":1e308}]}`,
	} {
		list := items(t, kind, "db1", strings.ReplaceAll(said, "E", evil))
		out := printed(t, kind, Options{Sandboxes: true}, list)
		var b strings.Builder
		if err := JSON(&b, list); err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			JSONLine(&b, i)
			if kind == "events" {
				out += EventLine(4, i)
			}
		}
		if strings.ContainsAny(out+b.String(), "\x1b\u202e") {
			t.Errorf("%s: %q %q", kind, out, b.String())
		}
		if n := strings.Count(out, "\n"); n > 5 {
			t.Errorf("%s: %d lines:\n%s", kind, n, out)
		}
	}
}

func FuzzItems(f *testing.F) {
	f.Add(`[{"id":"x","name":"web","pid":1,"pids":[1]}]`)
	f.Add(`{"findings":[{"name":"zombies","value":1}]}`)
	f.Add(`[{"time":"2026-01-02T03:04:05Z","kind":"exit","what":"x"}]`)
	f.Fuzz(func(t *testing.T, said string) {
		for name, kind := range Kinds {
			list, err := kind.Items(Answer{Host: "db1", JSON: []byte(said)})
			if err != nil || kind.table == nil {
				continue
			}
			var b strings.Builder
			if err := kind.Table(&b, Options{Sandboxes: true, Width: 80}, list); err != nil {
				t.Fatal(name, err)
			}
			if err := JSON(&b, list); err != nil {
				t.Fatal(name, err)
			}
			if strings.ContainsRune(b.String(), 0x1b) {
				t.Fatalf("%s: %q", name, b.String())
			}
		}
	})
}

// TestPrinted: what hosts print for people stands in one table, and steers no terminal.
func TestPrinted(t *testing.T) {
	var b strings.Builder
	tables := []Printed{{"db1", "NAME  BLOCK I/O  MEM\nweb   1 / 2      3\n"},
		{"database2", "NAME         BLOCK I/O  MEM\na long name  - / -      4\x1b[2J\n漢字         5 / 6      7\n"},
		{"empty", ""},
		{"old", "NAME  MEM\nx     8\n"}}
	if err := Tables(&b, tables); err != nil {
		t.Fatal(err)
	}
	const want = `HOST       NAME         BLOCK I/O  MEM
db1        web          1 / 2      3
database2  a long name  - / -      4\x1b[2J
database2  漢字         5 / 6      7
HOST  NAME  MEM
old   x     8
`
	if b.String() != want {
		t.Errorf("\n%swant\n%s", b.String(), want)
	}
	b.Reset()
	ps := []Printed{{"a", "  PID CMD\n    1 init\n"}, {"b", "  PID CMD\n    1 \x1binit\n"},
		{"c", "    PID CMD\n      1 a-long-one\n"}}
	if err := Lines(&b, Options{Width: 20}, true, ps); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != "HOST    PID CMD\na         1 init\nb         1 \\x1binit\nHOST      PID CMD\n"+
		"c           1 a-long\n" {
		t.Errorf("\n%s", got)
	}
}

// TestVerdicts: the worst of all hosts counts, and only what a plugin prints with its own status is one.
func TestVerdicts(t *testing.T) {
	ok := CheckResult{Host: "a", Line: "BONES OK - well | critical=0\n"}
	warning := CheckResult{Host: "b", Line: "BONES WARNING - x: y | z=1", Status: 1}
	critical := CheckResult{Host: "c", Line: "BONES CRITICAL - \x1b[2J|boo", Status: 2}
	down := CheckResult{Host: "d", Failed: fmt.Errorf("ssh failed"), Status: 255}
	for _, c := range []struct {
		all    []CheckResult
		status int
		first  string
	}{
		{[]CheckResult{ok, ok}, 0, "BONES OK - nothing is the matter with 2 hosts | critical=0;;0;0 warning=0;0;;0 " +
			"unknown=0;;;0 ok=2"},
		{[]CheckResult{ok, warning, down}, 1, "BONES WARNING - 2 of 3 hosts: b: x: y; d: ssh failed | "},
		{[]CheckResult{warning, ok, critical}, 2, `BONES CRITICAL - 2 of 3 hosts: c: \x1b[2J/boo; b: x: y | critical=1`},
		{[]CheckResult{ok, down}, 3, "BONES UNKNOWN - 1 of 2 hosts: d: ssh failed | "},
		{[]CheckResult{{Host: "e", Line: "BONES OK - well", Status: 2}}, 3,
			"BONES UNKNOWN - 1 of 1 hosts: e: bones there ended"},
		{[]CheckResult{{Host: "e", Line: "rm: usage", Status: 2}, critical, critical, critical, critical}, 2,
			"BONES CRITICAL - 5 of 5"},
	} {
		var b strings.Builder
		status, err := Verdicts(&b, c.all)
		if got := b.String(); err != nil || status != c.status || !strings.HasPrefix(got, c.first) ||
			strings.Count(got, "\n") != len(c.all)+1 || strings.Count(got, "|") != 1 || strings.Contains(got, "\x1b") {
			t.Errorf("%v: status %d, want %d %q:\n%s", c.all, status, c.status, c.first, got)
		}
	}
}
