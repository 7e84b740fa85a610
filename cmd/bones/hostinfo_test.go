package main

import (
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/taskiter"
)

// TestHostSaysWhichSource: what `bones host` says of the sources is what happens with --source, with and without
// privilege; and whoever may not use BPF gets the same table.
func TestHostSaysWhichSource(t *testing.T) {
	m := builtBones(t)
	var h object.HostReport
	if err := json.Unmarshal([]byte(m.ask(t, "host", "--json")), &h); err != nil {
		t.Fatal(err)
	}
	if len(h.Sources) != 2 || h.Sources[0].Name != "bpf" || h.Sources[1].Name != "proc" || !h.Sources[1].Can {
		t.Fatalf("the sources are %+v", h.Sources)
	}
	_, err := exec.Command(m.bones, "ps", "--source", "bpf").Output()
	if can := h.Sources[0].Can; can != (err == nil) {
		t.Errorf("host says that BPF can be used: %v; with it: %v", can, err)
	}
	if human := m.ask(t, "host"); !strings.Contains(human, "source bpf ") || !strings.Contains(human, h.Kernel) {
		t.Errorf("it says %q", human)
	}
	if got := m.ask(t, "host", "--json", "--source", "proc"); !strings.Contains(got, "asked for with --source proc") &&
		h.Sources[0].Can {
		t.Errorf("with --source proc it says %s", got)
	}
	if err := exec.Command(m.bones, "ps", "--source", "else").Run(); exitStatus(err) != exitUsage {
		t.Errorf("a source that is none: %v", err)
	}

	proctest.Need(t, proctest.Root, proctest.Users)
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	c := exec.Command(m.bones, "host", "--json")
	c.SysProcAttr, c.Dir = nobody, "/"
	out, err := c.Output()
	var without object.HostReport
	if err = errors.Join(err, json.Unmarshal(out, &without)); err != nil {
		t.Fatal(err)
	}
	if s := without.Sources[0]; s.Can || s.Used || s.Why == nil {
		t.Errorf("without privilege the sources are %s", out)
	} else if h.Sources[0].Can && !strings.Contains(*s.Why, "CAP_BPF") {
		t.Errorf("without privilege it says %q", *s.Why)
	}
	c = exec.Command(m.bones, "ps", "--source", "bpf")
	c.SysProcAttr, c.Dir = nobody, "/"
	if out, err := c.CombinedOutput(); exitStatus(err) != exitPermission && h.Sources[0].Can {
		t.Errorf("ps --source bpf without privilege: %v, %s", err, out)
	}
}

// TestOtherProcIsNotReadByBPF: BPF tells of this host's processes, and not of those of another /proc.
func TestOtherProcIsNotReadByBPF(t *testing.T) {
	tree := proctest.New(t)
	tree.Host(3)
	_, err := taskiter.Open(tree.Path(), &procwalk.Machine{})
	if fault.Of(err) != fault.Unsupported {
		t.Errorf("a tree of files: %v", err)
	}
	if _, err := taskiter.Open("/proc", &procwalk.Machine{HidePID: "2"}); fault.Of(err) != fault.Unsupported ||
		!strings.Contains(err.Error(), "hidepid=2") {
		t.Errorf("hidepid: %v", err)
	}
}

// exitStatus is the status that a program ended with, -1 if it was not run.
func exitStatus(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}
