package procwalk

import (
	"errors"
	"strings"
	"testing"

	"bones/procwalk/bounded"
	"bones/procwalk/proctest"
)

// TestLongFilesAreErrors: what is cut off of status or cgroup would count as not being there, whoever reads it.
func TestLongFilesAreErrors(t *testing.T) {
	tree := proctest.New(t)
	group := "1:name=" + strings.Repeat("x", 1000) + ":/\n"
	long := strings.Repeat(group, fileMax/len(group)+1)
	fits := long[:len(group)*(fileMax/len(group))]
	tree.Add(proctest.Proc{PID: 5, Start: 50, Files: map[string]string{"cgroup": long}})
	tree.Add(proctest.Proc{PID: 6, Start: 60, Files: map[string]string{"cgroup": fits}})
	s := snapshot(t, newTestWalker(t, tree.Root), WantCgroup)
	folder := func(id ID) *Cgroups {
		f, err := OpenFolder(tree.Root, id)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return f.Cgroups()
	}
	for _, c := range []struct {
		name string
		got  *Cgroups
		cut  bool
	}{
		{"a pass", s.Find(5).Cgroups, true}, {"a folder", folder(ID{5, 50}), true},
		{"a pass of one that fits", s.Find(6).Cgroups, false}, {"a folder of one that fits", folder(ID{6, 60}), false},
	} {
		if c.cut != errors.Is(c.got.Err, bounded.ErrTooLong) || c.cut != (len(c.got.Lines) == 0) ||
			!c.cut && c.got.Err != nil {
			t.Errorf("%s: %d lines, %v", c.name, len(c.got.Lines), c.got.Err)
		}
	}
}
