package main

import (
	"fmt"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/target"
)

// TestNamedSaysWhatTheTableSays: a container that is found without the process table is the one that the whole table
// tells, with the same process behind it and the same groups; and what the table says of a word that names nothing, or
// several things, is said all the same.
func TestNamedSaysWhatTheTableSays(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name, other := demoName("named"), demoName("named-2")
	m.startDemo(t, name, "")
	m.startDemo(t, other, "")
	f := target.Finder{Proc: "/proc", Cgroups: "/sys/fs/cgroup"}
	h, err := f.CgroupHost()
	if err != nil {
		t.Fatal(err)
	}
	whole, table, err := f.Containers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := []string{name, "name:" + name, "id:" + name, other, "name:nobody-is-called-so", "id:" + name[:len(name)-1],
		"id:test-named", "1", "self", "name:", "4194304"}
	for _, c := range table.List { // whatever else runs here
		if c.Name.Len() > 0 && len(words) < 40 {
			words = append(words, "name:"+c.Name.Raw())
		}
	}
	narrow := 0
	for _, word := range words {
		target, err := inventory.ParseTarget(word)
		if err != nil {
			continue
		}
		s, x, err := f.Named(t.Context(), word)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Processes) < len(whole.Processes)/2 && target.Kind != inventory.ByPID && target.Kind != inventory.Self {
			narrow++
		}
		p, c, err := x.Backing(s, target)
		q, d, wholeErr := table.Backing(whole, target)
		switch {
		case fmt.Sprint(err) != fmt.Sprint(wholeErr):
			t.Errorf("%s: %v; the table: %v", word, err, wholeErr)
		case err != nil:
		case p.ID() != q.ID():
			t.Errorf("%s: PID %d; the table: %d", word, p.PID, q.PID)
		case (c == nil) != (d == nil):
			t.Errorf("%s: a container: %v; the table: %v", word, c != nil, d != nil)
		case c == nil:
		case c.Key != d.Key || c.Label() != d.Label() || c.Why != d.Why || c.Runtime != d.Runtime || c.ID != d.ID:
			t.Errorf("%s: %+v; the table: %+v", word, c, d)
		default:
			a, b := x.Groups(h, p, c), table.Groups(h, q, d)
			if dirsOf(a.List) != dirsOf(b.List) {
				t.Errorf("%s: its groups are %s; the table: %s", word, dirsOf(a.List), dirsOf(b.List))
			}
		}
	}
	if narrow < 2 {
		t.Errorf("only %d of the words were answered without the whole table", narrow)
	}
}

// dirsOf are the directories of groups.
func dirsOf(list []*cgroupview.Group) (s string) {
	for _, g := range list {
		s += g.Dir.Raw() + " "
	}
	return s
}
