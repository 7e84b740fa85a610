package container

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"bones/procwalk/text"
)

// The rows of cgroup_paths.tsv that need the disk are answered here: see needDisk.
func TestRecordsNameWhatThePathDoesNot(t *testing.T) {
	h := newHost(t)
	h.write("run/runc/runcA/state.json",
		`{"id":"runcA","init_process_pid":11,"init_process_start":100,"cgroup_paths":{"":"/sys/fs/cgroup/system.slice/runcA"}}`)
	h.write("run/runc/onV1/state.json", `{"id":"onV1","init_process_pid":14,"init_process_start":100,
"cgroup_paths":{"cpu":"/sys/fs/cgroup/cpu,cpuacct/a/onV1","memory":"/sys/fs/cgroup/memory/a/onV1","name=systemd":"/sys/fs/cgroup/systemd/a/onV1"}}`)
	h.write("run/crun/crunA/status", `{"pid":12,"process-start-time":100,"cgroup-path":"/crunA"}`)
	h.write("run/crun/broken/status", `{"pid":"x"}`)
	h.write("run/containerd/io.containerd.runtime.v2.task/default/redis/config.json",
		`{"linux":{"cgroupsPath":"/default/redis"}}`)
	h.write("run/containerd/io.containerd.runtime.v2.task/default/redis/init.pid", "13")
	h.write("run/containerd/io.containerd.runtime.v2.task/default/scoped/config.json",
		`{"linux":{"cgroupsPath":"a.slice:nerdctl:scoped"}}`)
	uid := uint32(os.Getuid())
	h.write(expand(fmt.Sprintf("run/user/%d/crun/%%A/status", uid)),
		`{"pid":15,"process-start-time":100,"cgroup-path":""}`)
	h.write("home/u/.local/share/containers/storage/overlay-containers/containers.json", storageList)
	s := h.store(Config{Users: []User{{uid, "/home/u"}}})
	records, errs := s.Records()
	if len(errs) != 1 {
		t.Errorf("errors: %v", errs)
	}
	byID := map[string]EngineRecord{}
	for _, r := range records {
		byID[r.ID.Raw()] = r
	}
	if len(records) != 6 || len(byID) != 6 {
		t.Fatalf("%d records: %v", len(records), records)
	}
	for _, c := range []struct{ id, line, group string }{
		{"runcA", "0::/system.slice/runcA", "/system.slice/runcA"},
		{"runcA", "0::/system.slice/runcA/sub (deleted)", "/system.slice/runcA"},
		{"runcA", "0::/system.slice/runcAB", ""},
		{"runcA", "0::/runcA", ""},
		{"runcA", "4:pids:/system.slice/runcA", ""},
		{"onV1", "4:cpu,cpuacct:/a/onV1/x", "/a/onV1"},
		{"onV1", "1:name=systemd:/a/onV1", "/a/onV1"},
		{"onV1", "5:pids:/a/onV1", ""},
		{"onV1", "0::/a/onV1", ""},
		{"crunA", "0::/crunA", "/crunA"},
		{"redis", "4:pids:/default/redis", "/default/redis"},
		{"redis", "4:pids:/default/redis2", ""},
		{"scoped", "0::/a.slice/nerdctl-scoped.scope", "/a.slice/nerdctl-scoped.scope"},
		{idA, "0::/", ""},
		{idA, "0::/user.slice/user-1000.slice/user@1000.service/user.slice/podman-761.scope", ""},
	} {
		group, ok := byID[c.id].Owns(lines(t, c.line))
		if group.Raw() != c.group || ok != (c.group != "") {
			t.Errorf("%s owns %s: %q, %v", c.id, c.line, group, ok)
		}
	}
	start := processes(map[int]uint64{11: 100, 12: 100, 13: 100, 14: 100, 15: 100})
	for id, want := range map[string]struct {
		runtime Runtime
		name    string
		pid     int
	}{
		"runcA": {Runc, "runcA", 11},
		"crunA": {Crun, "crunA", 12},
		"redis": {Containerd, "redis", 13},
		idA:     {Podman, "web", 15}, // the record of the runtime leads to that of the engine
	} {
		r := byID[id]
		info := s.LookupRecord(Chain{r.Entry(text.New("/some/group"))}, r, start)
		if !info.Found || info.Runtime != want.runtime || info.Name.Raw() != want.name || info.InitPID != want.pid {
			t.Errorf("%s: %+v", id, info)
		}
		wantEvidence(t, info, "names a container, which the name of its group does not")
	}
	if r := byID[idA]; r.User == nil || *r.User != uid {
		t.Error("it is not said whose record it is")
	}
}

// What a directory of records holds beyond the bound is said, and what was listed counts all the same.
func TestTooManyRecordsAreSaid(t *testing.T) {
	h := newHost(t)
	h.write("run/crun/crunA/status", `{"pid":12,"process-start-time":100,"cgroup-path":"/crunA"}`)
	f := files{root: h.root, cache: map[string]cached{}}
	at := directory{dir: "/run/crun"}
	if names, err := f.list(at, "."); err != nil || len(names) != 1 {
		t.Errorf("%d names, %v", len(names), err)
	}
	h.write("run/one", "")
	for i := range maxEntries { // names are what is bounded: making one for a file that is there costs a fraction
		if err := os.Link(h.path("run/one"), h.path(fmt.Sprintf("run/crun/%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := f.list(at, "."); !errors.Is(err, errTooMany) || len(names) != maxEntries ||
		!strings.HasPrefix(err.Error(), "/run/crun: ") {
		t.Errorf("%d names, %v", len(names), err)
	}
	s := h.store(Config{})
	if _, errs := s.Records(); !errors.Is(errors.Join(errs...), errTooMany) {
		t.Errorf("errors: %v", errs)
	}
}

// TestAUsersRecordTakesNoNameOfOthers: a user's record has the id of a container that root's engine knows.
func TestAUsersRecordTakesNoNameOfOthers(t *testing.T) {
	h := newHost(t)
	uid := uint32(os.Getuid())
	h.write("var/lib/containers/storage/overlay-containers/containers.json", storageList)
	h.write(expand(fmt.Sprintf("run/user/%d/crun/%%A/status", uid)),
		`{"pid":15,"process-start-time":100,"cgroup-path":""}`)
	s := h.store(Config{Users: []User{{uid, "/home/u"}}})
	start := processes(map[int]uint64{15: 100})
	if info := s.Lookup(chainOf(t, "/machine.slice/libpod-%A.scope"), start); info.Name.Raw() != "web" {
		t.Fatalf("root's own: %+v", info)
	}
	records, errs := s.Records()
	if len(records) != 1 || len(errs) > 0 {
		t.Fatalf("%v, %v", records, errs)
	}
	info := s.LookupRecord(Chain{records[0].Entry(text.Text{})}, records[0], start)
	if info.Name.Raw() == "web" || info.Image.Len() > 0 {
		t.Errorf("it has the name of root's container: %+v", info)
	}
}

// A runtime with systemd's driver makes a scope of SLICE:PREFIX:NAME, whatever the prefix is.
func TestGroupThatTheSpecAsksFor(t *testing.T) {
	for asked, want := range map[string]string{
		"/default/web":              "/default/web",
		"system.slice:mine:web":     "/system.slice/mine-web.scope",
		":mine:web":                 "/system.slice/mine-web.scope",
		"a-b-c.slice:mine:web":      "/a.slice/a-b.slice/a-b-c.slice/mine-web.scope",
		"user.slice::web":           "/user.slice/web.scope",
		"web":                       "",
		"system:mine:web":           "",
		"../x.slice:mine:web":       "",
		"system.slice:mine:../../x": "",
		"system.slice:mine:":        "",
	} {
		if got := specGroup(asked); got != want {
			t.Errorf("%s: %s, want %s", asked, got, want)
		}
	}
}
