package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// podSpec is what these tests look at of a pod.
type podSpec struct {
	HostPID                      bool
	HostNetwork                  bool
	NodeName                     string
	ServiceAccountName           string
	AutomountServiceAccountToken *bool
	Volumes                      []struct {
		Name     string
		HostPath *struct{ Path string }
	}
	Containers []struct {
		Name, Image     string
		ImagePullPolicy string
		Args            []string
		VolumeMounts    []struct {
			Name, MountPath string
			ReadOnly        bool
		}
		SecurityContext struct {
			Privileged, AllowPrivilegeEscalation, ReadOnlyRootFilesystem *bool
			Capabilities                                                 struct{ Drop, Add []string }
			SeccompProfile                                               struct{ Type string }
		}
	}
}

// decodedManifests gives manifests to the types of Kubernetes, all at once: the go command looks through the packages
// with these types each time, which takes longer than to decode.
func decodedManifests(t *testing.T, manifests ...string) []json.RawMessage {
	t.Helper()
	c := exec.Command("go", "run", ".")
	c.Dir = "../../testdata/manifests"
	c.Env = append(os.Environ(), "GOGC=400")
	c.Stdin = strings.NewReader(strings.Join(manifests, "---\n"))
	out, err := c.Output()
	if err != nil {
		var exit *exec.ExitError
		errors.As(err, &exit)
		t.Fatalf("%v %s\n%s", err, exit.Stderr, manifests)
	}
	var list []json.RawMessage
	for line := range strings.Lines(string(out)) {
		list = append(list, json.RawMessage(line))
	}
	return list
}

// TestDeployKubernetes: the types of Kubernetes take every field, bones takes every argument, and nobody has a right
// that is not needed.
func TestDeployKubernetes(t *testing.T) {
	proctest.NeedPrograms(t, "go")
	run := func(args ...string) string {
		a, out, errs := testApp(t)
		if status := a.run(t.Context(), args); status != 0 {
			t.Fatalf("%v: status %d %s", args, status, errs)
		}
		return out.String()
	}
	all := decodedManifests(t, run("deploy", "kubernetes", "--image", "registry.example:5000/bones@sha256:00",
		"--namespace", "watch"), run("deploy", "kubernetes", "--debug", "worker-1.example"))
	if len(all) != 3 {
		t.Fatalf("%d objects, want the namespace, the DaemonSet, and the Pod of --debug", len(all))
	}
	var set struct {
		Spec struct{ Template struct{ Spec podSpec } }
	}
	if err := json.Unmarshal(all[1], &set); err != nil {
		t.Fatal(err)
	}
	pod := set.Spec.Template.Spec
	if !pod.HostPID || pod.HostNetwork || pod.ServiceAccountName != "" || pod.AutomountServiceAccountToken == nil ||
		*pod.AutomountServiceAccountToken || len(pod.Containers) != 2 {
		t.Errorf("%+v", pod)
	}
	for _, c := range pod.Containers {
		s := c.SecurityContext
		if s.Privileged != nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
			s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop,
			[]string{"ALL"}) ||
			!slices.Equal(s.Capabilities.Add, []string{"SYS_PTRACE", "DAC_READ_SEARCH"}) ||
			s.SeccompProfile.Type != "RuntimeDefault" {
			t.Errorf("%s: %+v", c.Name, s)
		}
		if c.Image != "registry.example:5000/bones@sha256:00" {
			t.Errorf("%s: the image %s", c.Name, c.Image)
		}
		if c.ImagePullPolicy != "IfNotPresent" { // else bones:latest is pulled, from where it never was
			t.Errorf("%s: the image is pulled %q", c.Name, c.ImagePullPolicy)
		}
		for _, m := range c.VolumeMounts {
			if m.Name == "host" && !m.ReadOnly {
				t.Errorf("%s may write to the host", c.Name)
			}
		}
		understands(t, c.Args)
	}

	var debug struct{ Spec podSpec }
	if err := json.Unmarshal(all[2], &debug); err != nil {
		t.Fatal(err)
	}
	if debug.Spec.NodeName != "worker-1.example" || *debug.Spec.AutomountServiceAccountToken {
		t.Errorf("%+v", debug.Spec)
	}
	understands(t, debug.Spec.Containers[0].Args)
	if policy := debug.Spec.Containers[0].ImagePullPolicy; policy != "IfNotPresent" {
		t.Errorf("the image of --debug is pulled %q", policy)
	}

	for _, args := range [][]string{{"--image", "x\ny: z"}, {"--image", `"`}, {"--namespace", "a b"}, {"--debug", ""},
		{"--debug", "../x"}} {
		a, out, _ := testApp(t)
		if status := a.run(t.Context(), append([]string{"deploy", "kubernetes"}, args...)); status != exitUsage ||
			out.Len() > 0 {
			t.Errorf("%q: status %d %s", args, status, out)
		}
	}
}

// understands looks that bones has such a command with such flags.
func understands(t *testing.T, args []string) {
	t.Helper()
	a, _, _ := testApp(t)
	c, rest, err := a.rootCommand().Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err != nil {
		t.Errorf("bones %v: %v", args, err)
	}
}

// TestKubectlPlugin: the same program by the name of a plugin of kubectl.
func TestKubectlPlugin(t *testing.T) {
	m := builtBones(t)
	dir := t.TempDir()
	for name, is := range map[string]string{"kubectl": fakeKubectl} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(is), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(m.bones, filepath.Join(dir, "kubectl-bones")); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(dir, "kubectl-bones"), "n1", "--", "ps")
	c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := c.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.Contains(string(out),
		"/bones __kubectl-leash --host-root /host ps") {
		t.Errorf("%v %s", err, out)
	}
}

// TestImage runs the image of the binary on the tests' Docker: from within a container bones tells of the host what it
// tells there.
func TestImage(t *testing.T) {
	e := startEngine(t)
	m := builtBones(t)
	name := fmt.Sprintf("beside-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "-m", "100m", "memcached:test")
	c := exec.Command("make", "-s", "-C", "../..", "image", "BIN="+filepath.Join(t.TempDir(), "bones"),
		"DOCKER=docker -H "+e.host, "IMAGE=bones:test")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make image: %v\n%s", err, out)
	}
	inside := func(args ...string) string {
		return e.must(append([]string{"run", "--rm", "--network", "none", "--pid", "host", "--read-only", "-v", "/:/host:ro",
			"--cap-drop", "ALL", "--cap-add", "SYS_PTRACE", "--cap-add", "DAC_READ_SEARCH", "--security-opt",
			"apparmor=unconfined", "bones:test", "--host-root", "/host"}, args...)...)
	}
	type container struct {
		ID, Name, Image, Runtime string
		PID                      int
		Memory                   struct {
			LimitBytes *uint64 `json:"limit_bytes"`
		}
		PIDsCurrent *uint64 `json:"pids_current"`
	}
	read := func(out string) container {
		var list []container
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
			t.Fatalf("%v\n%s", err, out)
		}
		return list[0]
	}
	here, there := read(m.ask(t, "--json", "containers", "name:"+name)), read(inside("--json", "containers",
		"name:"+name))
	if here.Memory.LimitBytes == nil || there.Memory.LimitBytes == nil ||
		*here.Memory.LimitBytes != *there.Memory.LimitBytes ||
		*here.PIDsCurrent != *there.PIDsCurrent {
		t.Errorf("%+v here, %+v from the container", here, there)
	}
	here.Memory.LimitBytes, there.Memory.LimitBytes, here.PIDsCurrent, there.PIDsCurrent = nil, nil, nil, nil
	if here != there {
		t.Errorf("%+v here, %+v from the container", here, there)
	}
	if out := inside("export", "--textfile", "-"); !strings.Contains(out, `bones_container_memory_limit_bytes{container="`+
		name+`"`) {
		t.Errorf("the metrics from the container have no limit of %s:\n%.2000s", name, out)
	}
	if got := strings.TrimSpace(inside("pid", name)); got != fmt.Sprint(here.PID) {
		t.Errorf("the PID from the container: %s, here %d", got, here.PID)
	}
}
