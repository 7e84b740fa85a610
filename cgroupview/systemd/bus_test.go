package systemd

import (
	"strings"
	"testing"
)

// TestManager: what is below user@UID.service belongs to that user's manager.
func TestManager(t *testing.T) {
	const user = "/user.slice/user-1000.slice/user@1000.service"
	for group, want := range map[string]string{
		user + "/user.slice/libpod-1.scope": "--user --machine=1000@", user: "", "/system.slice/docker-1.scope": "",
		"/user@x.service/a": "", "/user@1000.service/": "",
	} {
		if got := strings.Join(Manager(group), " "); got != want {
			t.Errorf("%s: %q, want %q", group, got, want)
		}
	}
}
