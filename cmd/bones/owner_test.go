package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"testing"

	"bones/cmd/bones/internal/object"
	"bones/procwalk/proctest"
)

// TestOwnerSaysWhatTheTableSays: what is said of a process that was read without the whole table is what that says.
func TestOwnerSaysWhatTheTableSays(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	demo := *m.startDemo(t, demoName("owner"), "").PID
	f := newFinder(t)
	s, x, err := f.Containers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pids := []int{demo, os.Getpid()}
	for i := range s.Processes { // whatever else runs here
		if len(pids) < 40 {
			pids = append(pids, s.Processes[i].PID)
		}
	}
	narrow := map[int]bool{}
	for _, pid := range pids {
		was := s.Find(pid)
		few, y, err := f.Owner(t.Context(), strconv.Itoa(pid))
		if err != nil {
			t.Fatal(err)
		}
		p := few.FindID(was.ID())
		if p == nil {
			continue // it has ended
		}
		if was.KernelThread() && p.Comm != was.Comm {
			continue // a worker of the kernel is named for what it does
		}
		narrow[pid] = len(few.Processes) < len(s.Processes)/2
		a, b := object.NewWhich(y, p), object.NewWhich(x, was)
		if !reflect.DeepEqual(asJSON(t, a), asJSON(t, b)) {
			t.Errorf("PID %d:\n%v\nthe table says\n%v", pid, asJSON(t, a), asJSON(t, b))
		}
	}
	if !narrow[demo] {
		t.Error("of a container's process the whole table was read")
	}
}

func asJSON(t *testing.T, v any) (decoded map[string]any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &decoded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// TestPsOfFew: of the processes of a target ps says what it says of them among all.
func TestPsOfFew(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("few")
	m.startDemo(t, name, "")
	list := func(args ...string) map[float64]map[string]any {
		t.Helper()
		out, err := exec.Command(m.bones, append([]string{"ps", "--json"}, args...)...).Output()
		if err != nil {
			t.Fatalf("ps %q: %v", args, err)
		}
		var rows []map[string]any
		if err := json.Unmarshal(out, &rows); err != nil {
			t.Fatal(err)
		}
		byPID := map[float64]map[string]any{}
		for _, r := range rows {
			byPID[r["pid"].(float64)] = r
		}
		return byPID
	}
	// What the processes do meanwhile changes some of it.
	steady := []string{"pid", "ppid", "pgid", "sid", "uid", "user", "start", "comm", "args", "ns", "ns_pids", "cgroups",
		"container", "tty", "threads"}
	proctest.Until(t, "the rows of the container are those among all", func() bool {
		few, all := list(name), list()
		if len(few) == 0 {
			t.Fatal("no process is printed of the container")
		}
		for pid, r := range few {
			for _, key := range steady {
				if !reflect.DeepEqual(r[key], all[pid][key]) {
					t.Logf("PID %v: %s is %v, among all %v", pid, key, r[key], all[pid][key])
					return false
				}
			}
			if len(r) != len(all[pid]) {
				t.Logf("PID %v: %d fields, among all %d", pid, len(r), len(all[pid]))
				return false
			}
		}
		return true
	})
}
