package main

import (
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

func TestPID(t *testing.T) {
	h := newContainerHost(t)
	// Both ids begin with 68fa.
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	h.docker(dockerB, "web", "/docker/"+dockerB, 200, "var/lib/docker")
	h.docker(strings.Repeat("5", 64), "300", "/docker/"+strings.Repeat("5", 64), 500, "var/lib/docker")
	h.docker(strings.Repeat("6", 64), "cache", "/docker/"+strings.Repeat("6", 64), 600, "elsewhere")
	h.tree.Add(proctest.Proc{PID: 300, PPID: 1, Comm: "nginx", CgroupLines: []string{"0::/system.slice/nginx.service"}})
	h.tree.Add(proctest.Proc{PID: 299, PPID: 300, Comm: "nginx", CgroupLines: []string{"0::/system.slice/nginx.service"}})
	for _, c := range []struct {
		target string
		out    string
		status int
		says   string
	}{
		{"cache", "100\n", 0, ""},
		{"name:cache", "100\n", 0, ""},
		{"web", "200\n", 0, ""},
		{dockerB, "200\n", 0, ""},
		{dockerB[:5], "200\n", 0, ""},
		{"id:" + dockerA[:6], "100\n", 0, ""},
		{"pid:105", "105\n", 0, ""},
		{"105", "105\n", 0, ""},
		{"cgroup:/docker/" + dockerA, "100\n", 0, ""},
		{"/docker/" + dockerA + "/inner", "105\n", 0, ""},
		{"cgroup:/system.slice/nginx.service", "300\n", 0, ""},
		{"name:300", "500\n", 0, ""},
		{"pid:300", "300\n", 0, ""},
		{"id:5555", "500\n", 0, ""},
		{"5555", "", exitNoTarget, "id:5555 is the container 300"},
		{"300", "300\n", 0, ""},
		{"68fa", "", exitUsage, "could be 2 containers: docker 68fad1f9e098 (cache, PID 100), docker 68fae319ed9c (web, " +
			"PID 200)"},
		{"name:", "", exitUsage, "empty"},
		{"id:", "", exitUsage, "empty"},
		{"", "", exitUsage, "empty"},
		{"nothing", "", exitNoTarget, "nothing"},
		{"name:68fad", "", exitNoTarget, "68fad"},
		{"id:cache", "", exitNoTarget, "cache"},
		{"id:fad1", "", exitNoTarget, "fad1"},
		{"pid:99", "", exitNoTarget, "99"},
		{"pid:x", "", exitUsage, "x"},
		{"cgroup:/nowhere", "", exitNoTarget, "nowhere"},
		{"cgroup:/", "", exitNoTarget, ""},
		{"evil\x1b[2J", "", exitNoTarget, `evil\x1b[2J`},
	} {
		out, errs, status := h.run(false, (*app).pidCommand, c.target)
		if out != c.out || status != c.status || !strings.Contains(errs, c.says) || (errs == "") != (status == 0) {
			t.Errorf("pid %q: %q, status %d, %q", c.target, out, status, errs)
		}
	}
	if out, _, _ := h.run(true, (*app).pidCommand, "web"); out != "{\n  \"pid\": 200,\n  \"pid_inside\": 1\n}\n" {
		t.Errorf("JSON: %q", out)
	}
}

func TestPIDOfTwoWithOneName(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	h.docker(dockerB, "cache", "/docker/"+dockerB, 200, "var/lib/docker")
	out, errs, status := h.run(false, (*app).pidCommand, "cache")
	if out != "" || status != exitUsage || !strings.Contains(errs, dockerA[:12]) ||
		!strings.Contains(errs, dockerB[:12]) {
		t.Errorf("%q, %d, %q", out, status, errs)
	}
}
