package rootfs

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// hostile are the links with which a container's file system sends a root tool elsewhere. C stands for the host's path
// of the canary.
var hostile = map[string]string{
	"absolute":           "C/secret",
	"absolute-twin":      "/plain",
	"absolute-dir":       "C",
	"dotdot":             "../../../../../../../../../../../../CN/secret",
	"dotdot-dir":         "../../../../../../../../../../../../CN",
	"short-dotdot":       "../canary/secret",
	"short-dotdot-dir":   "../canary",
	"proc-1-root":        "/proc/1/root/../canary/secret",
	"proc-self-root":     "/proc/self/root",
	"proc-self-fd":       "/proc/self/fd/0",
	"proc-self-exe":      "/proc/self/exe",
	"proc-self-cwd":      "/proc/self/cwd",
	"proc-1-exe":         "/proc/1/exe",
	"proc-1-cwd":         "/proc/1/cwd",
	"loop":               "loop",
	"loop-a":             "loop-b",
	"loop-b":             "loop-a",
	"dangling":           "C/new-file",
	"dangling-short":     "../canary/new-file",
	"dangling-in-subdir": "dir/../../canary/new-file",
}

func fillHostile(root, canary string) {
	for name, target := range hostile {
		target = strings.ReplaceAll(target, "CN", strings.TrimPrefix(canary, "/"))
		if strings.HasPrefix(target, "C") {
			target = canary + target[1:]
		}
		os.Symlink(target, filepath.Join(root, name))
	}
	at := "plain"
	for n := range 46 { // chain-N leads over N others
		os.Symlink(at, filepath.Join(root, fmt.Sprintf("chain-%d", n)))
		at = fmt.Sprintf("chain-%d", n)
	}
	unix.Mkfifo(root+"/fifo", 0o666)
	unix.Mknod(root+"/null", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3)))
	unix.Mknod(root+"/tty", unix.S_IFCHR|0o666, int(unix.Mkdev(5, 0)))
	unix.Mknod(root+"/full", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 7)))
	unix.Mknod(root+"/block", unix.S_IFBLK|0o666, int(unix.Mkdev(7, 250)))
	fd, _ := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	unix.Bind(fd, &unix.SockaddrUnix{Name: root + "/socket"})
	unix.Close(fd)
	if f, err := os.Create(root + "/sparse"); err == nil {
		f.Truncate(8 << 40)
		f.Close()
	}
	os.Link(root+"/plain", root+"/hardlink")
}

// paths are asked for directly, beside the links.
var paths = []string{"../canary/secret", "../../../../../../../../canary/secret", "dir/../../canary/secret",
	"/proc/1/root/../canary/secret",
	"proc/self/root/../canary/secret", "absolute-dir/secret", "dotdot-dir/sub/file", "short-dotdot-dir/secret",
	"proc-self-root/../canary/secret",
	"proc/1/fd/0", "proc/self/fd/1", "dotdot-dir/new", "short-dotdot-dir/new"}

func both(t *testing.T, test func(t *testing.T, walk bool)) {
	t.Run("openat2", func(t *testing.T) { test(t, false) })
	t.Run("step by step", func(t *testing.T) { test(t, true) })
}

// TestNothingLeadsOutside does everything with every hostile name. The canary is hashed before and after.
func TestNothingLeadsOutside(t *testing.T) {
	both(t, func(t *testing.T, walk bool) {
		w := newWorld(t, func(root, canary string) {
			fillHostile(root, canary)
			os.WriteFile(root+"/victim", []byte("inside"), 0o644)
		})
		r := w.open(t, walk)
		names := append([]string{}, paths...)
		for name := range hostile {
			names = append(names, name)
		}
		// The longest chain first: it leads over the others, and each is removed.
		names = append(names, "chain-45", "chain-40", "chain-39", "chain-38", "fifo", "null", "tty", "full", "block",
			"socket")
		for _, name := range names {
			if f, _, err := r.Read(name); err == nil {
				b, _ := io.ReadAll(io.LimitReader(f, 1<<16))
				f.Close()
				if strings.Contains(string(b), "canary") {
					t.Errorf("%s: read what is outside", name)
				}
			}
			r.Stat(name, true)
			r.Stat(name, false)
			r.List(name, func(i Info) bool {
				if i.Name == "secret" {
					t.Errorf("%s: listed what is outside", name)
				}
				return true
			})
			for _, op := range []Op{{Kind: "put", Path: name, Content: []byte("x")}, {Kind: "touch", Path: name + "-touched"},
				{Kind: "touch", Path: name + "/made"},
				{Kind: "mkdir", Path: name + "/dir", Parents: true}, {Kind: "put", Path: name + "/put", Content: []byte("y")},
				{Kind: "mv", Path: name + "/secret", To: "stolen"}, {Kind: "mv", Path: name + "/sub", To: "stolen-dir"},
				{Kind: "mv", Path: "victim", To: name + "/planted"},
				{Kind: "mv", Path: name + "/planted", To: "victim"}, {Kind: "mv", Path: "victim", To: name},
				{Kind: "rm", Path: name + "/secret"}, {Kind: "rm", Path: name + "/sub", Recursive: true},
				{Kind: "rm", Path: name, Recursive: true}} {
				if strings.HasPrefix(name, "proc") || strings.HasPrefix(name, "/proc") {
					continue // that is the kernel's own; rm -r there would only be refused one file after the other
				}
				r.Do(op, nil, nil)
			}
		}
		if _, err := os.Stat(w.root + "/plain"); err != nil {
			t.Errorf("a file that nobody named is gone: %v", err)
		}
	})
}

// lacksNode reports whether a device node of fillHostile's could not be made, as in a user namespace.
func (w world) lacksNode(t *testing.T, name string) bool {
	t.Helper()
	if !slices.Contains([]string{"null", "tty", "block", "full"}, name) || os.Getenv("CI") == "true" ||
		unix.Access(filepath.Join(w.root, name), unix.F_OK) == nil {
		return false
	}
	t.Logf("%s: device nodes cannot be made here", name)
	return true
}

func TestKernelsAnswerOnLinks(t *testing.T) {
	both(t, func(t *testing.T, walk bool) {
		w := newWorld(t, fillHostile)
		r := w.open(t, walk)
		for name, want := range map[string]error{"absolute-twin": nil, "chain-38": nil, "chain-39": nil,
			"chain-40": ErrLoop, "chain-45": ErrLoop, "loop": ErrLoop, "loop-a": ErrLoop,
			"dangling": ErrNotFound, "absolute": ErrNotFound, "proc-self-exe": ErrNotFound, "proc/1/exe": ErrLoop,
			"fifo": ErrSpecial, "socket": ErrSpecial,
			"null": ErrSpecial, "tty": ErrSpecial, "block": ErrSpecial, "full": ErrSpecial, "dir": ErrIsDirectory,
			"plain/x": ErrNotDirectory, "nothing": ErrNotFound,
			"plain/": ErrNotDirectory, "dir/../plain": nil, "../../plain": nil, "/dir/./file": nil, "hardlink": nil} {
			if w.lacksNode(t, name) {
				continue
			}
			f, _, err := r.Read(name)
			if err == nil {
				f.Close()
			}
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
	})
}

func TestChanges(t *testing.T) {
	if os.Geteuid() == 0 {
		proctest.Need(t, proctest.Users) // files of theirs
	}
	w := newWorld(t, func(root, _ string) {
		os.WriteFile(root+"/mounted", nil, 0o644)
		os.Mkdir(root+"/volume", 0o755)
		os.Link(root+"/plain", root+"/hardlink")
		os.Mkdir(root+"/full", 0o755)
		os.WriteFile(root+"/full/a", []byte("a"), 0o644)
		os.WriteFile(root+"/old", []byte("old"), 0o640)
		os.Chown(root+"/old", 7, 8)
		unix.Setxattr(root+"/old", "user.x", []byte("attribute"), 0)
	})
	r := w.open(t, false)
	inside := func(name string) string { return fmt.Sprintf("/proc/%d/root/%s", w.id.PID, name) }
	content := func(name string) string {
		b, err := os.ReadFile(inside(name))
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	do := func(op Op) OpResult {
		t.Helper()
		res, err := r.Do(op, nil, nil)
		if err != nil {
			t.Fatalf("%+v: %v", op, err)
		}
		return res
	}
	undo := func(res OpResult) {
		t.Helper()
		if res.Inverse == nil {
			t.Fatalf("no way back: %s", res.NoUndo)
		}
		do(*res.Inverse)
	}
	gone := func(name string) {
		t.Helper()
		if _, err := os.Lstat(inside(name)); !os.IsNotExist(err) {
			t.Errorf("%s: %v", name, err)
		}
	}

	undo(do(Op{Kind: "touch", Path: "/touched"}))
	gone("touched")
	undo(do(Op{Kind: "mkdir", Path: "/made"}))
	gone("made")
	do(Op{Kind: "mkdir", Path: "/a/b/c", Parents: true})
	if i, err := r.Stat("/a/b/c", false); err != nil || i.Kind != Directory || i.UIDIn != 0 {
		t.Errorf("%+v %v", i, err)
	}
	undo(do(Op{Kind: "put", Path: "/put", Content: []byte("new")}))
	gone("put")

	res := do(Op{Kind: "put", Path: "/old", Content: []byte("changed")})
	var st unix.Stat_t
	if err := unix.Stat(inside("old"), &st); err != nil || st.Uid != 7 || st.Gid != 8 || st.Mode&0o7777 != 0o640 ||
		content("old") != "changed" {
		t.Errorf("%q %+v %v", content("old"), st, err)
	}
	buf := make([]byte, 100)
	if n, err := unix.Getxattr(inside("old"), "user.x", buf); err != nil || string(buf[:n]) != "attribute" {
		t.Errorf("its attribute: %q %v", buf[:max(n, 0)], err)
	}
	undo(res)
	if content("old") != "old" {
		t.Errorf("undone: %q", content("old"))
	}
	if _, err := r.Do(*res.Inverse, nil, nil); !errors.Is(err, ErrMoved) {
		t.Errorf("undone twice: %v", err)
	}

	res = do(Op{Kind: "put", Path: "/hardlink", Content: []byte("both names")})
	if content("plain") != "both names" {
		t.Errorf("the other name holds %q", content("plain"))
	}
	undo(res)
	do(Op{Kind: "put", Path: "/mounted", Content: []byte("through the mount")})
	if content("plain") != "through the mount" {
		t.Errorf("what is mounted holds %q", content("plain"))
	}
	if _, err := r.Do(Op{Kind: "rm", Path: "/mounted"}, nil, nil); !errors.Is(err, ErrNotPermitted) {
		t.Errorf("removing a mount: %v", err)
	}
	do(Op{Kind: "put", Path: "/volume/x", Content: []byte("x")})
	if i, err := r.Stat("/volume/x", false); err != nil {
		t.Error(err)
	} else if m, err := r.MountOf(i); err != nil || m.Kind != "tmpfs" || m.FSType != "tmpfs" {
		t.Errorf("%+v %v", m, err)
	}
	// The volume has room for one mebibyte: nothing is left of what does not fit.
	if _, err := r.Do(Op{Kind: "put", Path: "/volume/big", Stream: true, Size: 4 << 20}, io.LimitReader(zeros{}, 4<<20),
		nil); !errors.Is(err, ErrNoSpace) || !strings.HasPrefix(err.Error(), "/volume/big: writing: no space") {
		t.Errorf("no space: %v", err)
	}
	if _, err := r.Do(Op{Kind: "put", Path: "/old", Stream: true, Size: 100}, strings.NewReader("short"),
		nil); err == nil || content("old") != "old" {
		t.Errorf("broken off: %v, %q", err, content("old"))
	}
	for _, dir := range []string{"volume", ""} {
		entries, err := os.ReadDir(inside(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".bones-") {
				t.Errorf("left behind: %s", e.Name())
			}
		}
	}

	res = do(Op{Kind: "mv", Path: "/old", To: "/dir/new"})
	gone("old")
	if content("dir/new") != "old" {
		t.Errorf("renamed: %q", content("dir/new"))
	}
	if _, err := r.Do(Op{Kind: "mv", Path: "/plain", To: "/dir/new"}, nil, nil); !errors.Is(err, ErrExists) ||
		content("dir/new") != "old" {
		t.Errorf("renamed over what is there: %v, %q", err, content("dir/new"))
	}
	if _, err := r.Do(Op{Kind: "mv", Path: "/plain", To: "/volume/plain"}, nil, nil); err == nil ||
		!strings.Contains(err.Error(), "different mounts") {
		t.Errorf("renamed to another mount: %v", err)
	}
	if _, err := r.Do(Op{Kind: "mv", Path: "/dir", To: "/dir/into"}, nil, nil); err == nil {
		t.Error("renamed a directory into itself")
	}
	if _, err := r.Do(Op{Kind: "mv", Path: "/mounted", To: "/else"}, nil, nil); err == nil {
		t.Error("renamed a mount")
	}
	undo(res)
	if content("old") != "old" {
		t.Errorf("renamed back: %q", content("old"))
	}
	undo(do(Op{Kind: "rm", Path: "/old"}))
	if err := unix.Stat(inside("old"), &st); err != nil || st.Uid != 7 || content("old") != "old" {
		t.Errorf("removed and undone: %+v %v", st, err)
	}
	if _, err := r.Do(Op{Kind: "rm", Path: "/full"}, nil, nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a directory with something in it: %v", err)
	}
	do(Op{Kind: "rm", Path: "/full", Recursive: true})
	gone("full")
	if _, err := r.Do(Op{Kind: "touch", Path: "/.."}, nil, nil); err == nil {
		t.Error("touched ..")
	}

	w.end()
	if _, err := r.Do(Op{Kind: "touch", Path: "/late"}, nil, nil); !errors.Is(err, ErrGone) &&
		!errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
	if _, err := os.Stat(w.root + "/late"); err == nil {
		t.Error("written into the root of a process that has ended")
	}
}

// TestDiesBetweenOpenAndSave ends a process at some moment while files are changed on a mount of it. Once the mount
// has gone, the directory below it shows, on this host: nothing may ever land there.
func TestDiesBetweenOpenAndSave(t *testing.T) {
	rounds := proctest.Soak(16, 150)
	done := 0
	for n := range rounds {
		w := newWorldIn(t, inMemory(t), func(root, _ string) { os.Mkdir(root+"/volume", 0o755) })
		r := w.open(t, n%2 == 1)
		ended := make(chan struct{})
		go func() {
			time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
			w.end()
			close(ended)
		}()
		var err error
		for k, late := 0, 0; err == nil && late < 2; k++ {
			select {
			case <-ended:
				late++ // where it goes on as if nothing were, it would for ever
			default:
			}
			at := fmt.Sprintf("/volume/%d", k)
			for _, op := range []Op{{Kind: "touch", Path: at}, {Kind: "put", Path: at + "-put", Content: []byte("x")},
				{Kind: "mkdir", Path: at + "-dir"},
				{Kind: "mv", Path: at, To: at + "-dir/moved"}, {Kind: "put", Path: at + "-put", Content: []byte("y")}} {
				if _, err = r.Do(op, nil, nil); err != nil {
					break
				}
				done++
			}
		}
		if !errors.Is(err, ErrGone) && !errors.Is(err, ErrNotFound) {
			t.Errorf("it ended in %v", err)
		}
		<-ended
		left, err := os.ReadDir(w.root + "/volume")
		if err != nil || len(left) > 0 {
			t.Fatalf("round %d: %d changes landed on the host, %v", n, len(left), err)
		}
	}
	t.Logf("%d changes before %d ends", done, rounds)
	if done < rounds {
		t.Error("too little was changed for the end to come in between")
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestRacingExchange opens, makes and replaces files while somebody in there exchanges a directory for a link out of
// the root, again and again.
func TestRacingExchange(t *testing.T) {
	both(t, func(t *testing.T, walk bool) {
		// In memory: on a disk each put waits for a journal, and the exchanges with it, so that most of the time nothing
		// moves.
		w := newWorldIn(t, inMemory(t), func(root, canary string) {
			os.Mkdir(root+"/race", 0o777)
			os.WriteFile(root+"/race/secret", []byte("inside"), 0o644)
			os.Symlink("../canary", root+"/away")
			os.Symlink(canary, root+"/away2")
		})
		r := w.open(t, walk)
		var stop atomic.Bool
		done := make(chan int)
		go func() {
			n := 0
			for !stop.Load() {
				other := []string{"/away", "/away2"}[n/2%2]
				if unix.Renameat2(unix.AT_FDCWD, w.root+"/race", unix.AT_FDCWD, w.root+other, unix.RENAME_EXCHANGE) == nil {
					n++
				}
				// or both fall into step
				for until := time.Now().Add(time.Duration(rand.IntN(30)) * time.Microsecond); time.Now().Before(until); {
				}
			}
			if n%2 == 1 {
				unix.Renameat2(unix.AT_FDCWD, w.root+"/race", unix.AT_FDCWD, w.root+[]string{"/away", "/away2"}[n/2%2],
					unix.RENAME_EXCHANGE)
			}
			done <- n
		}()
		rounds := proctest.Soak(3_000, 200_000) // with the other way of resolving twice as many
		outside, well, n := 0, 0, 0
		// On a busy machine it goes on until enough went well: else nothing would have been tried.
		for ; n < rounds || well < rounds/50 && n < 20*rounds; n++ {
			switch n % 5 {
			case 4:
				// The name is one that nothing else has: what the rename finds is what was made before it, inside.
				if _, err := r.Do(Op{Kind: "put", Path: "race/from", Content: []byte("x")}, nil, nil); err == nil {
					if _, err := r.Do(Op{Kind: "mv", Path: "race/from", To: "race/to"}, nil, nil); err == nil {
						well++
					}
					r.Do(Op{Kind: "rm", Path: "race/to"}, nil, nil)
				}
			case 0, 1:
				f, _, err := r.Read("race/secret")
				if err == nil {
					var b [16]byte
					k, _ := f.Read(b[:])
					f.Close()
					if string(b[:k]) == "canary" {
						outside++
					}
					well++
				}
			case 2:
				if res, err := r.Do(Op{Kind: "touch", Path: "race/new"}, nil, nil); err == nil {
					if res.Inverse != nil {
						r.Do(*res.Inverse, nil, nil)
					}
					well++
				}
			case 3:
				if _, err := r.Do(Op{Kind: "put", Path: "race/put", Content: []byte("x")}, nil, nil); err == nil {
					well++
				}
			}
		}
		stop.Store(true)
		exchanged := <-done
		if outside > 0 {
			t.Errorf("%d of %d reads were of what is outside", outside, n)
		}
		t.Logf("%d of %d went well, %d exchanges", well, n, exchanged)
		if well < rounds/100 || exchanged < rounds/100 {
			t.Errorf("that was no race: %d of %d went well, %d exchanges", well, n, exchanged)
		}
	})
}

func TestManyEntries(t *testing.T) {
	many := proctest.Soak(1_500, 100_000) // a reading of getdents64 has room for about 500 names of that length
	w := newWorldIn(t, inMemory(t), func(root, _ string) {
		os.Mkdir(root+"/many", 0o755)
		for i := range many {
			unix.Mknod(fmt.Sprintf("%s/many/%0100d", root, i), unix.S_IFREG|0o644, 0)
		}
	})
	n, names := 0, map[string]bool{}
	if err := w.open(t, false).List("/many", func(i Info) bool { n++; names[i.Name] = true; return true }); err != nil ||
		n != many || len(names) != many {
		t.Errorf("%d entries of %d names, %v", n, len(names), err)
	}
}
