package main

import (
	"os"
	"strconv"
	"testing"

	"bones/procwalk/proctest"
)

// TestLookingAtOwnGroupsReadsNoTable: whose groups bones only looks at, and who is in no container, is not searched
// for among all processes; what is found is the same.
func TestLookingAtOwnGroupsReadsNoTable(t *testing.T) {
	proctest.Need(t, proctest.Cgroups)
	a := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}
	h, err := a.cgroupHost()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"self", "pid:" + strconv.Itoa(os.Getppid()), strconv.Itoa(sleeper(t).Process.Pid)} {
		_, whole, err := a.targetGroups(t.Context(), word)
		if err != nil {
			t.Fatal(err)
		}
		few, err := a.targetGroupsToRead(t.Context(), h, word)
		if err != nil {
			t.Fatal(err)
		}
		if few.Name != whole.Name || len(few.Chain) != len(whole.Chain) || len(few.Groups.List) != len(whole.Groups.List) ||
			(few.Entry == nil) != (whole.Entry == nil) {
			t.Fatalf("%s: %+v, and from the whole table %+v", word, few, whole)
		}
		for i, g := range few.Groups.List {
			if g.Ino != whole.Groups.List[i].Ino {
				t.Errorf("%s: %s, and from the whole table %s", word, g.Dir, whole.Groups.List[i].Dir)
			}
		}
		if whole.Entry == nil && len(few.Snapshot.Processes) > 64 {
			t.Errorf("%s: %d of %d processes were read", word, len(few.Snapshot.Processes), len(whole.Snapshot.Processes))
		}
	}
}
