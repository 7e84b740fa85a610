package tui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/text"
	"bones/ui"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"
)

// configured writes a configuration file and returns its directory.
func configured(t *testing.T, content string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bones")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestConfigIsRead(t *testing.T) {
	dir := configured(t, `# mine
theme = "light"     # for the day
interval = 2
columns = ["pid", "%CPU", "command"]
sort = "-rss"
details = false
wrap = false
mouse = false
ascii = true

[keys]
quit = "Q F10"
cgroups.edit = "X"
"files.edit" = "X"
`)
	c := readConfig(filepath.Join(dir, "config"))
	if len(c.found) > 0 {
		t.Fatalf("it complains: %q", c.problems())
	}
	var o ui.Options
	parsed(t).apply(&o, c, &savedState{})
	// its own order is the greatest first
	if o.Theme != "light" || o.Interval != 2*time.Second ||
		!slices.Equal(o.Columns, []string{"pid", "pcpu", "command"}) || o.Sort != "rss" || o.Reverse ||

		!o.NoDetails || !o.NoWrap || o.Mouse || !o.ASCII || o.Keys["quit"] != "Q F10" || o.Keys["cgroups.edit"] != "X" ||
		o.Keys["files.edit"] != "X" {
		t.Errorf("%+v", o)
	}
	// The command line has the last word, and without colours there are none.
	o = ui.Options{Theme: "colorblind", Interval: time.Second, Columns: []string{"pid"}, Mouse: true}
	parsed(t, "--theme", "colorblind", "--delay", "1", "--columns", "pid", "--no-mouse=false", "--ascii=false").apply(&o,
		c, &savedState{})
	if o.Theme != "colorblind" || o.Interval != time.Second || !slices.Equal(o.Columns, []string{"pid"}) || !o.Mouse ||
		o.ASCII {
		t.Errorf("flags do not win: %+v", o)
	}
	for _, args := range [][]string{nil, {"--theme", "light"}} {
		o = ui.Options{Theme: "light"}
		p := parsed(t, args...)
		p.NoColor = true
		if p.apply(&o, c, &savedState{}); o.Theme != "mono" {
			t.Errorf("NO_COLOR and %q give %q", args, o.Theme)
		}
	}
}

// parsed is the terminal UI with such flags.
func parsed(t *testing.T, args ...string) *program {
	t.Helper()
	f, set := &Flags{}, pflag.NewFlagSet("bones", pflag.ContinueOnError)
	f.Register(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &program{Config: Config{Flags: f, Given: set.Changed}}
}

// TestBrokenConfig: one line that says where and what, and the other settings are as they stand there.
func TestBrokenConfig(t *testing.T) {
	for _, c := range []struct {
		content string
		want    []string
		kept    func(*userConfig) bool
	}{
		{"theme = \"neon\"\nascii = true\n",
			[]string{`config: line 1: theme: there is no theme "neon"; there are default, light, mono`},
			func(c *userConfig) bool { return c.theme == "" && *c.ascii }},
		{"wrap = 1\ninterval = \"x\"\ntheme = 3\ncolumns = \"pid\"\n", []string{"line 1: wrap: it must be true or false",
			"line 2: interval: \"x\" is not a time from 100ms to 1h", "line 3: theme: it must be a text",
			"line 4: columns: it must be a list"}, nil},
		{"columns = [\"pid\", 3]\n", []string{"line 1: columns: it must be a list of names"}, nil},
		{"columns = [\"pid\", \"no\"]\nsort = \"-no\"", []string{`line 1: columns: there is no column "no"`,
			`line 2: sort: there is no column "no"`}, func(c *userConfig) bool { return c.sort == "" && !c.reverse }},
		{"interval = 0.01\n", []string{"line 1: interval: \"0.01\" is not a time"},
			func(c *userConfig) bool { return c.interval == 0 }},
		{"interval = nan\n", []string{"line 1: interval: \"NaN\""}, nil},
		{"\n\ncolour = 1\n", []string{"line 3: colour: there is no such setting; there are theme"}, nil},
		{"theme = \"mono\"\nwrap = \n", []string{"line 2: "}, func(c *userConfig) bool { return c.theme == "" }},
		{"theme = \"a\ntheme", []string{"line 1: "}, nil},
		{"theme = \"mono\"\ntheme = \"light\"\n", []string{"line 2: "}, nil},
		{"keys = 3\n", []string{"keys: it must be a table"}, nil},
		{"[keys]\nquit = 3\npause = \"F12\"\n", []string{"line 2: keys: quit: it must be a text"},
			func(c *userConfig) bool { return c.keys["pause"] == "F12" }},
		{"[keys]\nquit = \"F99\"\nnothing = \"x\"\npause = \"r\"\nrefresh = \"Z\"\nview.x.y = \"z\"\n",
			[]string{"keys: view.x: it must be a text", "line 2: keys: quit: there is no key",
				"line 3: keys: nothing: there is no such action"},
			func(c *userConfig) bool { return len(c.keys) == 2 && c.keys["pause"] == "r" }},
		{"theme = \"\\u001b[2J\"\n", []string{`there is no theme "\x1b[2J"`}, nil},
		{"\"a\\u001b[2J\\nb\" = 1\n", []string{`a\x1b[2J\nb: there is no such setting`}, nil},
		{strings.Repeat("# long\n", 20000), []string{"longer than 64 KiB"}, nil},
	} {
		config := readConfig(filepath.Join(configured(t, c.content), "config"))
		got := config.problems()
		if len(got) != len(c.want) {
			t.Errorf("%.60q: %q, want %q", c.content, got, c.want)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) || strings.ContainsAny(got[i], "\n\x1b") ||
				!strings.Contains(got[i], "/config: ") {
				t.Errorf("%.60q: %q, want %q", c.content, got[i], want)
			}
		}
		if c.kept != nil && !c.kept(config) {
			t.Errorf("%.60q: %+v", c.content, config)
		}
	}
	dir := t.TempDir()
	if c := readConfig(filepath.Join(dir, "no", "config")); len(c.found) > 0 {
		t.Errorf("no file: %q", c.problems())
	}
	if err := unix.Mkfifo(filepath.Join(dir, "config"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := readConfig(filepath.Join(dir, "config")).problems(); len(p) != 1 ||
		!strings.Contains(p[0], "not a regular file") {
		t.Errorf("a FIFO: %q", p)
	}
}

// TestTheLaterWordCounts: what was changed in the UI is found again, until the user's file says something else.
func TestTheLaterWordCounts(t *testing.T) {
	dir := configured(t, "theme = \"light\"\n# wrap is as it is\n")
	before := ui.Settings{Theme: "light", Interval: time.Second, Columns: []string{"pid", "command"}, Details: true,
		Wrap: true}
	after := ui.Settings{Theme: "mono", Interval: 3 * time.Second, Columns: []string{"pid", "user", "command"},
		Details: false, Wrap: false}
	options := func() (o ui.Options) {
		parsed(t).apply(&o, readConfig(filepath.Join(dir, "config")), readState(dir))
		return o
	}
	config := readConfig(filepath.Join(dir, "config"))
	if err := remember(dir, config, before, before); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, stateName)); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a file was written though nothing had changed")
	}
	if err := remember(dir, config, before, after); err != nil {
		t.Fatal(err)
	}
	o := options()
	if o.Theme != "mono" || o.Interval != 3*time.Second || !slices.Equal(o.Columns, after.Columns) || !o.NoDetails ||
		!o.NoWrap {
		t.Errorf("%+v", o)
	}
	if st, err := os.Stat(filepath.Join(dir, stateName)); err != nil || st.Mode() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "config")); string(b) != "theme = \"light\"\n# wrap is as it is\n" {
		t.Errorf("the user's file is now %q", b)
	}
	// Another bones changes one thing: the rest stays.
	if err := remember(dir, config, after, ui.Settings{Theme: "mono", Interval: 3 * time.Second, Columns: after.Columns,
		Details: true, Wrap: false}); err != nil {
		t.Fatal(err)
	}
	if o := options(); o.NoDetails || !o.NoWrap || o.Theme != "mono" {
		t.Errorf("%+v", o)
	}
	os.WriteFile(filepath.Join(dir, "config"), []byte("theme = \"colorblind\"\nwrap = true\n"), 0o600)
	if o := options(); o.Theme != "colorblind" || o.NoWrap || o.Interval != 3*time.Second {
		t.Errorf("the user's file was changed later, and %+v", o)
	}
	for _, broken := range []string{"theme = 3", "theme = \"no\"\ninterval = -1.0\ncolumns = [\"no\"]", "\x00"} {
		os.WriteFile(filepath.Join(dir, stateName), []byte(broken), 0o600)
		if o := options(); o.Theme != "colorblind" || o.Interval != 0 || len(o.Columns) > 0 {
			t.Errorf("%q: %+v", broken, o)
		}
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".state-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestNothingIsWrittenForAnotherUser: as root through sudo, HOME may be somebody else's.
func TestNothingIsWrittenForAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		proctest.Missing(t, "needs root, to make a directory of another user")
	}
	home := filepath.Join(t.TempDir(), "ada")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(home, ".config", "bones")
	changed := ui.Settings{Theme: "mono"}
	err := remember(dir, &userConfig{}, ui.Settings{}, changed)
	if !errors.Is(err, errOthers) || !strings.Contains(err.Error(), home+":") {
		t.Errorf("%v", err)
	}
	if list, _ := os.ReadDir(home); len(list) > 0 {
		t.Errorf("there is now %v", list)
	}
	// A link to a directory of another user is no way round.
	own := t.TempDir()
	if err := os.Symlink(home, filepath.Join(own, "bones")); err != nil {
		t.Fatal(err)
	}
	if err := remember(filepath.Join(own, "bones"), &userConfig{}, ui.Settings{}, changed); !errors.Is(err, errOthers) {
		t.Errorf("through a link: %v", err)
	}
	// In a directory of ours a link in the place of the file is replaced, not followed.
	target := filepath.Join(own, "target")
	os.WriteFile(target, []byte("precious"), 0o600)
	os.Symlink(target, filepath.Join(own, stateName))
	if err := remember(own, &userConfig{}, ui.Settings{}, changed); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(target); string(b) != "precious" {
		t.Errorf("the target of the link is now %q", b)
	}
}

// FuzzConfig: whatever is in the file, what is said about it is safe to print, and what is kept is what the UI takes.
func FuzzConfig(f *testing.F) {
	for _, s := range []string{"theme = \"mono\"\n[keys]\nquit = \"Q\"", "a.b.c = 1\n[keys.x]\ny.z = {}",
		"columns = [[]]\nsort = \"-\"", "[keys]\n\"\" = \"\"\nQUIT = \"x\"\nquit = \"y\"", "[[keys]]\na=1",
		"interval = inf"} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(dir, "config")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := readConfig(path)
		for _, p := range c.problems() {
			if text.Line(p) != p && !strings.Contains(p, `\`) {
				t.Errorf("%q", p)
			}
		}
		if p := ui.KeyProblems(c.keys); len(p) > 0 {
			t.Errorf("kept although they are wrong: %v", p)
		}
	})
}

// TestSortIsAsInPS: - is the greatest first, whatever a column does by itself.
func TestSortIsAsInPS(t *testing.T) {
	for word, reverse := range map[string]bool{"-rss": false, "rss": true, "-pid": true, "pid": false} {
		file := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(file, []byte("sort = \""+word+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if c := readConfig(file); len(c.found) > 0 || c.sort != strings.TrimPrefix(word, "-") || c.reverse != reverse {
			t.Errorf("%s: %q, reverse %v, %q", word, c.sort, c.reverse, c.problems())
		}
	}
}
