package schema

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"bones/cgroupview/spec"
	"bones/cmd/bones/internal/object"
)

// TestEveryFieldIsDescribed: each field that can be printed has a meaning, nothing is described that is not printed,
// and what counts something has its unit in its name or its meaning.
func TestEveryFieldIsDescribed(t *testing.T) {
	r := NewReader()
	used := map[string]bool{"* host": true}
	names := map[string]reflect.Type{}
	for _, typ := range Reached(Outputs()) {
		key := typ.String()
		about, ok := r.Type(typ)
		if !ok || about.Name == "" || about.Means == "" {
			t.Errorf("fields.txt does not describe the type %s: add a line \"= %s NAME: meaning\"", key, key)
			continue
		}
		if other := names[about.Name]; other != nil {
			t.Errorf("%s and %s are both called %s", typ, other, about.Name)
		}
		names[about.Name], used[key] = typ, true
		for _, f := range about.Fields {
			if f.Means == "" {
				t.Errorf("fields.txt does not describe %s.%s: add a line \"%s: meaning\" below \"= %s\"", key, f.Name, f.Name,
					key)
			}
			if _, own := r.types[key].fields[f.Name]; own {
				used[key+" "+f.Name] = true
			} else {
				used["* "+f.Name] = true
			}
			for end, unit := range map[string]string{"_bytes": "bytes", "_seconds": "seconds", "_percent": "percent"} {
				if strings.HasSuffix(f.Name, end) && !strings.Contains(f.Means, unit) && !strings.Contains(f.Means, "offset") {
					t.Errorf("%s.%s: its unit is not said: %s", key, f.Name, f.Means)
				}
			}
		}
	}
	for key, a := range r.types {
		if key != "*" && !used[key] {
			t.Errorf("%s is described, and nobody prints it", key)
		}
		for name := range a.fields {
			if !used[key+" "+name] {
				t.Errorf("%s.%s is described, and nobody prints it", key, name)
			}
		}
	}
}

// TestFormsOfValuesAreDescribed: fields.txt names each form that the value of a file of a control group may have.
func TestFormsOfValuesAreDescribed(t *testing.T) {
	about, ok := NewReader().Type(reflect.TypeFor[object.File]())
	at := slices.IndexFunc(about.Fields, func(f Field) bool { return f.Name == "kind" })
	if !ok || at < 0 {
		t.Fatal("object.File has no kind: this test looks for the wrong thing")
	}
	words := strings.FieldsFunc(about.Fields[at].Means, func(r rune) bool { return strings.ContainsRune(" ,:;()", r) })
	for kind := spec.Raw + 1; kind.String() != spec.Raw.String(); kind++ {
		if !slices.Contains(words, kind.String()) {
			t.Errorf("fields.txt does not name the form %s where it describes kind of object.File", kind)
		}
	}
}

// TestOneShape: what has one name is one kind of value, whoever prints it. pid_inside and the like are the same
// everywhere.
func TestOneShape(t *testing.T) {
	r := NewReader()
	kinds := map[string]string{}
	for _, typ := range Reached(Outputs()) {
		about, _ := r.Type(typ)
		for _, f := range about.Fields {
			switch f.Name {
			case "pid", "pid_inside", "ppid", "ns_pids", "start_ticks", "errors", "pids", "cpu_percent", "memory_bytes",
				"read_bytes", "write_bytes", "pids_current", "runtime", "image":
				// There it is a type of namespace, and how many packets were broken, as ip has it.
				if typ.String() == "object.NamespaceDetails" || typ.String() == "object.InterfaceCounters" {
					continue
				}
				if was, kind := kinds[f.Name], r.Kind(f.Type); was == "" {
					kinds[f.Name] = kind
				} else if was != kind {
					t.Errorf("%s.%s is a %s, and elsewhere a %s", typ, f.Name, kind, was)
				}
			}
			if strings.Contains(f.Name, "pid") && strings.Contains(f.Name, "insid") && f.Name != "pid_inside" {
				t.Errorf("%s.%s: pid_inside is what that is called", typ, f.Name)
			}
		}
	}
	if len(kinds) < 10 {
		t.Errorf("only %q were looked at", kinds)
	}
}
