package files_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui"
	"bones/ui/files"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// rig shows view 5.
type rig struct{ *uitest.Rig }

func (r *rig) fs() *files.View { return r.View().(*files.View) }

// world shows view 5 for PID 970.
func world(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	return &rig{uitest.Show(t, w, h, "5", rowstest.World, uitest.WithFiles, changes...)}
}

func TestGoldenFiles(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, g := range []struct {
			name string
			keys []string
		}{
			{"start", nil}, {"file", []string{"j", "j"}}, {"hostile", []string{"G", "k", "k", "k"}}, {"proc", []string{"."}},
			{"text", []string{"F3", "h", "o", "s", "t", "s", "Enter", "Enter"}},
			{"hex", []string{"j", "Enter"}}, {"environ", []string{".", "j", "Enter"}}, {"edit", []string{"Enter", "e"}},
			{"remove", []string{"D"}}, {"status", []string{".", "G", "Enter"}},
		} {
			name := fmt.Sprintf("files-%s-%dx%d", g.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := world(t, size[0], size[1])
				c.Press(g.keys...)
				c.SafeAsDrawn()
				c.Golden(name)
			})
		}
	}
}

// TestEveryFilesKey presses each key that view 5 adds.
func TestEveryFilesKey(t *testing.T) {
	type check func(*rig) bool
	shifted := func(is bool) check { return func(c *rig) bool { return c.fs().Shift() > 0 == is } }
	at := func(name string) check { return func(c *rig) bool { return c.fs().Entry() == name } }
	in := func(path string) check { return func(c *rig) bool { return c.fs().Path() == path } }
	op := func(want string) check {
		return func(c *rig) bool { return len(c.Ops) == 1 && c.Ops[0].Kind+" "+c.Ops[0].Path == want }
	}
	cases := map[string]struct {
		keys []string
		ok   check
	}{
		"j": {[]string{"j"}, at("bin")}, "Down": {[]string{"Down"}, at("bin")}, "k": {[]string{"j", "k"}, at("etc")},
		"Up": {[]string{"j", "Up"}, at("etc")},
		"g":  {[]string{"G", "g"}, at("etc")}, "Home": {[]string{"G", "Home"}, at("etc")}, "G": {[]string{"G"}, at("pipe")},
		"End":         {[]string{"End"}, at("pipe")},
		"Shift-Right": {[]string{"Shift-Right"}, shifted(false)}, "^e": {[]string{"^e", "^e"}, shifted(false)},
		"Shift-Left": {[]string{"^e", "Shift-Left"}, shifted(false)}, "^a": {[]string{"Shift-Right", "^a"}, shifted(false)},
		"^f": {[]string{"^f"}, at("pipe")}, "PgDn": {[]string{"PgDn"}, at("pipe")}, "^b": {[]string{"G", "^b"}, at("etc")},
		"PgUp": {[]string{"G", "PgUp"}, at("etc")},
		"l":    {[]string{"l"}, in("/etc")}, "Right": {[]string{"Right"}, in("/etc")},
		"h": {[]string{"l", "h"}, func(c *rig) bool { return in("/")(c) && at("etc")(c) }}, "Left": {[]string{"l", "Left"},
			in("/")},
		".": {[]string{"."}, func(c *rig) bool {
			return c.fs().Where() == rootfs.ProcDir &&
				strings.Contains(c.Text(), "environ")
		}},
		"p":  {[]string{"p", "/", "e", "t", "c", "Enter"}, in("/etc")},
		"F3": {[]string{"F3", "I", "N", "Enter"}, at("bin")},
		"n":  {[]string{"F3", "l", "Enter", "n"}, at("lost")}, "N": {[]string{"F3", "l", "Enter", "n", "N"}, at("link")},
		"/": {[]string{"/", "H", "o", "Enter"}, func(c *rig) bool {
			return at("hosts")(c) && strings.Contains(c.Text(), `1 of 8 entries  filter "Ho"`)
		}},
		"F4": {[]string{"F4", "z", "Enter", "Esc"}, func(c *rig) bool { return len(c.fs().Listed()) == 8 }},
		"a":  {[]string{"a", "n", "e", "w", "Enter"}, op("touch /new")}, "m": {[]string{"l", "m", "d", "Enter"},
			op("mkdir /etc/d")},
		"e": {[]string{"l", "e", "#", "^s"}, func(c *rig) bool {
			return op("put /etc/app.conf")(c) && string(c.Ops[0].Content) == "#a = 1\n# \x1b[2J \\ end" &&
				c.Ops[0].Expect != nil
		}},
		"R": {[]string{"l", "R", ".", "o", "l", "d", "Enter"}, func(c *rig) bool {
			return op("mv /etc/app.conf")(c) &&
				c.Ops[0].To == "/etc/app.conf.old"
		}},
		"D": {[]string{"D"}, func(c *rig) bool {
			return op("rm /etc")(c) && c.Ops[0].Recursive && len(c.Sent) == 0 &&
				strings.Contains(c.Text(), "the content is lost")
		}},
		">": {[]string{"l", ">", "Enter"}, func(c *rig) bool {
			return len(c.Got) == 1 && strings.HasSuffix(c.Got[0], "/etc/app.conf to app.conf")
		}},
		"<": {[]string{"<", "/", "t", "/", "x", "Enter"}, func(c *rig) bool {
			return len(c.Sent) == 1 && c.Sent[0] == "put /t/x at /"
		}},
	}
	table := world(t, 160, 45).View().Keys()
	fakehost.AllTested(t, table, cases)
	for _, k := range table {
		for name := range strings.FieldsSeq(k.Keys) {
			p, ok := cases[name]
			if !ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				c := world(t, 160, 45)
				c.Press(p.keys...)
				c.SafeAsDrawn()
				if !p.ok(c) {
					t.Errorf("after %q: ops %v, carried %q, the screen is\n%s", p.keys, c.Ops, c.Sent, c.Text())
				}
			})
		}
	}
	locked := world(t, 160, 45, uitest.ReadOnly)
	for _, k := range locked.View().Keys() {
		if k.Changes && k.WhyOff("locked") == "" {
			t.Errorf("%s is not greyed", k.Action)
		}
	}
	locked.Press("a", "x", "Enter", "D", "e")
	if len(locked.Ops) > 0 {
		t.Errorf("--readonly planned %v", locked.Ops)
	}
	proc := world(t, 160, 45)
	proc.Press(".", "a")
	proc.WantText("the kernel's own")
}

func TestFilesNamesAndErrors(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("G", "Enter")
	c.WantText("bones never opens it")
	c.Press("F3", "l", "i", "n", "k", "Enter", "Enter") // a link to a directory
	if c.fs().Path() != "/link" {
		t.Errorf("in %q", c.fs().Path())
	}
	c.WantText("1 entry and more")
	c.Press("Esc")
	c.WantText("8 entries")
	c.Type(":cd /etc/../empty\r")
	c.WantText("an empty directory")
	c.Type(":cd /gone\r")
	if c.WantText("there is no such file"); c.fs().Path() != "/empty" {
		t.Errorf("in %q, which is not there", c.fs().Path())
	}
	c.Type(":cd ../nowhere\r")
	c.WantText(`no such\x1b directory`)
	c.Press("Esc", "F3", "n", "u", "l", "l", "Enter", ">")
	c.WantText("only files, directories and links are copied")
	c.FileFail = errors.New("the disk\x1b is full")
	c.Press("F3", "h", "o", "s", "t", "s", "Enter", ">", "Enter")
	c.WantText(`the disk\x1b is full`)
	c.Press("a", "x", "Enter")
	c.WantText(`the disk\x1b is full`)
	c.Press("g", "e")
	c.WantText("only a regular file can be edited")
	c.Press("j", "e")
	c.WantText("larger than 256 KiB")
	c.Type(":1\r") // another process: its own root
	if c.PID() != 1 || c.fs().Path() != "/" {
		t.Errorf("PID %d at %q", c.PID(), c.fs().Path())
	}
}

func TestFileViewer(t *testing.T) {
	c := world(t, 100, 30)
	c.Press("F3", "h", "o", "s", "t", "s", "Enter", "Enter")
	c.WantText("127.0.0.1   ")
	c.WantText(`::1 ip6 \x1b]0;owned\x07`)
	c.Press("/", "I", "P", "6", "Enter", "n", "n", "x")
	c.WantText("00000000  31 32 37 2e 30 2e 30 2e")
	c.Press("j", "k", "G", "g", "PgDn", "PgUp", "Right", "Left", "/", "z", "z", "Enter", "n")
	c.WantText("not found")
	c.Safe()
	c.Press("Esc", ".", "g", "j", "Enter")
	c.WantText("PASSWORD=********")
	if strings.Contains(c.Text(), "hunter2") {
		t.Error("the secret is on the screen")
	}
	c.Press("x")
	c.WantText("v shows the values first")
	c.Press("v")
	c.WantText("PASSWORD=hunter2")
	c.Press("Esc", "F3", "e", "x", "e", "Enter", "Enter")
	c.WantText("it is not followed from here")
	for _, size := range [][2]int{{40, 10}, {8, 3}, {1, 1}} {
		c := world(t, size[0], size[1])
		c.Press("j", "Enter", "x", "j", "x", "/", "a", "Enter", "Esc", ".", "j", "Enter", "Esc", ".", "j", "l", "e", "a")
		c.SafeAsDrawn()
	}
}

func TestDirectoryOfManyEntries(t *testing.T) {
	reads := 0
	c := &rig{uitest.New(t, 120, 40, uitest.WithFiles, func(h *fakehost.FakeHost, o *ui.Options) {
		list := o.Files.List
		o.Files.List = func(ctx context.Context, id procwalk.ID, w rootfs.Where, p string, limit int) ([]rootfs.Info, bool,
			error) {
			reads++
			return list(ctx, id, w, p, limit)
		}
	})}
	c.Many = 20_000
	c.Frame(rowstest.World(0))
	c.Type(":970\r5")
	c.WantText("20008 entries")
	reads = 0
	c.Press("G", "^b", "^b")
	c.Frame(rowstest.World(2))
	c.Safe()
	if reads > 0 {
		t.Error("a very large directory is read with each frame")
	}
	c.Press("r") // asked for, it is
}

// TestNewFileIsSelected: the cursor goes to what was made, even if it takes a listing or two to be there.
func TestNewFileIsSelected(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("j", "j", "a", "z", "Enter")
	c.Frame(rowstest.World(4))
	c.Extra = "z"
	c.Frame(rowstest.World(6))
	if c.fs().Entry() != "z" {
		t.Errorf("%q is selected", c.fs().Entry())
	}
	c.Press("a", "y", "Enter", "k")
	at := c.fs().Entry()
	c.Extra = "y"
	c.Frame(rowstest.World(8))
	if c.fs().Entry() != at {
		t.Errorf("who moved on was taken from %q to %q", at, c.fs().Entry())
	}
}

// TestUnsavedEditStays: a text that cannot be saved stays in the editor, which says why, and is in a file of ours too.
func TestUnsavedEditStays(t *testing.T) {
	for name, fail := range map[string]uitest.Change{
		"planning": func(h *fakehost.FakeHost, _ *ui.Options) { h.FileFail = errors.New("read-only\x1b here") },
		"carrying": func(h *fakehost.FakeHost, _ *ui.Options) { h.Fail = errors.New("read-only\x1b here") },
	} {
		t.Run(name, func(t *testing.T) {
			c := world(t, 160, 45, fail)
			c.Press("l", "e", "#", "^s")
			c.SafeAsDrawn()
			c.WantText("not saved; the text is in /tmp/kept")
			c.WantText("#a = 1")
			if len(c.Kept) != 1 || !strings.HasPrefix(c.Kept[0], "/etc/app.conf #a = 1\n# \x1b[2J") {
				t.Errorf("kept: %q", c.Kept)
			}
			c.FileFail, c.Fail = nil, nil
			c.Press("^s")
			if strings.Contains(c.Text(), "#a = 1") {
				t.Errorf("saved, and still open:\n%s", c.Text())
			}
		})
	}
}
