package copying

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/rootfs"
	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// attacker is the user who attacks: nobody, who has an entry in every passwd.
const attacker = 65534

// ownFiles are the files of this process, through a worker.
func ownFiles(t *testing.T) *rootfs.Client {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it reads the root directory of a process")
	}
	start, err := procwalk.StartTime("/proc", os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	c := rootfs.NewClient("/proc", procwalk.ID{PID: os.Getpid(), Start: start}, rootfs.RootDir, 20*time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

// needLook skips the test where we may not look into ourselves: a program that has started another one as another user
// is one that only CAP_SYS_PTRACE may look into, since both share their memory until the other is executed.
func needLook(t *testing.T, c *rootfs.Client) {
	t.Helper()
	if _, err := c.Stat(t.Context(), "/", false); errors.Is(err, fs.ErrPermission) {
		proctest.Missing(t, "it takes CAP_SYS_PTRACE: %v", err)
	}
}

// TestGetRemovesOnlyItsOwn: the directory that a copy goes into is exchanged when the copy fails; what another one has
// there under the same name stays.
func TestGetRemovesOnlyItsOwn(t *testing.T) {
	client := ownFiles(t)
	for _, named := range []string{"without a name", "named"} {
		t.Run(named, func(t *testing.T) {
			base := t.TempDir()
			source, dest := filepath.Join(base, "source"), filepath.Join(base, "dest")
			if err := os.WriteFile(source, []byte("content"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dest, 0o777); err != nil {
				t.Fatal(err)
			}
			victim := filepath.Join(dest, "copy")
			exchange := func() {
				if err := errors.Join(os.Rename(dest, dest+".away"), os.Mkdir(dest, 0o777),
					os.WriteFile(victim, []byte("another's"), 0o644)); err != nil {
					t.Error(err)
				}
			}
			if named == "named" { // as on a file system without O_TMPFILE
				p, err := NewPlace(victim)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				fd, err := unix.Openat(p.fd(), p.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				f := &Pending{os.NewFile(uintptr(fd), "copy"), p, true}
				if err := os.Rename(victim, victim+".moved"); err != nil { // in the same directory
					t.Fatal(err)
				}
				if err := os.WriteFile(victim, []byte("another's"), 0o644); err != nil {
					t.Fatal(err)
				}
				f.Drop()
			} else {
				ctx, cancel := context.WithCancel(t.Context())
				exchange()
				cancel()
				if _, _, err := client.Get(ctx, rootfs.Transfer{Path: source, Local: victim + "2"}, nil); err == nil {
					t.Fatal("the copy did not fail")
				}
				if names, _ := filepath.Glob(dest + ".away/*"); len(names) > 0 {
					t.Errorf("of the copy stays %q", names)
				}
			}
			if b, err := os.ReadFile(victim); err != nil || string(b) != "another's" {
				t.Errorf("another's file: %q, %v", b, err)
			}
		})
	}
}

// TestGetIntoSharedDirectory: somebody who may write to the directory exchanges what is made in there for a directory
// of his own. Nothing is copied into that.
func TestGetIntoSharedDirectory(t *testing.T) {
	client := ownFiles(t)
	base, err := os.MkdirTemp("", "bones-swap-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	source, shared, swap := filepath.Join(base, "source"), filepath.Join(base, "shared"), filepath.Join(base, "swap")
	proctest.Build(t, base, "bones/testdata/attacks/swap")
	if err := errors.Join(os.Mkdir(source, 0o755), os.WriteFile(source+"/secret", []byte("secret"), 0o644),
		os.Mkdir(shared, 0o755),
		os.Chmod(base, 0o755), os.Chmod(shared, 0o777)); err != nil {
		t.Fatal(err)
	}
	trap := shared + "/trap"
	if err := errors.Join(os.Mkdir(trap, 0o777), os.Chown(trap, attacker, attacker)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(swap, shared, "out", "trap")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: attacker, Gid: attacker}}
	ready, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	if line, _ := bufio.NewReader(ready).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the attack says %q", line)
	}
	needLook(t, client)
	copied, refused := 0, 0
	for range 200 {
		// What is in the directory is meant, and out is made: where it is there already, that is the attacker's and
		// what root asked for, as with cp.
		if _, err := os.Lstat(shared + "/out"); err == nil {
			os.Rename(shared+"/out", shared+"/gone")
		}
		report, _, err := client.Get(t.Context(), rootfs.Transfer{Path: source, Local: shared + "/out"}, nil)
		switch {
		case err == nil && report.LeftOut == 0:
			copied++
		case report.LeftOut > 0, errors.Is(err, filetree.ErrExchanged), errors.Is(err, os.ErrExist),
			strings.Contains(err.Error(), "denied"):
			refused++
		default:
			t.Fatal(err)
		}
		for _, name := range []string{"out", "trap"} {
			path := filepath.Join(shared, name)
			fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
			if err != nil {
				continue
			}
			dir := os.NewFile(uintptr(fd), path)
			var st unix.Stat_t
			unix.Fstat(fd, &st)
			names, _ := dir.Readdirnames(-1)
			dir.Close()
			switch {
			case st.Uid == attacker && len(names) > 0:
				t.Fatalf("the attacker's directory holds %q (%d copied, %d refused)", names, copied, refused)
			case st.Uid == attacker:
			default: // ours, wherever it is by now: out of the way for the next try
				unix.Renameat2(unix.AT_FDCWD, path, unix.AT_FDCWD,
					filepath.Join(base, "old-"+time.Now().Format("150405.000000000")), unix.RENAME_NOREPLACE)
			}
		}
	}
	t.Logf("%d copied, %d refused", copied, refused)
	if refused == 0 {
		t.Log("the attack never met the right moment")
	}
}

// TestPutOfAnExchangedFile: somebody who may write to the directory of what root copies into a container exchanges it,
// after root has looked at it, for a file that only root may read. The container does not get that one.
func TestPutOfAnExchangedFile(t *testing.T) {
	client := ownFiles(t)
	needLook(t, client)
	for name, exchange := range map[string]func(report, secret string) error{
		"root's file": func(report, secret string) error { return os.Rename(secret, report) },
		"a link": func(report, secret string) error {
			return errors.Join(os.Remove(report), os.Symlink(secret, report))
		},
		"a FIFO": func(report, _ string) error {
			return errors.Join(os.Remove(report), unix.Mkfifo(report, 0o666))
		},
	} {
		base := t.TempDir()
		report, secret, inside := base+"/report", base+"/secret", base+"/inside"
		if err := errors.Join(os.WriteFile(report, []byte("report"), 0o644),
			os.WriteFile(secret, []byte("root's"), 0o600)); err != nil {
			t.Fatal(err)
		}
		change, err := (&In{Client: client}).Plan(t.Context(), report, inside)
		if err != nil {
			t.Fatal(err)
		}
		if err := exchange(report, secret); err != nil {
			t.Fatal(err)
		}
		if _, err := change.Apply(t.Context()); !errors.Is(err, rootfs.ErrMoved) {
			t.Errorf("%s: it says %v", name, err)
		}
		if b, err := os.ReadFile(inside); err == nil {
			t.Errorf("%s: the container has %q", name, b)
		}
	}
}
