package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// belowTheEngines makes a container as crun with systemd does: the processes, and the limits, are in a group
// "container" below the one that stands for it. It returns the container's id and the directory of each group.
func belowTheEngines(t *testing.T, controllers ...string) (id string, outer, inner map[string]string) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	own := ownName("bones-test-limits")
	id = fmt.Sprintf("%x", sha256.Sum256([]byte(own)))
	outer, inner = map[string]string{}, map[string]string{}
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for _, controller := range controllers {
		root := filepath.Join("/sys/fs/cgroup", controller)
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil {
			proctest.Missing(t, "there is no hierarchy of version 1 with %s", controller)
		}
		top := filepath.Join(root, own)
		outer[controller] = filepath.Join(top, "docker", id)
		inner[controller] = filepath.Join(outer[controller], "container")
		t.Cleanup(func() {
			for _, dir := range []string{inner[controller], outer[controller], filepath.Dir(outer[controller]), top} {
				proctest.Until(t, dir+" can be removed", func() bool {
					err := os.Remove(dir)
					return err == nil || os.IsNotExist(err)
				})
			}
		})
		if err := os.MkdirAll(inner[controller], 0o755); err != nil {
			t.Skip(err)
		}
		put(t, filepath.Join(inner[controller], "cgroup.procs"), strconv.Itoa(c.Process.Pid))
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return id, outer, inner
}

func put(t *testing.T, file, value string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(value), 0); err != nil {
		t.Fatal(err)
	}
}

// TestEveryPlaceShowsTheLimitThatBinds: each command that shows a limit shows the one below the engine's group, set
// changes that one, and undo brings it back.
func TestEveryPlaceShowsTheLimitThatBinds(t *testing.T) {
	id, outer, inner := belowTheEngines(t, "memory", "pids", "cpu")
	put(t, inner["memory"]+"/memory.limit_in_bytes", "60M")
	put(t, inner["pids"]+"/pids.max", "40")
	put(t, outer["cpu"]+"/cpu.cfs_quota_us", "50000")
	journal := filepath.Join(t.TempDir(), "journal")
	bones := func(args ...string) (stdout, stderr string) {
		t.Helper()
		c := exec.Command(builtBones(t).bones, append([]string{"--journal", journal}, args...)...)
		var out, errOut strings.Builder
		c.Stdout, c.Stderr = &out, &errOut
		if err := c.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, errOut.String())
		}
		return out.String(), errOut.String()
	}
	shown := func(memory, from string, tasks uint64, cpus float64) {
		t.Helper()
		for _, command := range [][]string{{"stats", "--once", "id:" + id}, {"containers"}} {
			out, _ := bones(command...)
			found := false
			for line := range strings.Lines(out) {
				if strings.HasPrefix(line, id[:12]) {
					found = strings.Contains(line, "/"+memory+" ")
				}
			}
			if !found {
				t.Errorf("%v does not show %s:\n%s", command, memory, out)
			}
		}
		out, _ := bones("stats", "--json", "id:"+id)
		var list []struct {
			Memory struct {
				From string `json:"limit_from"`
				File string `json:"limit_file"`
			} `json:"memory"`
			Tasks uint64  `json:"pids_limit"`
			CPUs  float64 `json:"cpu_limit"`
			Quota string  `json:"cpu_limit_from"`
		}
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
			t.Fatalf("%v\n%s", err, out)
		}
		if x := list[0]; x.Memory.From != from || x.Memory.File != "memory.limit_in_bytes" || x.Tasks != tasks ||
			x.CPUs != cpus ||
			x.Quota != outer["cpu"] {
			t.Errorf("%+v; want %s, %d tasks, %v processors", x, from, tasks, cpus)
		}
		if out, _ := bones("explain", "id:"+id); !strings.Contains(out, memory+" (") {
			t.Errorf("explain does not show %s:\n%s", memory, out)
		}
		if out, _ := bones("cgroup", "id:"+id); !strings.Contains(out, inner["memory"]) {
			t.Errorf("cgroup does not show the group below:\n%s", out)
		}
	}
	shown("60M", inner["memory"], 40, 0.5)
	if _, said := bones("cgroup", "id:"+id, "memory.limit_in_bytes"); !strings.Contains(said, "what binds is 60M") {
		t.Errorf("a limit that does not bind is printed without a word: %s", said)
	}
	_, said := bones("set", "--yes", "id:"+id, "memory=100M", "pids=50", "cpus=0.25")
	if !strings.Contains(said, "because it binds there: memory.limit_in_bytes, pids.max") {
		t.Errorf("set does not say where it was set:\n%s", said)
	}
	shown("100M", inner["memory"], 50, 0.25)
	_, said = bones(
		"set",
		"--yes",
		"cgroup:"+strings.TrimPrefix(outer["memory"], "/sys/fs/cgroup/memory"),
		"memory=200M",
	)
	if !strings.Contains(said, "100M of ") || !strings.Contains(said, "still binds") {
		t.Errorf("it is not said that another limit binds:\n%s", said)
	}
	bones("undo", "--yes")
	bones("undo", "--yes")
	shown("60M", inner["memory"], 40, 0.5)
}

// TestASandboxHasNoGroupOfOthers: what all in a group use is not what the one sandbox in it uses.
func TestASandboxHasNoGroupOfOthers(t *testing.T) {
	needPrograms(t, "busybox", "unshare")
	_, _, inner := belowTheEngines(t, "memory")
	group := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(inner["memory"]))), "many")
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Fatal(err)
	}
	// unshare stays outside of the pid namespace that it makes, and in the group. What it starts has a root of its own.
	root := t.TempDir()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	alone := exec.Command("sh", "-c", `cp "$1" "$2/sleep" && echo $$ > "$0/cgroup.procs" &&
exec unshare --pid --fork --kill-child chroot "$2" /sleep 1000`, group, busybox, root)
	if err := alone.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		alone.Process.Kill()
		alone.Wait()
		proctest.Until(t, group+" can be removed", func() bool { return os.Remove(group) == nil })
	})
	usage := func() (string, *uint64) {
		out, err := exec.Command(builtBones(t).bones, "containers", "--json").Output()
		var list []struct {
			PID    int   `json:"pid"`
			PIDs   []int `json:"pids"`
			Errors map[string]string
			Memory struct {
				Usage *uint64 `json:"usage_bytes"`
			}
		}
		if err != nil || json.Unmarshal(out, &list) != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.PID))
			if f := strings.Fields(string(stat)); len(f) > 3 && f[3] == strconv.Itoa(alone.Process.Pid) {
				return c.Errors["memory.usage_bytes"], c.Memory.Usage
			}
		}
		return "", nil
	}
	var memory *uint64
	proctest.Until(t, "the sandbox is listed", func() bool {
		why, usage := usage()
		memory = usage
		return usage != nil || why != ""
	})
	// Its own processes are added up: sleep, of a few pages, and not what shares the group.
	if memory == nil || *memory > 64<<20 {
		t.Errorf("the memory of the processes of a sandbox in a group with others in it: %v", memory)
	}
}

// TestWithoutGroupsNothingIsZero: where no cgroup file system can be read, every number is unknown, with the reason.
func TestWithoutGroupsNothingIsZero(t *testing.T) {
	id, _, _ := belowTheEngines(t, "memory")
	bones := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(builtBones(t).bones, append([]string{"--cgroup", t.TempDir()}, args...)...).Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return string(out)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(bones("stats", "--json", "id:"+id)), &list); err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	errors, _ := list[0]["errors"].(map[string]any)
	memory, _ := list[0]["memory"].(map[string]any)
	for _, field := range []string{"cpu_percent", "pids_current", "pids_limit", "cpu_limit", "read_bytes", "write_bytes",
		"frozen"} {
		if list[0][field] != nil || errors[field] == nil {
			t.Errorf("%s is %v, because %v", field, list[0][field], errors[field])
		}
	}
	for _, field := range []string{"usage_bytes", "limit_bytes", "swap_limit_bytes"} {
		if memory[field] != nil || errors["memory."+field] == nil {
			t.Errorf("memory.%s is %v, because %v", field, memory[field], errors["memory."+field])
		}
	}
	for _, command := range [][]string{{"containers"}, {"stats", "--once", "id:" + id}} {
		for line := range strings.Lines(bones(command...)) {
			if strings.HasPrefix(line, id[:12]) && (strings.Contains(line, "0/") || strings.Contains(line, "no limit")) {
				t.Errorf("%v shows what is not known: %s", command, line)
			}
		}
	}
}
