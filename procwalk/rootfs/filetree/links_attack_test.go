package filetree

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestLinkIsNotExchanged: testdata/attacks/swap exchanges the link that a copy makes in the directory of another user
// with a file of root's that lies there. The copy gives its owner to the link, and never to that file.
func TestLinkIsNotExchanged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it gives files away")
	}
	const attacker = 65534
	programs, err := os.MkdirTemp("", "bones-links-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(programs) })
	swap := proctest.Build(t, programs, "bones/testdata/attacks/swap")
	// In memory: there more is exchanged in each round, and a disk looks long for an inode that was not freed just now.
	base := proctest.TempDir(t)
	shared, apart := base+"/shared", base+"/apart"
	if err := errors.Join(os.Chmod(programs, 0o755), os.Chmod(base, 0o755), os.Mkdir(shared, 0o755),
		os.Chown(shared, attacker, attacker), os.Mkdir(apart, 0o700), os.Symlink("target", base+"/original"),
		os.WriteFile(shared+"/secret", []byte("root's"), 0o600)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(swap, shared, "out", "secret")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: attacker, Gid: attacker}}
	ready, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if line, _ := bufio.NewReader(ready).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the attack says %q", line)
	}
	from, err := unix.Open(base, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(from)
	to, err := unix.Open(shared, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(to)
	const rounds = 3000
	refused := 0
	for range rounds {
		copier := &Copier{Owner: func(uint32, uint32) (int, int, bool) { return attacker, attacker, true }}
		if err := copier.Copy(Location{from, "original", "original"}, Location{to, "out", "out"}, false); err != nil {
			if !errors.Is(err, ErrExchanged) {
				t.Fatal(err)
			}
			refused++
		}
		// Both names go where the attacker may not: with one of them away, nothing is exchanged any more.
		for _, name := range []string{"out", "secret"} {
			if err := os.Rename(shared+"/"+name, apart+"/"+name); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"out", "secret"} {
			info, err := os.Lstat(apart + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().IsRegular() {
				if uid := info.Sys().(*syscall.Stat_t).Uid; uid != 0 {
					t.Fatalf("root's file belongs to user %d now", uid)
				}
				err = os.Rename(apart+"/"+name, apart+"/kept")
			} else {
				err = os.Remove(apart + "/" + name)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Rename(apart+"/kept", shared+"/secret"); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d copies, %d refused", rounds, refused)
}
