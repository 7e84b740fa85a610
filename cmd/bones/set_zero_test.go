package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestZeroOfEveryLimit sets each file of a demo's groups that takes it to 0, to 1 and to nothing, and undoes it:
// the file holds what it held.
func TestZeroOfEveryLimit(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("zero")
	m.startDemo(t, name, "")
	var dirs []cgroupRead
	if err := json.Unmarshal([]byte(m.ask(t, "--json", "cgroup", name)), &dirs); err != nil {
		t.Fatal(err)
	}
	undone := 0
	for _, d := range dirs {
		if !strings.Contains(d.Path, name) {
			continue
		}
		for i, f := range d.Files {
			if !f.Writable || f.Value == nil || strings.HasPrefix(f.Name, "freezer") || f.Name == "cgroup.freeze" {
				continue
			}
			for k, value := range []string{"0", "1", ""} {
				if k > 0 && proctest.Soak(0, 1) == 0 && (i+k)%2 == 1 {
					continue // every file is given 0, and one of the others
				}
				before := d.read(t, f.Name)
				if !d.takes(t, f.Name, value) {
					continue // the kernel does not, or it was so already: there is nothing to undo
				}
				if _, status := m.carriesOut(t, "set", name, f.Name+"="+value, "--yes"); status != 0 {
					continue // bones does not take it for this file
				}
				if d.read(t, f.Name) == before {
					continue // another hierarchy has a file of this name, too, and that was set
				}
				if out, status := m.carriesOut(t, "undo", "--yes"); status != 0 {
					t.Errorf("%s=%s: status %d, %s", f.Name, value, status, out)
					continue
				}
				undone++
				if after := d.read(t, f.Name); after != before {
					t.Errorf("%s=%s and undone: %q, before %q", f.Name, value, after, before)
				}
			}
		}
	}
	if undone < 3 {
		t.Errorf("only %d changes of groups were made and undone", undone)
	}
	t.Logf("%d changes of groups were made and undone", undone)
}

type cgroupRead struct {
	Path  string
	Dir   string
	Files []struct {
		Name     string
		Value    *string
		Writable bool
	}
}

// takes reports whether the kernel takes a value for a file and changes it, by writing it and what it held. That is
// asked a thousand times as fast as with bones set.
func (d cgroupRead) takes(t *testing.T, file, value string) bool {
	t.Helper()
	name, before := filepath.Join(d.Dir, file), d.read(t, file)
	if os.WriteFile(name, []byte(value), 0) != nil {
		return false
	}
	if d.read(t, file) == before {
		return false
	}
	if err := os.WriteFile(name, []byte(before), 0); err != nil || d.read(t, file) != before {
		t.Logf("%s does not take again what it held, %q: %v", name, before, err)
	}
	return true
}

// read reads a file of the group as the kernel has it.
func (d cgroupRead) read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(d.Dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
