package homes

import (
	"testing"

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
