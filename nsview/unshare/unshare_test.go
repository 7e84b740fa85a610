package unshare

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func id(n uint32) *uint32 { return &n }
func sec(n int64) *int64  { return &n }

func TestByHand(t *testing.T) {
	root := IDMap{Single: true}
	for _, c := range []struct {
		u    Unshare
		want string
	}{
		{Unshare{}, "unshare"},
		{Unshare{Namespaces: PID, Fork: true, MountProc: "/proc", Command: []string{"bash"}},
			"unshare --fork --pid --mount-proc -- bash"},
		{Unshare{UserMap: root, GroupMap: root, Command: []string{"sh", "-c", "id -u"}},
			"unshare --map-root-user -- sh -c 'id -u'"},
		{Unshare{KillChild: unix.SIGKILL, Namespaces: PID}, "unshare --kill-child --pid"},
		{Unshare{KillChild: unix.SIGTERM, MountProc: "/x y"}, "unshare '--kill-child=TERM' '--mount-proc=/x y'"},
		{Unshare{Persist: map[Set]string{UTS: "/run/u"}, Command: []string{"true"}}, "unshare '--uts=/run/u' -- true"},
		{Unshare{Namespaces: Time | Net, Boottime: sec(-5), Monotonic: sec(7)},
			"unshare --net --time --monotonic 7 --boottime -5"},
		{Unshare{SetUID: id(1), SetGID: id(2), Root: "/r", Dir: "/w", Propagation: "slave", Namespaces: Mount},
			"unshare --mount --propagation slave --root /r --wd /w --setuid 1 --setgid 2"},
		{Unshare{UserMap: IDMap{Single: true, Inner: 5, Range: IDBlock{1, 2, 3}}, GroupMap: IDMap{Auto: true},
			KeepCaps:  true,
			SetGroups: "deny"},
			"unshare '--map-user=5' '--map-users=1,2,3' '--map-groups=auto' --setgroups deny --keep-caps"},
		{Unshare{Hostname: "box", Command: []string{"sh"}}, `unshare --uts -- sh -c 'hostname "$0" && exec "$@"' box sh`},
		{Unshare{Hostname: "box", SetUID: id(1), Command: []string{"sh"}},
			`unshare --uts -- sh -c 'hostname "$0" && exec "$@"' box unshare --setuid 1 -- sh`},
	} {
		u, err := New(c.u)
		if err != nil {
			t.Errorf("%+v: %v", c.u, err)
			continue
		}
		if got := u.ByHand(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, u := range []Unshare{
		{Propagation: "public"},
		{Boottime: sec(1)},
		{SetGroups: "deny"},
		{SetGroups: "maybe", Namespaces: User},
		{SetGroups: "allow", GroupMap: IDMap{Single: true}},
		{Hostname: strings.Repeat("x", 65)},
		{Persist: map[Set]string{PID: "/x"}},
		{Group: "a/b"},
		{Group: ".."},
		{Command: []string{"a\x00b"}},
	} {
		if _, err := New(u); err == nil {
			t.Errorf("%+v: no error", u)
		}
	}
}

func TestDescribeIsSafeToPrint(t *testing.T) {
	u, err := New(Unshare{Namespaces: PID | Net, Command: []string{"a\x1b[31m\n"}, Group: "g",
		Limits: Limits{Memory: 1 << 20, CPU: 150000, PIDs: 3}})
	if err != nil {
		t.Fatal(err)
	}
	got := u.Describe()
	if strings.ContainsAny(got, "\x1b\n") || !strings.Contains(got, "net, pid") || !strings.Contains(got, "cpus 1.5") {
		t.Errorf("%q", got)
	}
}

// TestTimeNeedsExec: a kernel that leaves a program in the old time namespace is refused. TestKernelsByBPF has one
// that tells: Debian's 6.1.
func TestTimeNeedsExec(t *testing.T) {
	for release, good := range map[string]bool{"5.10.0-32-cloud-amd64": false, "6.1.0-56-cloud-amd64": false,
		"6.2.0": true, "6.12.117+deb13-cloud-amd64": true, "7.0": true} {
		if err := execMoves(release); (err == nil) != good {
			t.Errorf("%s: %v", release, err)
		}
	}
}
