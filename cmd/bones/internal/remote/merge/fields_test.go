package merge

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/text"
)

// ptr is the address of a value.
func ptr[T any](v T) *T { return &v }

// samples are objects as bones prints them, in which everything is there that a table may show.
func samples() map[string][]any {
	pod := &object.Pod{UID: ptr(text.New("u")), Name: ptr(text.New("shop")), Namespace: ptr(text.New("prod"))}
	web := &object.Container{ID: ptr(text.New("abc")), Runtime: ptr("docker"), Name: ptr(text.New("web")),
		Image: ptr(text.New("nginx")), Pod: pod, PID: 7, PIDs: []int{7, 8},
		Memory:     object.Memory{UsageBytes: ptr(uint64(1 << 20)), LimitBytes: ptr(uint64(2 << 20))},
		CPUPercent: ptr(1.5), PIDsCurrent: ptr(uint64(3)), ReadBytes: ptr(uint64(4)), WriteBytes: ptr(uint64(5)),
		NetRxBytes: ptr(uint64(6)), NetTxBytes: ptr(uint64(7)), Frozen: ptr(true)}
	limitless := &object.Container{ID: ptr(text.New("def")), Memory: object.Memory{UsageBytes: ptr(uint64(1))},
		Errors: map[string]string{"memory.limit_bytes": "why"}}
	entry := object.ChainEntry{Kind: "container", Runtime: ptr("docker"), Name: ptr(text.New("web"))}
	return map[string][]any{
		"containers": {web, limitless}, "stats": {web, limitless},
		"ns": {&object.Namespace{NS: ptr(uint64(5)), Type: "net", NProcs: 2, PID: ptr(7), User: ptr(text.New("root")),
			Command: ptr(text.New("nginx")), Containers: []text.Text{text.New("web")}},
			&object.Namespace{Type: "net", Errors: map[string]string{"user": "why"},
				Holders: []object.NamespaceHolder{{Where: text.New("/run/netns/x")}}}},
		"events": {&object.Event{Time: time.Unix(1e9, 0), Kind: "oom", PID: ptr(7),
			Container: &object.EventContainer{Name: text.New("web")},
			What:      text.New("was killed")}},
		"health": {&object.Health{Judged: 3, NotJudged: []object.HealthUnknown{{}}},
			&object.Health{Findings: []object.HealthFinding{{Name: "zombies", Severity: "warning", Finds: "nobody reaps"}}}},
		"which": {&object.Which{PID: 7, PIDInside: ptr(1), Comm: text.New("nginx"), Kind: "container",
			Chain: []object.ChainEntry{entry}}, &object.Which{Container: &object.WhichContainer{ID: text.New("abc")}},
			&object.Which{Machine: &object.Guest{Name: ptr(text.New("vm1"))}}},
		"pid": {&object.BackingPID{PID: 7, PIDInside: ptr(1)}},
	}
}

// optional are fields that bones leaves out where there is nothing to say.
var optional = map[string]string{"holders": "ns"}

// TestReadsAreWhatIsShown: the fields that count as missing from what another version has printed are those that a
// table shows, or sorts by: without one of them the table is another, without any other field it is the same.
func TestReadsAreWhatIsShown(t *testing.T) {
	all := map[string]map[string]bool{}
	for kind, list := range samples() {
		shown := map[string]bool{}
		all[kind] = shown
		for _, o := range list {
			b, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(b, &fields); err != nil {
				t.Fatal(err)
			}
			whole, missing := tabled(t, kind, fields)
			if len(missing) > 0 {
				t.Errorf("%s: nothing is missing, and %q are said to", kind, missing)
			}
			for name, value := range fields {
				delete(fields, name)
				without, missing := tabled(t, kind, fields)
				fields[name] = value
				is := slices.Contains(Kinds[kind].reads, name)
				if want := []string{name}; is && !slices.Equal(missing, want) || !is && len(missing) > 0 {
					t.Errorf("%s without %s: %q are said to be missing", kind, name, missing)
				}
				if without == whole {
					continue
				}
				if shown[name] = true; !is && optional[name] != kind {
					t.Errorf("%s reads %s, and nothing is said where a host does not have it", kind, name)
				}
			}
		}
	}
	beside := map[string]string{"containers": "stats", "stats": "containers"} // one shows what the other sorts by
	for kind, k := range Kinds {
		for _, name := range k.reads {
			if !all[kind][name] && !all[beside[kind]][name] {
				t.Errorf("%s is said to read %s, and shows the same without it", kind, name)
			}
		}
		if k.table != nil && samples()[kind] == nil {
			t.Errorf("there is no sample of %s", kind)
		}
	}
}

// tabled is the table of one object.
func tabled(t *testing.T, kind string, fields map[string]json.RawMessage) (table string, missing []string) {
	t.Helper()
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	if Kinds[kind].array {
		b = slices.Concat([]byte("["), b, []byte("]"))
	}
	list := items(t, kind, "db1", string(b))
	return printed(t, kind, Options{Sandboxes: true}, list), Kinds[kind].Missing(list)
}

// TestAbsentIsNoZero: a number that a host of another version does not tell is not shown as 0.
func TestAbsentIsNoZero(t *testing.T) {
	for kind, want := range map[string]string{
		"ns":         "db1   -   net   -       -    -     -          (not known what holds it)\n",
		"containers": "db1   x     -        x   -    -      -     -          -\n",
		"pid":        "db1   -    -\n",
		"which":      "db1   -    -       -     -        -          -\n",
	} {
		said := `{"type":"net","id":"x","errors":{}}`
		if kind == "which" {
			said = `{}`
		}
		if Kinds[kind].array {
			said = "[" + said + "]"
		}
		got := printed(t, kind, Options{}, items(t, kind, "db1", said))
		if _, row, _ := strings.Cut(got, "\n"); row != want {
			t.Errorf("%s:\n%swant\n%s", kind, got, want)
		}
	}
}
