package ui

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
)

// fsRig is a rig with files.
type fsRig struct {
	*rig
	ops    []rootfs.Op
	got    []string
	bad    error
	many   int    // further entries of /
	extra  string // one more entry of /
	during string // the screen while something was copied
}

func newFSRig(t testing.TB, w, h int, change ...func(*Options)) *fsRig {
	c := &fsRig{}
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	file := func(name string, kind rootfs.Kind, mode uint32, size int64) rootfs.Info {
		return rootfs.Info{Name: name, Kind: kind, Mode: mode, UID: 100000, UIDIn: 0, GID: 5, GIDIn: -1, Size: size, Links: 1, ModTime: at, MountID: 7}
	}
	contents := map[string]string{
		"/hosts": "127.0.0.1\tlocalhost\n::1 ip6 \x1b]0;owned\a\n", "/etc/app.conf": "a = 1\n# \x1b[2J \\ end", "/bin": "\x7fELF\x00\x01",
		"/environ": "PASSWORD=hunter2\x00HOME=/root\x00EMPTY=\x00", "/status": "Name:\tx\nState:\tS (sleeping)\nCapEff:\t0000000000000001\n",
	}
	c.rig = newRig(t, w, h, append([]func(*Options){func(o *Options) {
		o.FileList = func(_ context.Context, id procwalk.ID, where rootfs.Where, p string, limit int) ([]rootfs.Info, bool, error) {
			p = path.Clean(p)
			switch {
			case where == rootfs.ProcDir && p == "/":
				return []rootfs.Info{file("environ", rootfs.Regular, 0o400, 0), file("status", rootfs.Regular, 0o444, 0), {Name: "exe", Kind: rootfs.Link, Target: "/bin/\x1bx"}, file("fd", rootfs.Directory, 0o500, 0)}, false, nil
			case p == "/":
				link := file("link", rootfs.Link, 0o777, 3)
				link.Target = "\x1b[31m/etc"
				list := []rootfs.Info{file("hosts", rootfs.Regular, 0o644, 40), file("etc", rootfs.Directory, 0o4755, 4096), link, file("pipe", rootfs.FIFO, 0o600, 0),
					file("null", rootfs.Char, 0o666, 0), file("bin", rootfs.Regular, 0o755, 3<<20), {Name: "lost", Err: "not\x1b permitted"}, file(hostileName, rootfs.Regular, 0, 1)}
				if c.extra != "" {
					list = append(list, file(c.extra, rootfs.Regular, 0o644, 0))
				}
				for i := range c.many {
					list = append(list, file(fmt.Sprintf("file%06d", i), rootfs.Regular, 0o644, 1))
				}
				return list, false, nil
			case p == "/etc", p == "/link":
				return []rootfs.Info{file("app.conf", rootfs.Regular, 0o600, 20)}, true, nil
			case p == "/empty":
				return nil, false, nil
			}
			if p == "/gone" {
				return nil, false, fmt.Errorf("/gone: %w", rootfs.ErrNotFound)
			}
			return nil, false, errors.New("no such\x1b directory")
		}
		o.FileRead = func(_ context.Context, _ procwalk.ID, _ rootfs.Where, p string, limit int64) ([]byte, error) {
			if b, ok := contents[path.Clean(p)]; ok {
				return []byte(b), nil
			}
			return nil, errors.New("it does not \x1b answer")
		}
		o.FileMount = func(_ context.Context, _ procwalk.ID, i rootfs.Info) (rootfs.Mount, error) {
			return rootfs.Mount{Point: "/", FSType: "overlay", Source: "over\x1blay", Kind: "image", Root: "/"}, nil
		}
		o.FileChange = func(_ context.Context, _ procwalk.ID, op rootfs.Op) (effect.Effect, error) {
			if c.bad != nil {
				return nil, c.bad
			}
			c.ops = append(c.ops, op)
			risk := effect.Risk{}
			if op.Kind == "rm" {
				risk = effect.Risk{Level: effect.Confirm, Why: "the content is lost"}
			}
			return fakeEffect{op.Kind + " " + op.Path, risk}, nil
		}
		o.FileGet = func(_ context.Context, _ procwalk.ID, where rootfs.Where, p, local string, progress func(CopyProgress)) (string, error) {
			progress(CopyProgress{Path: hostileName, Done: 300, Total: 400})
			c.during = c.text()
			c.got = append(c.got, fmt.Sprint(where, " ", p, " to ", local))
			return "", c.bad
		}
		o.FilePut = func(_ context.Context, _ procwalk.ID, local, p string, progress func(CopyProgress)) ([]effect.Effect, string, error) {
			progress(CopyProgress{})
			return []effect.Effect{fakeEffect{"put " + local + " at " + p, effect.Risk{}}}, "left out: a socket", nil
		}
	}}, change...)...)
	return c
}

func fsWorld(t testing.TB, w, h int, change ...func(*Options)) *fsRig {
	c := newFSRig(t, w, h, change...)
	c.frame(rowstest.World(0))
	c.typeText(":970\r5")
	c.frame(rowstest.World(2))
	c.draw()
	return c
}

func (c *fsRig) fs() *files { return c.view().(*files) }

func TestGoldenFiles(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, g := range []struct {
			name string
			keys []string
		}{
			{"start", nil}, {"file", []string{"j", "j"}}, {"hostile", []string{"G", "k", "k", "k"}}, {"proc", []string{"."}}, {"text", []string{"F3", "h", "o", "s", "t", "s", "Enter", "Enter"}},
			{"hex", []string{"j", "Enter"}}, {"environ", []string{".", "j", "Enter"}}, {"edit", []string{"Enter", "e"}}, {"remove", []string{"D"}}, {"status", []string{".", "G", "Enter"}},
		} {
			name := fmt.Sprintf("files-%s-%dx%d", g.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := fsWorld(t, size[0], size[1])
				c.press(g.keys...)
				c.safe()
				golden(t, name, c.text())
			})
		}
	}
}

// TestEveryFilesKey presses each key that view 5 adds.
func TestEveryFilesKey(t *testing.T) {
	type check func(*fsRig) bool
	at := func(name string) check { return func(c *fsRig) bool { return c.fs().name == name } }
	in := func(path string) check { return func(c *fsRig) bool { return c.fs().path == path } }
	op := func(want string) check {
		return func(c *fsRig) bool { return len(c.ops) == 1 && c.ops[0].Kind+" "+c.ops[0].Path == want }
	}
	cases := map[string]struct {
		keys []string
		ok   check
	}{
		"j": {[]string{"j"}, at("bin")}, "Down": {[]string{"Down"}, at("bin")}, "k": {[]string{"j", "k"}, at("etc")}, "Up": {[]string{"j", "Up"}, at("etc")},
		"g": {[]string{"G", "g"}, at("etc")}, "Home": {[]string{"G", "Home"}, at("etc")}, "G": {[]string{"G"}, at("pipe")}, "End": {[]string{"End"}, at("pipe")},
		"^f": {[]string{"^f"}, at("pipe")}, "PgDn": {[]string{"PgDn"}, at("pipe")}, "^b": {[]string{"G", "^b"}, at("etc")}, "PgUp": {[]string{"G", "PgUp"}, at("etc")},
		"l": {[]string{"l"}, in("/etc")}, "Right": {[]string{"Right"}, in("/etc")},
		"h": {[]string{"l", "h"}, func(c *fsRig) bool { return in("/")(c) && at("etc")(c) }}, "Left": {[]string{"l", "Left"}, in("/")},
		".":  {[]string{"."}, func(c *fsRig) bool { return c.fs().where == rootfs.ProcDir && strings.Contains(c.text(), "environ") }},
		"F3": {[]string{"F3", "I", "N", "Enter"}, at("bin")},
		"n":  {[]string{"F3", "l", "Enter", "n"}, at("lost")}, "N": {[]string{"F3", "l", "Enter", "n", "N"}, at("link")},
		"/": {[]string{"/", "H", "o", "Enter"}, func(c *fsRig) bool {
			return at("hosts")(c) && strings.Contains(c.text(), `1 of 8 entries  filter "Ho"`)
		}},
		"F4": {[]string{"F4", "z", "Enter", "Esc"}, func(c *fsRig) bool { return len(c.fs().list) == 8 }},
		"a":  {[]string{"a", "n", "e", "w", "Enter"}, op("touch /new")}, "m": {[]string{"l", "m", "d", "Enter"}, op("mkdir /etc/d")},
		"e": {[]string{"l", "e", "#", "^s"}, func(c *fsRig) bool {
			return op("put /etc/app.conf")(c) && string(c.ops[0].Content) == "#a = 1\n# \x1b[2J \\ end" && c.ops[0].Expect != nil
		}},
		"R": {[]string{"l", "R", ".", "o", "l", "d", "Enter"}, func(c *fsRig) bool { return op("mv /etc/app.conf")(c) && c.ops[0].To == "/etc/app.conf.old" }},
		"D": {[]string{"D"}, func(c *fsRig) bool {
			return op("rm /etc")(c) && c.ops[0].Recursive && len(c.sent) == 0 && strings.Contains(c.text(), "the content is lost")
		}},
		">": {[]string{"l", ">", "Enter"}, func(c *fsRig) bool {
			return len(c.got) == 1 && strings.HasSuffix(c.got[0], "/etc/app.conf to app.conf")
		}},
		"<": {[]string{"<", "/", "t", "/", "x", "Enter"}, func(c *fsRig) bool {
			return len(c.sent) == 1 && c.sent[0] == "put /t/x at /x" && strings.Contains(c.text(), "left out: a socket")
		}},
	}
	table := fsWorld(t, 160, 45).view().Keys()
	allTested(t, table, cases)
	for _, k := range table {
		for name := range strings.FieldsSeq(k.Keys) {
			p, ok := cases[name]
			if !ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				c := fsWorld(t, 160, 45)
				c.press(p.keys...)
				c.safe()
				if !p.ok(c) {
					t.Errorf("after %q: ops %v, carried %q, the screen is\n%s", p.keys, c.ops, c.sent, c.text())
				}
			})
		}
	}
	locked := fsWorld(t, 160, 45, func(o *Options) { o.ReadOnly = "read-only it is" })
	for _, k := range locked.view().Keys() {
		if k.Changes && k.off("locked") == "" {
			t.Errorf("%s is not greyed", k.Action)
		}
	}
	locked.press("a", "x", "Enter", "D", "e")
	if len(locked.ops) > 0 {
		t.Errorf("--readonly planned %v", locked.ops)
	}
	proc := fsWorld(t, 160, 45)
	proc.press(".", "a")
	proc.wantText("the kernel's own")
}

func TestFilesNamesAndErrors(t *testing.T) {
	c := fsWorld(t, 120, 40)
	c.press("G", "Enter")
	c.wantText("named and never opened")
	c.press("F3", "l", "i", "n", "k", "Enter", "Enter") // a link to a directory
	if c.fs().path != "/link" {
		t.Errorf("in %q", c.fs().path)
	}
	c.wantText("1 entry and more")
	c.press("Esc")
	c.wantText("8 entries")
	c.typeText(":cd /etc/../empty\r")
	c.wantText("an empty directory")
	c.typeText(":cd /gone\r")
	if c.wantText("there is no such file"); c.fs().path != "/empty" {
		t.Errorf("in %q, which is not there", c.fs().path)
	}
	c.typeText(":cd ../nowhere\r")
	c.wantText(`no such\x1b directory`)
	c.press("Esc", "F3", "n", "u", "l", "l", "Enter", ">")
	c.wantText("only files and directories are copied")
	c.bad = errors.New("the disk\x1b is full")
	c.press("F3", "h", "o", "s", "t", "s", "Enter", ">", "Enter")
	c.wantText(`the disk\x1b is full`)
	c.press("a", "x", "Enter")
	c.wantText(`the disk\x1b is full`)
	c.press("g", "e")
	c.wantText("only a regular file can be edited")
	c.press("j", "e")
	c.wantText("larger than 256 KiB")
	c.typeText(":1\r") // another process: its own root
	if c.pid() != 1 || c.fs().path != "/" {
		t.Errorf("PID %d at %q", c.pid(), c.fs().path)
	}
}

func TestFileViewer(t *testing.T) {
	c := fsWorld(t, 100, 30)
	c.press("F3", "h", "o", "s", "t", "s", "Enter", "Enter")
	c.wantText("127.0.0.1   ")
	c.wantText(`::1 ip6 \x1b]0;owned\x07`)
	c.press("/", "I", "P", "6", "Enter", "n", "n", "x")
	c.wantText("00000000  31 32 37 2e 30 2e 30 2e")
	c.press("j", "k", "G", "g", "PgDn", "PgUp", "Right", "Left", "/", "z", "z", "Enter", "n")
	c.wantText("not found")
	c.safe()
	c.press("Esc", ".", "g", "j", "Enter")
	c.wantText("PASSWORD=********")
	if strings.Contains(c.text(), "hunter2") {
		t.Error("the secret is on the screen")
	}
	c.press("x")
	c.wantText("v shows the values first")
	c.press("v")
	c.wantText("PASSWORD=hunter2")
	c.press("Esc", "F3", "e", "x", "e", "Enter", "Enter")
	c.wantText("it is not followed from here")
	for _, size := range [][2]int{{40, 10}, {8, 3}, {1, 1}} {
		c := fsWorld(t, size[0], size[1])
		c.press("j", "Enter", "x", "j", "x", "/", "a", "Enter", "Esc", ".", "j", "Enter", "Esc", ".", "j", "l", "e", "a")
		c.safe()
	}
}

// TestFileEditorKeepsWhatItDoesNotShow saves a file that was changed in one place: every other byte is as it was.
func TestFileEditorKeepsWhatItDoesNotShow(t *testing.T) {
	for _, content := range []string{"", "one", "a\tb\n\n", "\x1b[2J\\x1b \xff\xfe\r\n\x00\u202e", "日本\n" + strings.Repeat("x", 5000)} {
		var saved []byte
		e := newFileEditor("/x", []byte(content), func(b []byte) { saved = b })
		for _, key := range []string{"Z", "^s"} {
			e.key(event(key))
		}
		if string(saved) != "Z"+content {
			t.Errorf("%q became %q", content, saved)
		}
	}
	e := newFileEditor("/x", []byte("a"), func([]byte) { t.Error("saved") })
	if !e.key(event("Esc")) {
		t.Error("Esc without changes does not leave")
	}
	e.paste("p\x1b[2J\rq")
	if b, err := e.content(); err != nil || string(b) != "p\x1b[2J\nqa" {
		t.Errorf("pasted: %q, %v", b, err)
	}
	if e.key(event("Esc")) || !e.key(event("Esc")) {
		t.Error("Esc with changes is to ask once")
	}
	e.key(tcell.NewEventKey(tcell.KeyRune, '\\', 0))
	e.key(tcell.NewEventKey(tcell.KeyRune, 'q', 0))
	if _, err := e.content(); err == nil || e.key(event("^s")) {
		t.Errorf("an escape that is none is saved: %v", err)
	}
}

func TestDirectoryOfManyEntries(t *testing.T) {
	c := newFSRig(t, 120, 40)
	c.many = 100000
	c.frame(rowstest.World(0))
	c.typeText(":970\r5")
	c.wantText("100008 entries")
	reads := 0
	list := c.opt.FileList
	c.opt.FileList = func(ctx context.Context, id procwalk.ID, w rootfs.Where, p string, limit int) ([]rootfs.Info, bool, error) {
		reads++
		return list(ctx, id, w, p, limit)
	}
	c.press("G", "^b", "^b")
	c.frame(rowstest.World(2))
	c.safe()
	if reads > 0 {
		t.Error("a very large directory is read with each frame")
	}
	c.press("r") // asked for, it is
}

// TestNewFileIsSelected: the cursor goes to what was made, even if it takes a listing or two to be there.
func TestNewFileIsSelected(t *testing.T) {
	c := fsWorld(t, 120, 40)
	c.press("j", "j", "a", "z", "Enter")
	c.frame(rowstest.World(4))
	c.extra = "z"
	c.frame(rowstest.World(6))
	if c.fs().name != "z" {
		t.Errorf("%q is selected", c.fs().name)
	}
	c.press("a", "y", "Enter", "k")
	at := c.fs().name
	c.extra = "y"
	c.frame(rowstest.World(8))
	if c.fs().name != at {
		t.Errorf("who moved on was taken from %q to %q", at, c.fs().name)
	}
}
