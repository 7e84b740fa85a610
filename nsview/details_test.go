package nsview

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// detailsOf looks into the namespaces of a process.
func detailsOf(t *testing.T, pid int, ty procwalk.NSType) Details {
	t.Helper()
	r := reader(t)
	v := Groups(snapshot(t, procwalk.WantNS|procwalk.WantStatus))
	d := r.Details(t.Context(), v, HostOf(v.Snapshot), Key{ty, inodeOf(t, pid, ty.String())})
	if d.Err != nil {
		t.Fatalf("%s: %v", ty, d.Err)
	}
	return d
}

// ready waits until the script has written its marker as its command name.
func ready(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := poll(func() bool {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		return string(b) == "sleep\n"
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDetailsLive(t *testing.T) {
	needRoot(t)
	script := `set -e
hostname bones-test
mount --make-rprivate /
mount -t tmpfs "tmp fs" /mnt
exec sleep 1000`
	cmd := sleeper(t, syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUTS | unix.CLONE_NEWNS |
			unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWPID | unix.CLONE_NEWCGROUP,
	}, "sh", "-c", script)
	ready(t, cmd)
	pid := cmd.Process.Pid

	if d := detailsOf(t, pid, procwalk.UTS); d.UTS.HostName.Raw() != "bones-test" {
		t.Errorf("uts: %+v", d.UTS)
	}
	if d := detailsOf(t, pid, procwalk.Net); len(d.Net.Interfaces) == 0 || !slices.ContainsFunc(d.Net.Interfaces,
		func(i Interface) bool {
			return i.Name.Raw() == "lo" && i.MTU == 65536 && !strings.Contains(i.Flags, "up")
		}) {
		t.Errorf("net: %+v, want a loopback that is down", d.Net)
	}
	if d := detailsOf(t, os.Getpid(), procwalk.Net); !slices.ContainsFunc(d.Net.Interfaces, func(i Interface) bool {
		return i.Name.Raw() == "lo" && slices.Contains(i.Addrs, "127.0.0.1/8")
	}) {
		t.Errorf("our own net: %+v, want 127.0.0.1/8 on lo", d.Net)
	}
	if d := detailsOf(t, pid, procwalk.Mnt); d.Mnt.Same || !slices.ContainsFunc(d.Mnt.Added, func(
		m mountinfo.Mount) bool {
		return m.Point.Raw() == "/mnt" && m.FSType.Raw() == "tmpfs" && m.Source.Raw() == "tmp fs"
	}) {
		t.Errorf("mnt: %+v, want a tmpfs on /mnt that the host does not have", d.Mnt)
	}
	if d := detailsOf(t, pid, procwalk.PID); d.PID.Init != pid || d.PID.Level != 1 ||
		!slices.Equal(d.PID.Inside, []PIDPair{{pid, 1}}) {
		t.Errorf("pid: %+v, want %d to be 1 inside", d.PID, pid)
	}
	if d := detailsOf(t, pid, procwalk.IPC); *d.IPC != (IPCDetails{}) {
		t.Errorf("ipc: %+v, want a new one to be empty", d.IPC)
	}
	if d := detailsOf(t, pid, procwalk.Cgroup); len(d.Cgroup.Roots) == 0 {
		t.Errorf("cgroup: %+v", d.Cgroup)
	}
}

func TestDetailsIPCCounts(t *testing.T) {
	needRoot(t)
	cmd := sleeper(t, syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWIPC}, "sh", "-c",
		"ipcmk -Q >/dev/null; ipcmk -S 2 >/dev/null; exec sleep 1000")
	ready(t, cmd)
	if d := detailsOf(t, cmd.Process.Pid, procwalk.IPC); *d.IPC != (IPCDetails{Queues: 1, Semaphores: 1}) {
		t.Errorf("ipc: %+v, want one queue and one semaphore set", d.IPC)
	}
}

func TestDetailsUserAndTime(t *testing.T) {
	needRoot(t)
	cmd := sleeper(t, syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 1000}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 5, HostID: 200000, Size: 1}},
	})
	d := detailsOf(t, cmd.Process.Pid, procwalk.User)
	if !slices.Equal(d.User.UIDs, idmap.Map{{Inside: 0, Outside: 100000, Count: 1000}}) ||
		!slices.Equal(d.User.GIDs, idmap.Map{{Inside: 5, Outside: 200000, Count: 1}}) || d.User.Setgroups != "deny" {
		t.Errorf("user: %+v", d.User)
	}
	clock := sleeper(t, syscall.SysProcAttr{}, "unshare", "--time", "--boottime", "86400", "--monotonic", "-5", "--fork",
		"--kill-child", "sleep", "1000")
	child := children(t, clock.Process.Pid, 1)[0]
	if d := detailsOf(t, child, procwalk.Time); *d.Time != (TimeDetails{Monotonic: -5 * time.Second,
		Boottime: 24 * time.Hour}) {
		t.Errorf("time: %+v", d.Time)
	}
}

func TestMountDiff(t *testing.T) {
	there, _ := mountinfo.Parse([]byte("1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / /x rw - tmpfs b rw\n3 2 0:2 / /x rw - " +
		"tmpfs b rw\n"))
	here, _ := mountinfo.Parse([]byte("11 0 0:1 / / rw - ext4 a rw\n12 11 0:2 / /x rw - tmpfs b rw\n13 11 0:9 / /y rw " +
		"- proc c rw\n"))
	added, missing := mountDiff(here, there)
	if len(added) != 1 || added[0].Point.Raw() != "/y" || len(missing) != 1 || missing[0].Point.Raw() != "/x" {
		t.Errorf("added %+v, missing %+v", added, missing)
	}
}

func TestNetFiles(t *testing.T) {
	// before Linux 4.20 a name could hold a colon
	d, err := netDevices([]byte("Inter-|   Receive                                                |  Transmit\n face " +
		"|bytes    packets |bytes\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n" +
		"eth0:7:100 2 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	addInet6(d, []byte("00000000000000000000000000000001 01 80 10 80       lo\nfe800000000000000000000000000001 02 40 "+
		"20 80     eth0:7\nbroken\n"))
	if len(d.Interfaces) != 2 || !slices.Equal(d.Interfaces[1].Addrs, []string{"::1/128"}) ||
		!slices.Equal(d.Interfaces[0].Addrs, []string{"fe80::1/64"}) {
		t.Errorf("%+v", d)
	}
	trie := "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.0.0.7\n        " +
		"/32 host LOCAL\nLocal:\n     |-- 10.0.0.7\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link " +
		"BROADCAST\n"
	if got := localAddresses([]byte(trie)); !slices.Equal(got, []string{"10.0.0.7"}) {
		t.Errorf("addresses %q", got)
	}
}

func TestCgroupRoot(t *testing.T) {
	for _, c := range []struct {
		here, there, want string
		ok                bool
	}{
		{"/docker/abc", "/", "/docker/abc", true},
		{"/docker/abc/sub", "/sub", "/docker/abc", true},
		{"/", "/", "/", true},
		{"/sub", "/sub", "/", true},
		{"/docker/def", "/../def", "", false},
		{"/a", "/b", "/a", false},
	} {
		if got, ok := cgroupRoot(c.here, c.there); ok != c.ok || ok && got != c.want {
			t.Errorf("cgroupRoot(%q, %q) = %q, %t; want %q, %t", c.here, c.there, got, ok, c.want, c.ok)
		}
	}
}

func TestParseOffsets(t *testing.T) {
	d, err := parseOffsets([]byte("monotonic          -5         0\nboottime    86400         7\n"))
	if err != nil || d.Monotonic != -5*time.Second || d.Boottime != 24*time.Hour+7 {
		t.Errorf("%+v, %v", d, err)
	}
	for _, bad := range []string{"monotonic x 0\n", "monotonic 1\n", "boottime 99999999999999 0\n"} {
		if _, err := parseOffsets([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestParseLink(t *testing.T) {
	for link, want := range map[string]Key{
		"net:[4026531833]": {procwalk.Net, 4026531833},
		"pid:[1]":          {procwalk.PID, 1},
	} {
		if k, ok := ParseLink(link); !ok || k != want || k.String() != link {
			t.Errorf("%q: %v, %t", link, k, ok)
		}
	}
	for _, link := range []string{"", "net", "net:[]", "net:[x]", "net:[1", "netns:[1]", "/net:[1]", "net:[0]",
		"net:[99999999999999999999]"} {
		if k, ok := ParseLink(link); ok {
			t.Errorf("%q passes for %v", link, k)
		}
	}
}
