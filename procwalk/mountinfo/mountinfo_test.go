package mountinfo_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	. "bones/procwalk/mountinfo"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

const sample = `22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
36 22 0:4 net:[4026532281] /run/netns/a\040b rw shared:5 master:2 - nsfs nsfs rw
37 22 0:33 / /odd\134dir\012 rw - fuse.sshfs me@host:/x\040- rw
39 22 0:41 /sub /plain ro,nosuid - tmpfs tmpfs
`

func TestParse(t *testing.T) {
	list, err := Parse([]byte(sample))
	if err != nil || len(list) != 4 {
		t.Fatalf("%d mounts, %v", len(list), err)
	}
	want := Mount{ID: 36, Parent: 22, Device: "0:4", Root: text.New("net:[4026532281]"),
		Point: text.New("/run/netns/a b"), Options: text.New("rw"),
		Propagation: text.New("shared:5 master:2"), FSType: text.New("nsfs"), Source: text.New("nsfs"),
		Super: text.New("rw")}
	if list[1] != want {
		t.Errorf("%+v", list[1])
	}
	if m := list[2]; m.Point.Raw() != "/odd\\dir\n" || m.Source.Raw() != "me@host:/x -" || !Remote(m.FSType.Raw()) ||
		m.Propagation.Raw() != "" {
		t.Errorf("%+v", m)
	}
	if m := list[3]; !Has(m.Options, "ro") || Has(m.Options, "rw") || Has(m.Options, "nosu") || m.Super.Raw() != "" {
		t.Errorf("%+v", m)
	}
}

// What a mounter can choose must neither hide a mount nor stand for another one.
func TestParseHostileFields(t *testing.T) {
	for name, c := range map[string]struct{ line, point, source, super string }{
		"no source":            {"5 1 0:9 / /mnt rw - tmpfs  rw,size=4k", "/mnt", "", "rw,size=4k"},
		"a return in the path": {"5 1 0:9 / /a\rb rw - tmpfs x rw", "/a\rb", "x", "rw"},
		"blanks of other scripts": {"5 1 0:9 / /a\u00a0b\u2003c\u0085d rw - tmpfs x\vy rw", "/a\u00a0b\u2003c\u0085d",
			"x\vy", "rw"},
		"a lone hyphen as source": {"5 1 0:9 / /mnt rw shared:2 - tmpfs - rw", "/mnt", "-", "rw"},
		"no text at all":          {"5 1 0:9 / /a\xffb rw - tmpfs \xfe rw", "/a\xffb", "\xfe", "rw"},
		"half an escape":          {`5 1 0:9 / /a\04 rw - tmpfs \ rw`, `/a\04`, `\`, "rw"},
		"no escape of the kernel": {`5 1 0:9 / /a\777 rw - tmpfs x rw`, `/a\777`, "x", "rw"},
	} {
		m, err := ParseLine(c.line)
		if err != nil || m.Point.Raw() != c.point || m.Source.Raw() != c.source || m.Super.Raw() != c.super ||
			m.FSType.Raw() != "tmpfs" {
			t.Errorf("%s: %v %q %q %q", name, err, m.Point.Raw(), m.Source.Raw(), m.Super.Raw())
		}
	}
}

func TestBrokenLinesAreCounted(t *testing.T) {
	good := strings.SplitAfter(sample, "\n")[0]
	for _, line := range []string{"nonsense", "", "38 22 0:40 / /short rw -", "x 22 0:40 / /p rw - t s o",
		"38 x 0:40 / /p rw - t s o",
		"38 22 0-40 / /p rw - t s o", "38 22 0: / /p rw - t s o", "38 22 0:40 / /p rw a b c d e",
		"38 22 0:40 / - rw a t s o"} {
		list, err := Parse([]byte(good + line + "\n" + good))
		if len(list) != 2 || !errors.Is(err, ErrForm) || errors.Is(err, ErrCut) {
			t.Errorf("%q: %d mounts, %v", line, len(list), err)
		}
	}
}

func TestCutIsSaid(t *testing.T) {
	for n := range len(sample) {
		list, err := Parse([]byte(sample[:n]))
		whole := n == 0 || sample[n-1] == '\n'
		if errors.Is(err, ErrCut) == whole || len(list) != strings.Count(sample[:n], "\n") {
			t.Errorf("the first %d bytes: %d mounts, %v", n, len(list), err)
		}
	}
	if _, err := Parse([]byte("x\n36 22")); !errors.Is(err, ErrCut) || !errors.Is(err, ErrForm) {
		t.Errorf("broken and cut: %v", err)
	}
	const begin, end = "22 1 0:21 / /", " rw - ext4 a rw\n"
	line := begin + strings.Repeat("x", 4096-len(begin+end)) + end // so that the bound is where a line ends
	list, err := Read(strings.NewReader(strings.Repeat(line, Max/len(line)+2)))
	if !errors.Is(err, ErrCut) || len(list) != Max/len(line) {
		t.Errorf("a text beyond the bound: %d mounts, %v", len(list), err)
	}
}

func TestOn(t *testing.T) {
	list, err := Parse([]byte("1 0 8:1 / / rw - ext4 a rw\n2 1 0:2 / /home rw - nfs4 b rw\n3 2 0:3 / /home/me rw - " +
		"fuse.x c rw\n" +
		"4 1 0:4 / /var rw - ext4 d rw\n5 4 0:5 / /var/lib rw - fuse.y e rw\n6 4 0:6 / /var rw - tmpfs f rw\n7 6 0:7 / " +
		"/var rw - xfs g rw\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/": 1, "/etc": 1, "/home": 2, "/homes": 1, "/home/me/x": 3, "/home/me2": 2,
		"/var": 7, "/var/lib/x": 7} { // 5 is hidden below 6
		if m, ok := On(list, path); !ok || m.ID != want {
			t.Errorf("%s is on %d, want %d", path, m.ID, want)
		}
	}
	if m, ok := On(list[1:3], "/etc"); ok {
		t.Errorf("/etc of a chroot is on %+v", m)
	}
	if m, ok := On(list[1:3], "/home/me"); !ok || m.ID != 3 {
		t.Errorf("/home/me of a chroot is on %+v", m)
	}
	if _, ok := On([]Mount{{ID: 1, Parent: 2, Point: text.New("/")}, {ID: 2, Parent: 1, Point: text.New("/")}},
		"/x"); ok {
		t.Error("a circle has a topmost mount")
	}
}

func TestLocal(t *testing.T) {
	list, _ := Parse([]byte(sample))
	behind := Mount{ID: 40, Parent: 37, FSType: text.New("nsfs")}
	if !Local(list[1], list) || Local(behind, append(list, behind)) {
		t.Error("a mount below a FUSE file system is not told from one below ext4")
	}
	circle := []Mount{{ID: 1, Parent: 2}, {ID: 2, Parent: 1}}
	if Local(circle[0], circle) {
		t.Error("mounts on each other pass for local")
	}
	if self := (Mount{ID: 1, Parent: 1}); !Local(self, []Mount{self}) {
		t.Error("a topmost mount that is its own parent is not local")
	}
}

func TestRemote(t *testing.T) {
	for fsType, want := range map[string]bool{"fuse": true, "fuseblk": true, "fuse.anything": true, "fusectl": false,
		"nfs4": true, "cifs": true, "smb3": true, "9p": true,
		"virtiofs": true, "autofs": true, "ext4": false, "overlay": false, "tmpfs": false, "proc": false, "": false} {
		if Remote(fsType) != want {
			t.Errorf("%s: %v", fsType, !want)
		}
	}
}

// TestOwnMounts reads the list of this process, and has the kernel say on which mount some paths are.
func TestOwnMounts(t *testing.T) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := Read(f)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d mounts, %v", len(list), err)
	}
	for _, path := range []string{"/", "/proc", "/proc/self/fd", "/dev", "/sys", "/tmp"} {
		var st unix.Statx_t
		if err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_MNT_ID, &st); err != nil ||
			st.Mask&unix.STATX_MNT_ID == 0 {
			t.Skipf("this kernel (before 5.8) does not say which mount %s is on: %v", path, err)
		}
		at, ok := On(list, path)
		if path == "/proc/self/fd" {
			at, ok = On(list, "/proc")
		}
		if i := slices.IndexFunc(list, func(m Mount) bool { return m.ID == int(st.Mnt_id) }); i >= 0 &&
			(!ok || at.ID != list[i].ID) {
			t.Errorf("%s is on mount %d, not %d", path, st.Mnt_id, at.ID)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("5 1 0:9 / /mnt rw - tmpfs  rw\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Parse(b)
		broken := 0
		if errors.Is(err, ErrForm) {
			broken = 1
		}
		if lines := strings.Count(string(b), "\n"); len(list) > lines || len(list)+broken < min(lines, 1) {
			t.Fatalf("%d mounts of %d lines, %v", len(list), lines, err)
		}
		if cut := len(b) > 0 && b[len(b)-1] != '\n'; cut != errors.Is(err, ErrCut) {
			t.Fatalf("%q: cut is %v: %v", b, cut, err)
		}
		for _, m := range list {
			Local(m, list)
			again, err := ParseLine(fmt.Sprintf("%d %d %s %s %s %s%s - %s %s %s", m.ID, m.Parent, m.Device, escape(m.Root),
				escape(m.Point), m.Options.Raw(),
				strings.TrimSuffix(" "+m.Propagation.Raw(), " "), escape(m.FSType), escape(m.Source), m.Super.Raw()))
			if err != nil || m.Propagation.Raw() == strings.TrimSpace(m.Propagation.Raw()) && again != m {
				t.Errorf("%+v comes back as %+v, %v", m, again, err)
			}
		}
		On(list[:min(len(list), 50)], "/a/b")
	})
}

// escape is what the kernel does.
func escape(s text.Text) string {
	return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(s.Raw())
}
