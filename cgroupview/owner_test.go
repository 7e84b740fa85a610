package cgroupview

import "testing"

// TestUnitOfUser: what a user's manager writes anew is told by the path, and what is delegated below is not among it.
func TestUnitOfUser(t *testing.T) {
	const manager = "/user.slice/user-1000.slice/user@1000.service"
	for path, want := range map[string]bool{
		manager + "/app.slice/usc.scope":                               true,
		manager + "/user.slice/user-libpod_pod_1.slice/libpod-2.scope": true,
		manager + "/user.slice":                                        true,
		manager + "/session.slice/dbus.service":                        true,
		manager + "/user.slice/libpod-2.scope/container":               false,
		manager + "/user.slice/libpod-2.scope/mine.scope":              false,
		manager + "/init.scope":                                        true,
		manager + "/mine":                                              false,
		manager:                                                        false,
		"/system.slice/docker-3.scope":                                 false,
		"/user.slice/user-1000.slice/session-3.scope":                  false,
	} {
		if got := unitOfUser(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}
