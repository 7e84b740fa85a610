package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// podsHost is a host with two pods of containerd's, each with a pause container, and a compose project of Docker's.
func podsHost(t *testing.T) *containerHost {
	h := newContainerHost(t)
	pid := 200
	pod := func(uid, namespace, name string, containers ...string) {
		for _, c := range append([]string{"POD"}, containers...) {
			id := fmt.Sprintf("%064x", pid)
			kind := "container"
			if c == "POD" {
				kind = "sandbox"
			}
			h.contained(pid, 1, "/kubepods/pod"+uid+"/"+id)
			h.write("run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id+"/config.json", fmt.Sprintf(`{"annotations":{
"io.kubernetes.cri.container-type":%q,"io.kubernetes.cri.container-name":%q,"io.kubernetes.cri.sandbox-uid":%q,
"io.kubernetes.cri.sandbox-name":%q,"io.kubernetes.cri.sandbox-namespace":%q}}`, kind, c, uid, name, namespace))
			pid += 10
		}
	}
	pod("10d8a5e6-0000-4000-8000-000000000001", "prod", "shop-1", "app", "log")
	pod("20d8a5e6-0000-4000-8000-000000000002", "test", "shop-1", "app")
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	h.write("var/lib/docker/containers/"+dockerA+"/config.v2.json", fmt.Sprintf(
		`{"ID":%q,"Name":"/cache","State":{"Running":true,"Pid":100},"Config":{"Labels":{"com.docker.compose.project":"blog"}}}`,
		dockerA))
	h.tree.Add(proctest.Proc{PID: 77, PPID: 1, Comm: "sshd"})
	h.tree.Self(77)
	return h
}

func TestPodsInTables(t *testing.T) {
	h := podsHost(t)
	table := func(command string, args ...string) []string {
		t.Helper()
		out, errs, status := h.run(false, (*app).containersCommand, args...)
		if command == "stats" {
			out, errs, status = h.run(false, (*app).statsCommand, append(args, "-d", "0.05")...)
		}
		if status != 0 {
			t.Fatal(status, errs)
		}
		var lines []string
		for line := range strings.Lines(out) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		return lines
	}
	has := func(lines []string, begins string) {
		t.Helper()
		for _, line := range lines {
			if strings.HasPrefix(line, begins) {
				return
			}
		}
		t.Errorf("no line begins %q in\n%s", begins, strings.Join(lines, "\n"))
	}
	for _, line := range []string{"NAME NAMESPACE POD RUNTIME", "cache - - docker", "pause:shop-1 prod shop-1 containerd",
		"log prod shop-1 containerd", "app test shop-1 containerd"} {
		has(table("containers", "--sandboxes"), line)
	}
	has(table("stats"), "NAME NAMESPACE POD CPU%")
	has(table("containers", "prod/shop-1"), "app prod shop-1")
	if n := len(table("containers", "prod/shop-1")); n != 4 {
		t.Errorf("%d lines for a pod of three containers", n)
	}
	for by, lines := range map[string][]string{
		"pod":     {"POD CONTAINERS PROCS", "prod/shop-1 3 3", "test/shop-1 2 2", "- 1 2"},
		"project": {"PROJECT CONTAINERS", "blog 1 2", "- 5 5"},
		"runtime": {"RUNTIME CONTAINERS", "containerd 5 5", "docker 1 2"},
		"slice":   {"SLICE CONTAINERS", "/docker 1 2", "/kubepods/pod10d8a5e6-0000-4000-8000-000000000001 3 3"},
	} {
		for _, line := range lines {
			has(table("containers", "--group", by), line)
		}
		has(table("stats", "--group", by), lines[1])
	}
	if _, errs, status := h.run(false, (*app).containersCommand, "--group", "colour"); status != exitUsage ||
		!strings.Contains(errs, "pod, project, runtime, slice, image, user") {
		t.Errorf("an unknown group: %d, %s", status, errs)
	}
	if _, _, status := h.run(false, (*app).containersCommand, "--group", "pod", "-q"); status != exitUsage {
		t.Errorf("ids and totals at once: %d", status)
	}
	out, _, _ := h.run(false, whichOf, "200")
	if !strings.Contains(out, "the pause container that holds the pod's namespaces, pod prod/shop-1") {
		t.Errorf("which of the pause container: %s", out)
	}
	for target, want := range map[string]string{"prod/shop-1/log": "220", "prod/shop-1/pause": "200",
		"pod:test/shop-1": "240",
		"test/shop-1":     "240"} {
		if out, errs, _ := h.run(false, (*app).pidCommand, target); out != want+"\n" {
			t.Errorf("pid %s: %s%s", target, out, errs)
		}
	}
	if _, errs, status := h.run(false, (*app).pidCommand, "prod/shop-1"); status != exitUsage ||
		!strings.Contains(errs, "prod/shop-1/app") || !strings.Contains(errs, "prod/shop-1/log") {
		t.Errorf("pid of a pod with two containers: %d, %s", status, errs)
	}
}

func TestTotalsInJSON(t *testing.T) {
	h := podsHost(t)
	out, errs, status := h.run(true, (*app).containersCommand, "--group", "pod")
	var all []struct {
		By, Group  *string
		Containers []struct {
			Name *string
			PID  int
		}
		PIDs   []int
		Memory *uint64 `json:"memory_bytes"`
		Errors map[string]string
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != 0 {
		t.Fatal(err, status, errs, out)
	}
	if len(all) != 3 || *all[0].By != "pod" || *all[0].Group != "prod/shop-1" || len(all[0].Containers) != 3 ||
		len(all[0].PIDs) != 3 || all[2].Group != nil {
		t.Errorf("%s", out)
	}
	// What is not known of any is null, with the reason.
	if all[0].Memory == nil && all[0].Errors["memory_bytes"] == "" {
		t.Errorf("memory is null without a reason: %s", out)
	}
}
