package homes

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bones/cgroupview/container"
	"bones/procwalk/mountinfo"
)

func TestHomesThatMayNotAnswer(t *testing.T) {
	mounts, _ := mountinfo.Parse([]byte("21 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 21 0:40 / /home/a rw shared:1 " +
		"master:2 - fuse.sshfs x rw\n" +
		"31 21 0:41 / /home/with\\040blank rw - nfs4 x rw\n32 21 0:42 / /run/user/7 rw - tmpfs x rw\n33 32 0:43 / " +
		"/run/user/7 rw - fuseblk x rw\nbroken\n"))
	for path, want := range map[string]bool{"/home/b": false, "/home/a": true, "/home/a/x": true, "/home/ab": false,
		"/home/with blank": true, "/run/user/7": true} {
		if got := waits(mounts, path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// TestOf: the homes are those of the users that the name service knows, the first line of a number counts.
func TestOf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "passwd")
	const content = "#old:x:1000:1000::/old:/bin/sh\nroot:x:0:0::/:/bin/sh\nb:x:1001:1001::/home/b\n" +
		"a:x:1000:1000::/home/a:/bin/sh\na2:x:1000:1000::/home/a2:/bin/sh\nrelative:x:1002:1002::home:/bin/sh\n" +
		"other:x:1003:1003::/home/other:/bin/sh\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	uids := map[uint32]bool{0: true, 1000: true, 1001: true, 1002: true}
	got, err := Of(file, uids)
	want := []container.User{{UID: 1000, Home: "/home/a"}, {UID: 1001, Home: "/home/b"}}
	if err != nil || !slices.Equal(got, want) || len(uids) != 2 || !uids[0] || !uids[1002] {
		t.Errorf("%+v, %v; left: %v", got, err, uids)
	}
	if got, err := Of(file+"-not-there", uids); got != nil || err != nil {
		t.Errorf("of no file: %+v, %v", got, err)
	}
}
