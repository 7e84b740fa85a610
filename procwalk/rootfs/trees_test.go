package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// looks is all that a copy or an undo may lose of what is below a path.
func looks(t *testing.T, path string) string {
	t.Helper()
	var b strings.Builder
	inodes := map[uint64]string{}
	err := filepath.WalkDir(path, func(at string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(at, &st); err != nil {
			return err
		}
		name, _ := filepath.Rel(path, at)
		fmt.Fprintf(&b, "%s %o %d:%d %d.%09d", name, st.Mode, st.Uid, st.Gid, st.Mtim.Sec, st.Mtim.Nsec)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFLNK:
			target, _ := os.Readlink(at)
			b.WriteString(" -> " + target)
		case unix.S_IFREG:
			content, err := os.ReadFile(at)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %q", content[:min(len(content), 20)])
			if first := inodes[st.Ino]; first != "" {
				b.WriteString(" as " + first)
			} else if st.Nlink > 1 {
				inodes[st.Ino] = name
			}
		}
		if st.Mode&unix.S_IFMT != unix.S_IFLNK {
			for _, x := range []string{"user.note", "security.capability", "system.posix_acl_access"} {
				value := make([]byte, 256)
				if n, err := unix.Lgetxattr(at, x, value); err == nil {
					fmt.Fprintf(&b, " %s=%x", x, value[:n])
				}
			}
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return b.String()
}

// anACL lets user 7 read: owner rw, user 7 r, group r, mask r, others nothing.
var anACL = []byte{2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 7, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255,
	16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255}

// aCapability is CAP_NET_RAW, permitted and effective.
var aCapability = []byte{1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// rich makes a tree of what gets lost easily, and reports whether the file system keeps capabilities and ACLs.
func rich(t *testing.T, dir string) {
	t.Helper()
	proctest.Need(t, proctest.Users) // its files belong to several
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{"", "/sub", "/sub/empty"} {
		must(os.Mkdir(dir+d, 0o750))
	}
	for name, mode := range map[string]os.FileMode{"key": 0o600, "script": 0o755, "none": 0, "sub/\xff not UTF-8": 0o644,
		"suid": 0o755} {
		must(os.WriteFile(dir+"/"+name, []byte("content of "+name), 0o600))
		must(os.Chown(dir+"/"+name, 3, 4))
		must(os.Chmod(dir+"/"+name, mode))
	}
	must(unix.Chmod(dir+"/suid", 0o4755))
	must(os.Symlink("nowhere", dir+"/sub/link"))
	must(os.Lchown(dir+"/sub/link", 5, 6))
	must(os.Link(dir+"/key", dir+"/sub/second"))
	for name, value := range map[string][]byte{"user.note": []byte("n\x00ote"), "security.capability": aCapability,
		"system.posix_acl_access": anACL} {
		if err := unix.Lsetxattr(dir+"/script", name, value, 0); err != nil {
			t.Logf("without %s: %v", name, err)
		}
	}
	must(filepath.WalkDir(dir, func(at string, _ fs.DirEntry, err error) error {
		ts := unix.Timespec{Sec: 981173106, Nsec: 123456789}
		return errors.Join(err, unix.UtimesNanoAt(unix.AT_FDCWD, at, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW))
	}))
	ts := unix.Timespec{Sec: 981173106, Nsec: 123456789}
	must(unix.UtimesNanoAt(unix.AT_FDCWD, dir, []unix.Timespec{ts, ts}, 0))
}

// apply carries a change out, and returns what takes it back, as the journal would keep it.
func apply(t *testing.T, c *Client, op Op, from *Content) (*Change, OpResult) {
	t.Helper()
	ch, err := NewChange(t.Context(), c, op, text.New("test"), from)
	if err != nil {
		t.Fatalf("%s %s: %v", op.Kind, op.Path, err)
	}
	return carry(t, c, ch)
}

func carry(t *testing.T, c *Client, ch *Change) (*Change, OpResult) {
	t.Helper()
	record, err := ch.Record()
	if err != nil {
		t.Fatal(err)
	}
	out, err := ch.Apply(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", ch.Describe(), err)
	}
	res := out.Result.(OpResult)
	if out.Inverse == nil {
		return nil, res
	}
	inverse, err := out.Inverse.(*Change).Record()
	if err != nil {
		t.Fatal(err)
	}
	if err := ChangeUndoneBy(record, inverse); err != nil {
		t.Fatalf("%s: the journal would refuse its inverse: %v", ch.Describe(), err)
	}
	back, err := RestoreChange(context.Background(), json.RawMessage(inverse), false,
		func(procwalk.ID) (*Client, text.Text) { return c, text.New("test") })
	if err != nil {
		t.Fatal(err)
	}
	return back, res
}

// TestRemovedComesBack removes files, links and trees: undo brings all of it back as it was, redo takes it away again.
func TestRemovedComesBack(t *testing.T) {
	w := newWorld(t, func(root, _ string) { rich(t, root+"/rich") })
	c := newClient(t, w)
	for _, path := range []string{"/rich/script", "/rich/none", "/rich/suid", "/rich/sub/link", "/rich/sub/empty",
		"/rich/sub/\xff not UTF-8", "/rich"} {
		before := looks(t, w.root+path)
		back, res := apply(t, c, Op{Kind: "rm", Path: path, Recursive: true}, nil)
		if _, err := os.Lstat(w.root + path); !os.IsNotExist(err) || back == nil {
			t.Fatalf("%q: removed: %v, %+v", path, err, res)
		}
		again, _ := carry(t, c, back)
		if after := looks(t, w.root+path); after != before {
			t.Errorf("%q came back as\n%sit was\n%s", path, after, before)
		}
		if again == nil {
			t.Fatalf("%q: the undo cannot be undone", path)
		}
		back, _ = carry(t, c, again)
		if _, err := os.Lstat(w.root + path); !os.IsNotExist(err) {
			t.Errorf("%q: redone: %v", path, err)
		}
		carry(t, c, back)
		if after := looks(t, w.root+path); after != before {
			t.Errorf("%q came back the second time as\n%sit was\n%s", path, after, before)
		}
	}
	// One of two names would come back as another file.
	if back, res := apply(t, c, Op{Kind: "rm", Path: "/rich/key"}, nil); back != nil || res.NoUndo == "" {
		t.Errorf("one of two names: %+v", res)
	}
}

// TestTreeIsOneChange copies a tree over another: one change, which is taken back as a whole, but for what somebody
// changed since.
func TestTreeIsOneChange(t *testing.T) {
	local := t.TempDir() + "/rich"
	rich(t, local)
	w := newWorld(t, func(root, _ string) {
		for name, content := range map[string]string{"/there/key": "old key", "/there/other": "stays"} {
			os.MkdirAll(root+"/there", 0o711)
			if err := os.WriteFile(root+name, []byte(content), 0o604); err != nil {
				t.Fatal(err)
			}
		}
	})
	c := newClient(t, w)
	before := looks(t, w.root+"/there")
	op := Op{Kind: "copy", Path: "/there", Local: local, Into: true, Archive: true}
	back, res := apply(t, c, op, &Content{Local: local})
	if res.Report.LeftOut > 0 || res.Report.Files != 6 || res.Report.Links != 1 {
		t.Errorf("%+v", res.Report)
	}
	os.Remove(w.root + "/there/other")
	if ours, theirs := strings.SplitN(looks(t, local), "\n", 2)[1],
		strings.SplitN(looks(t, w.root+"/there"), "\n", 2)[1]; ours != theirs {
		t.Errorf("copied\n%sthe original is\n%s", theirs, ours)
	}
	if err := os.WriteFile(w.root+"/there/other", []byte("stays"), 0o604); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.root+"/there/script", []byte("changed since"), 0o604); err != nil {
		t.Fatal(err)
	}
	_, res = carry(t, c, back)
	if res.Report.LeftOut != 1 || res.Report.Left[0].Path != "script" {
		t.Errorf("what was changed since: %+v", res.Report)
	}
	os.Remove(w.root + "/there/script")
	after := looks(t, w.root+"/there")
	plain := func(s string) string { // the directory and what was made anew have the time of now
		var lines []string
		for line := range strings.Lines(s) {
			if words := strings.Fields(line); words[0] == "key" {
				lines = append(lines, line)
			} else {
				lines = append(lines, words[0])
			}
		}
		return strings.Join(lines, "\n")
	}
	if plain(after) != plain(before) {
		t.Errorf("taken back, it is\n%sand was\n%s", after, before)
	}
}

// TestSetUserIDStaysInside copies a tree out: no right of it counts out here, and the copy says so.
func TestSetUserIDStaysInside(t *testing.T) {
	w := newWorld(t, func(root, _ string) { rich(t, root+"/rich") })
	c := newClient(t, w)
	for _, archive := range []bool{false, true} {
		local := filepath.Join(t.TempDir(), "out")
		report, _, err := c.Get(t.Context(), Transfer{Path: "/rich", Local: local, Archive: archive}, nil)
		if err != nil || report.LeftOut > 0 {
			t.Fatalf("%v %+v", err, report)
		}
		got := looks(t, local)
		if strings.Contains(got, "suid 104") || strings.Contains(got, "security.capability") {
			t.Errorf("archive %v: rights came out:\n%s", archive, got)
		}
		if notes := strings.Join(report.Notes, "; "); !strings.Contains(notes, "set-user-ID") ||
			!strings.Contains(notes, "suid") {
			t.Errorf("archive %v: it is not said: %q", archive, notes)
		}
		want := looks(t, w.root+"/rich")
		if want = strings.ReplaceAll(want, "suid 104755", "suid 100755"); archive {
			want = strings.ReplaceAll(want, fmt.Sprintf(" security.capability=%x", aCapability), "")
			if got != want {
				t.Errorf("-a: copied\n%sthe original is\n%s", got, want)
			}
		}
	}
}

// TestCopyGoesOn: what cannot be copied is named, and the rest is copied.
func TestCopyGoesOn(t *testing.T) {
	w := newWorld(t, func(root, _ string) {
		rich(t, root+"/rich")
		if err := errors.Join(unix.Mkfifo(root+"/rich/fifo", 0o600), unix.Mknod(root+"/rich/null", unix.S_IFCHR|0o666,
			int(unix.Mkdev(1, 3)))); err != nil {
			t.Fatal(err)
		}
	})
	c := newClient(t, w)
	out := t.TempDir()
	report, _, err := c.Get(t.Context(), Transfer{Path: "/rich", Local: out}, nil)
	left := fmt.Sprint(report.Left)
	if err != nil || report.LeftOut != 2 || !strings.Contains(left, "/rich/fifo it is a fifo") ||
		!strings.Contains(left, "/rich/null it is a character device") || report.Files != 6 {
		t.Errorf("%v %+v", err, report)
	}
	// A destination that refuses one name takes the others.
	if err := os.MkdirAll(out+"/rich/script", 0o700); err == nil {
		t.Fatal("the script was not copied")
	}
	os.Remove(out + "/rich/script")
	os.Mkdir(out+"/rich/script", 0o700)
	os.Remove(out + "/rich/none")
	report, _, err = c.Get(t.Context(), Transfer{Path: "/rich", Local: out}, nil)
	if err != nil || report.LeftOut != 3 || !strings.Contains(fmt.Sprint(report.Left), "directory that is there") {
		t.Errorf("%v %+v", err, report)
	}
	if _, err := os.Stat(out + "/rich/none"); err != nil {
		t.Error(err)
	}
}

// TestTarBothWays packs a tree with bones, and has tar read it; and the other way round.
func TestTarBothWays(t *testing.T) {
	w := newWorld(t, func(root, _ string) { rich(t, root+"/rich"); os.Mkdir(root+"/to", 0o755) })
	c := newClient(t, w)
	file, err := os.Create(filepath.Join(t.TempDir(), "tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if report, err := c.Pack(t.Context(), Transfer{Path: "/rich", Archive: true}, file, nil); err != nil ||
		report.LeftOut > 0 {
		t.Fatalf("%v %+v", err, report)
	}
	out := t.TempDir()
	if b, err := exec.Command("tar", "-xpf", file.Name(), "--xattrs", "--xattrs-include=*", "-C",
		out).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v %s", err, b)
	}
	want := strings.ReplaceAll(looks(t, w.root+"/rich"), "suid 104755", "suid 100755")
	want = strings.ReplaceAll(want, fmt.Sprintf(" security.capability=%x", aCapability), "")
	if got := looks(t, out+"/rich"); got != want {
		t.Errorf("tar makes of it\n%sthe original is\n%s", got, want)
	}
	theirs, err := exec.Command("tar", "--format=posix", "--xattrs", "--xattrs-include=*", "-cC", w.root+"/rich",
		".").Output()
	if err != nil {
		t.Fatal(err)
	}
	back, res := apply(t, c, Op{Kind: "unpack", Path: "/to", Into: true, Archive: true},
		&Content{Local: "-", Content: bytes.NewReader(theirs), Size: -1})
	if res.Report.LeftOut > 0 {
		t.Errorf("%+v", res.Report)
	}
	below := func(s string) string { return strings.SplitN(s, "\n", 2)[1] }
	if got, want := below(looks(t, w.root+"/to")), below(looks(t, w.root+"/rich")); got != want {
		t.Errorf("unpacked it is\n%sthe original is\n%s", got, want)
	}
	carry(t, c, back)
	var compressed bytes.Buffer
	z := gzip.NewWriter(&compressed)
	z.Write(theirs)
	z.Close()
	back, _ = apply(t, c, Op{Kind: "unpack", Path: "/to", Into: true, Archive: true},
		&Content{Local: "-", Content: &compressed, Size: -1})
	if got, want := below(looks(t, w.root+"/to")), below(looks(t, w.root+"/rich")); got != want {
		t.Errorf("compressed, it is\n%sthe original is\n%s", got, want)
	}
	carry(t, c, back)
	if list, err := os.ReadDir(w.root + "/to"); err != nil || len(list) > 0 {
		t.Errorf("taken back: %v %v", list, err)
	}
}

// TestHostileTar unpacks a tar that wants out of the directory.
func TestHostileTar(t *testing.T) {
	w := newWorld(t, func(root, _ string) {
		for _, err := range []error{os.Mkdir(root+"/to", 0o755), os.Mkdir(root+"/beside", 0o755),
			os.Symlink("/beside", root+"/to/led")} {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	c := newClient(t, w)
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "../out"}, {Name: "/beside/absolute"}, {Name: "a/../../out"}, {Name: "led/through"},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "../beside"}, {Name: "link/through"},
		{Name: "up", Typeflag: tar.TypeSymlink, Linkname: "../../.."}, {Name: "up/canary/secret"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "../plain"},
		{Name: "hard2", Typeflag: tar.TypeLink, Linkname: "led"},
		{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, {Name: "fifo", Typeflag: tar.TypeFifo},
		{Name: strings.Repeat("d/", 300) + "deep"}, {Name: "good"},
	} {
		h.Mode = 0o644
		if h.Typeflag == 0 {
			h.Size = 4
		}
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			tw.Write([]byte("evil"))
		}
	}
	tw.Close()
	_, res := apply(t, c, Op{Kind: "unpack", Path: "/to", Into: true}, &Content{Local: "-", Content: &b, Size: -1})
	if res.Report.LeftOut != 11 || res.Report.Files != 1 || res.Report.Links != 2 {
		t.Errorf("%+v", res.Report)
	}
	if list, _ := os.ReadDir(w.root + "/beside"); len(list) > 0 {
		t.Errorf("it came out: %v", list)
	}
	if b, _ := os.ReadFile(w.root + "/to/good"); string(b) != "evil" {
		t.Errorf("what was good: %q", b)
	}
	// What is not a tar archive, and one that breaks off.
	for content, want := range map[string]string{"hello": "not a tar", "": "not a tar"} {
		ch, err := NewChange(t.Context(), c, Op{Kind: "unpack", Path: "/to", Into: true}, text.New("test"),
			&Content{Local: "-", Content: strings.NewReader(content), Size: -1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Apply(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestAttributesOfWhatIsThere: touch gives a file that is there the mode and owner that are asked for, and so does
// what is written in place; undo brings them back.
func TestAttributesOfWhatIsThere(t *testing.T) {
	w := newWorld(t, func(root, _ string) { rich(t, root+"/rich") })
	c := newClient(t, w)
	mode, owner := uint32(0o604), uint32(9)
	before := looks(t, w.root+"/rich/key")
	back, _ := apply(t, c, Op{Kind: "touch", Path: "/rich/key", Mode: &mode, UID: &owner, GID: &owner}, nil)
	if got := looks(t, w.root+"/rich/key"); !strings.HasPrefix(got, ". 100604 9:9 ") {
		t.Errorf("touched: %s", got)
	}
	carry(t, c, back)
	if got := looks(t, w.root+"/rich/key"); got != before {
		t.Errorf("taken back: %s, it was %s", got, before)
	}
	back, _ = apply(t, c, Op{Kind: "put", Path: "/rich/key", Content: []byte("new"), Mode: &mode}, nil)
	if got := looks(t, w.root+"/rich/key"); !strings.HasPrefix(got, ". 100604 3:4 ") || !strings.Contains(got, `"new"`) {
		t.Errorf("written in place: %s", got)
	}
	carry(t, c, back)
	if got := looks(t, w.root+"/rich/key"); got != before {
		t.Errorf("taken back: %s, it was %s", got, before)
	}
}

// TestGivingUpACopy gives up the copy of a tree into the root: what was copied until then is known, and taken back.
func TestGivingUpACopy(t *testing.T) {
	w := newWorld(t, nil)
	c := newClient(t, w)
	local := inMemory(t)
	for n := range 3000 {
		if err := os.WriteFile(fmt.Sprintf("%s/%d", local, n), make([]byte, 20000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := 0
	ch, err := NewChange(ctx, c, Op{Kind: "copy", Path: "/many", Local: local}, text.New("test"),
		&Content{Local: local, At: func(p Progress) {
			if told++; told == 2 { // something is there by then
				cancel()
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := ch.Apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	res := out.Result.(OpResult)
	noTemps(t, w.root+"/many")
	if res.Broke == "" {
		t.Skip("it was over before it could be given up")
	}
	if out.Inverse == nil {
		t.Fatalf("%+v", res)
	}
	if _, err := out.Inverse.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(w.root + "/many"); !os.IsNotExist(err) {
		t.Errorf("taken back: %v", err)
	}
}

// TestPackedInfos: what is packed comes out as it was.
func TestPackedInfos(t *testing.T) {
	all := []Info{{Kind: Unknown, Err: "why"}, {Name: "a\xff", Kind: Link, Target: "b", Mode: 0o4755, UID: 1 << 31,
		GID:   7,
		UIDIn: -1, GIDIn: 3, Size: -5, Links: 1 << 40, ModTime: time.Unix(-7, 999), Dev: 1, Ino: 1 << 63, Rdev: 2,
		MountID: 3}}
	var b []byte
	for n := range all {
		b = appendInfo(b, &all[n])
	}
	var l Listing
	if err := l.add(b); err != nil || l.Len() != 2 {
		t.Fatalf("%d %v", l.Len(), err)
	}
	for n, want := range all {
		if got := l.At(n); got != want {
			t.Errorf("%+v became %+v", want, got)
		}
	}
	for cut := 1; cut < len(b); cut++ {
		var l Listing
		l.add(b[:cut]) // does not panic
		if _, _, err := parseInfo(b[:min(cut, 5)]); err == nil {
			t.Errorf("a broken entry of %d bytes is taken", cut)
		}
	}
}

// TestRacingCopy copies a tree and unpacks a tar over one in which a directory and a link that leads out are exchanged
// all the time, and copies it out: nothing outside is changed, and nothing of it comes out.
func TestRacingCopy(t *testing.T) {
	// In memory: on a disk the exchanges would wait for a journal, and most of the time nothing would move.
	w := newWorldIn(t, inMemory(t), func(root, _ string) {
		if err := errors.Join(os.MkdirAll(root+"/to/sub", 0o755), os.Symlink("../../../../../canary", root+"/to/evil"),
			os.Symlink(filepath.Dir(root)+"/canary", root+"/to/worse")); err != nil {
			t.Fatal(err)
		}
	})
	c := newClient(t, w)
	local := t.TempDir()
	if err := errors.Join(os.Mkdir(local+"/sub", 0o755), os.WriteFile(local+"/sub/secret", []byte("overwritten"), 0o644),
		os.WriteFile(local+"/sub/file", []byte("overwritten"), 0o644)); err != nil {
		t.Fatal(err)
	}
	packed, err := exec.Command("tar", "-cC", local, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			with := []string{"/to/evil", "/to/worse"}[n/2%2]
			unix.Renameat2(unix.AT_FDCWD, w.root+"/to/sub", unix.AT_FDCWD, w.root+with, unix.RENAME_EXCHANGE)
		}
	}()
	copied, left, outs := 0, 0, inMemory(t)
	for n := range proctest.Soak(10, 600) {
		for _, op := range []Op{{Kind: "copy", Path: "/to", Local: local, Into: true},
			{Kind: "unpack", Path: "/to", Into: true}} {
			res, err := c.Do(t.Context(), op, bytes.NewReader(packed), -1, nil)
			if err != nil {
				t.Fatal(err)
			}
			copied += res.Report.Files
			left += res.Report.LeftOut
			if res.Inverse != nil {
				c.Do(t.Context(), *res.Inverse, nil, 0, nil)
			}
		}
		for k := range 5 { // most come at a moment that would not show a mistake
			out := fmt.Sprintf("%s/%d-%d", outs, n, k)
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.Get(t.Context(), Transfer{Path: "/to", Local: out}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(stop)
	<-stopped
	if b, err := exec.Command("grep", "-r", "canary", outs).CombinedOutput(); err == nil {
		t.Errorf("what is outside came out: %s", b)
	}
	t.Logf("%d files were copied, %d left out", copied, left)
	if copied == 0 || left == 0 {
		t.Log("the attack never met the right moment")
	}
}
