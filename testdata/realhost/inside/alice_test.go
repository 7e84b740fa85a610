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
	// From a login her groups are beside those of her containers, and only systemd may move a process between them.
	for _, name := range []string{"rlcrun", "rlrunc", "rlpod"} {
		s := as("enter", name, "--", "id", "-u")
		if s.status != 0 || strings.TrimSpace(s.out) != "0" {
			t.Errorf("enter %s: status %d, %q, %q", name, s.status, s.out, s.err)
		}
		if strings.Count(s.err, "\n") != 1 || !strings.Contains(s.err, "group") {
			t.Errorf("enter %s does not say in one line which group it is in: %q", name, s.err)
		}
	}
	// Within her own manager's groups she may move processes herself: nothing is to be said.
	line := []string{"systemd-run", "--user", "--pipe", "--wait", "--quiet", bonesPath, "enter", "rlcrun", "--", "cat",
		"/proc/self/cgroup"}
	s = try(t, alice(line...)...)
	if s.status != 0 || s.err != "" {
		t.Errorf("enter from her manager: status %d, %q, %q", s.status, s.out, s.err)
	}
}
