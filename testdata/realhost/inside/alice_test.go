package inside

import (
	"strings"
	"testing"
)

// testUnprivileged is what an ordinary user sees who has containers of her own.
func testUnprivileged(t *testing.T) {
	as := func(args ...string) said { return try(t, alice(append([]string{bonesPath}, args...)...)...) }
	for _, line := range []string{"containers", "stats --once --interval 0.1", "ps", "ns", "which --all"} {
		s := as(strings.Fields(line)...)
		if s.status != 0 || strings.Count(s.err, "\n") > 1 {
			t.Errorf("bones %s: status %d, and more than one line of what could not be read:\n%s", line, s.status, s.err)
		}
	}
	s := as("containers")
	for _, name := range []string{"rlcrun", "rlrunc", "rlpod"} {
		if !strings.Contains(s.out, name) {
			t.Errorf("her own container %s is not among\n%s", name, s.out)
		}
	}
	// From a login her groups are beside those of her containers, and only systemd may move a process between them: her
	// own manager does, so that the program is where the container's processes are.
	for _, name := range []string{"rlcrun", "rlrunc", "rlpod"} {
		s := as("enter", name, "--", "cat", "/proc/self/cgroup")
		if s.status != 0 || s.err != "" || !strings.Contains(s.out, "0::/\n") {
			t.Errorf("enter %s: status %d, in the groups %q, said %q", name, s.status, s.out, s.err)
		}
	}
	// With no manager to ask, the program stays outside, which is said.
	s = try(t, alice("env", "XDG_RUNTIME_DIR=/nonexistent", bonesPath, "enter", "rlcrun", "--", "id", "-u")...)
	if s.status != 0 || strings.TrimSpace(s.out) != "0" || strings.Count(s.err, "\n") != 1 ||
		!strings.Contains(s.err, "the target's limits do not bind it") {
		t.Errorf("enter without a manager: status %d, %q, %q", s.status, s.out, s.err)
	}
	// By hand it is the same.
	byHand := strings.TrimSpace(as("enter", "--dry-run", "rlcrun", "--", "cat", "/proc/self/cgroup").out)
	s = try(t, "runuser", "-l", "alice", "-c", byHand)
	if s.status != 0 || !strings.Contains(s.out, "0::/\n") {
		t.Errorf("%s: status %d, %q, %q", byHand, s.status, s.out, s.err)
	}
}
