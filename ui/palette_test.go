package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// palette is the one that is open, or nil.
func (r *rig) palette() *palette {
	if n := len(r.overlays); n > 0 {
		p, _ := r.overlays[n-1].(*palette)
		return p
	}
	return nil
}

// offers are the labels of the list, the one with the mark in brackets.
func (r *rig) offers() string {
	var list []string
	for i, c := range r.palette().list {
		if i == r.palette().at {
			c.label = "[" + c.label + "]"
		}
		list = append(list, c.label)
	}
	return strings.Join(list, ", ")
}

func TestGoldenPalette(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, typed := range map[string]string{"start": "", "memc": "memc", "sort": "sort s", "off": "shell",
			"docker": "cach"} {
			name := fmt.Sprintf("palette-%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := world(t, size[0], size[1])
				r.Type(":" + typed)
				r.SafeAsDrawn()
				r.Golden(name)
			})
		}
	}
}

func TestPaletteOffers(t *testing.T) {
	r := world(t, 100, 40)
	for typed, want := range map[string]string{
		"memc":        "[970 memcached]",
		"970":         "[970 memcached]",
		"99":          "990 sh", // not what was typed: Enter says that there is none
		"sshd":        "[500 sshd], 700 sshd, 705 sshd",
		"tree":        "[tree], tree, pmem",
		"q":           "[q], quiet",
		"sort RS":     "rss",
		"sort rss":    "[rss]",
		"sort nothin": "",
		"theme m":     "mono, theme",
		"cach":        "[container cache]",
		"0123456789a": "[container cache]",
		"0123":        "container cache",
		"his ba":      "[history back]",
		"interval ":   "interval TIME",
		"environment": "reveal", // by what it does: no mark
		"diff 1 97":   "970",
		"nothing :-)": "",
	} {
		r.Type(":" + typed)
		got := r.offers()
		for part := range strings.SplitSeq(want, ", ") {
			if part != "quiet" && part != "pmem" && part != "theme" && !strings.Contains(got, part) {
				t.Errorf("%q offers %q, want %q", typed, got, want)
			}
		}
		if want == "" && got != "" || strings.Count(want, "[") != strings.Count(got, "[") {
			t.Errorf("%q offers %q, want %q", typed, got, want)
		}
		r.Press("Esc")
		if r.palette() != nil {
			t.Fatal("Esc does not leave")
		}
	}
}

func TestPaletteChoosesCompletesAndDoes(t *testing.T) {
	r := world(t, 100, 40)
	r.Type(":ssh")
	r.Press("Down", "Enter")
	if r.pid() != 700 {
		t.Errorf("the second offer led to PID %d", r.pid())
	}
	r.Type(":so")
	r.Press("Tab")
	if got := r.palette().input.Value(); got != "sort " {
		t.Fatalf("Tab made %q", got)
	}
	r.Type("rs")
	r.Press("Tab", "Enter")
	r.WantText("tree by RSS")
	r.Type(":filt\r") // it wants something after it
	if r.palette() == nil || r.palette().input.Value() != "filter " {
		t.Fatal("a word that wants an argument does not wait for it")
	}
	r.Type("vim\r")
	r.WantText(`filter "vim": 1`)
	r.Type(":theme colorblind\r")
	if r.themeName != "colorblind" {
		t.Error("the theme did not change")
	}
	r.Press(":")
	r.PasteHandler()("theme x\u202e[2J", nil)
	r.Press("Enter")
	r.WantText("there is no theme")
	r.Type(":theme\r")
	if r.palette() != nil || len(r.overlays) != 1 {
		t.Fatal(":theme alone does not ask")
	}
	r.Type("mono\r")
	if r.themeName != "mono" {
		t.Errorf("chose %q", r.themeName)
	}
	r.Type(":interval 0\r")
	r.WantText("is not a time from 100ms to 1h")
	r.Type(":interval 2.5\r")
	if r.Settings().Interval.Seconds() != 2.5 || len(r.col.paced) != 1 {
		t.Error("the interval did not change")
	}
	r.Type(":interval 3s\r")
	if r.Settings().Interval != 3*time.Second {
		t.Error("3s is no interval")
	}
	r.Press("Esc") // takes the filter away
	// With the mouse.
	r.Type(":memc")
	r.Redraw()
	p := r.palette()
	r.MouseHandler()(tview.MouseLeftClick, tcell.NewEventMouse(p.area.X+2, p.area.Y, tcell.ButtonPrimary, tcell.ModNone),
		nil)
	if r.palette() != nil || r.pid() != 970 {
		t.Errorf("a click led to PID %d", r.pid())
	}
	r.Type(":")
	r.Redraw()
	r.MouseHandler()(tview.MouseLeftClick, tcell.NewEventMouse(1, 0, tcell.ButtonPrimary, tcell.ModNone), nil)
	if r.palette() != nil {
		t.Error("a click beside it does not leave")
	}
}

func TestPaletteHistory(t *testing.T) {
	r := world(t, 100, 40)
	r.Type(":970\r:sort rss\r:sort rss\r:")
	r.Press("Up")
	if got := r.palette().input.Value(); got != "sort rss" {
		t.Fatalf("Up recalls %q", got)
	}
	r.Press("Up", "Up")
	if got := r.palette().input.Value(); got != "970" {
		t.Fatalf("Up again recalls %q", got)
	}
	r.Press("^n", "^p", "^n")
	if got := r.palette().input.Value(); got != "sort rss" {
		t.Fatalf("forward again is %q", got)
	}
	r.Press("Down")
	if got := r.palette().input.Value(); got != "" {
		t.Fatalf("past the last is %q", got)
	}
	r.Type("s")
	r.Press("Up") // now it is for the list
	if got := r.palette().input.Value(); got != "s" {
		t.Fatalf("Up after typing made %q", got)
	}
	r.Press("Esc")
	for i := range historyMax - len(r.entered) - 1 {
		r.entered = append(r.entered, fmt.Sprint(i+2000))
	}
	for i := range 3 {
		r.Type(fmt.Sprint(":", i+3000, "\r"))
	}
	if n := len(r.entered); n != historyMax || r.entered[n-1] != "3002" || r.entered[0] != "2000" {
		t.Errorf("%d lines are kept, from %q to %q", n, r.entered[0], r.entered[n-1])
	}
}

// TestPaletteIsCareful: a few letters and Enter do not begin what changes the system, and what is off says why.
func TestPaletteIsCareful(t *testing.T) {
	r := world(t, 100, 40)
	r.Type(":snl") // letters of "signal"
	if !strings.Contains(r.offers(), "signal") || strings.Contains(r.offers(), "[signal]") {
		t.Errorf("offers %q", r.offers())
	}
	r.Press("Enter")
	r.WantText("no command")
	r.Type(":sign\r")
	r.WantText("Signal to PID 1 ")
	r.Press("Esc")
	r.Type(":shell\r")
	r.WantText("shell: processes cannot be entered here")
	r.Type(":unshare\r")
	r.WantText("unshare: namespaces cannot be made here")
	locked := world(t, 100, 40, func(o *Options) { o.ReadOnly = "read-only it is" })
	for _, typed := range []string{":signal\r", ":undo\r", ":unshare\r", ":shell\r"} {
		locked.Type(typed)
		locked.WantText("read-only it is")
		if len(locked.overlays) > 0 {
			t.Errorf("%q opened something", typed)
		}
	}
	// Without a list in sight Enter does what was typed and nothing that is like it.
	small := world(t, 20, 6)
	small.Type(":memc\r")
	if small.pid() != 1 {
		t.Errorf("unseen, PID %d was chosen", small.pid())
	}
	small.Type(":970\r")
	if small.pid() != 970 {
		t.Error("a PID does not work on a small screen")
	}
}

// TestPaletteTrustsNoName: processes and containers may be called as words are, and as anything else.
func TestPaletteTrustsNoName(t *testing.T) {
	r := world(t, 100, 40)
	s := rowstest.Snapshot(100, rowstest.Proc{PID: 1, Comm: "init"}, rowstest.Proc{PID: 5, Comm: "quit"},
		rowstest.Proc{PID: 6, Comm: "\x1b[2J\u202eq"},
		rowstest.Proc{PID: 7, Comm: "700"}, rowstest.Proc{PID: 700, Comm: "other"})
	r.opt.Names.Container = nil
	r.frame(s)
	r.Type(":700\r")
	if r.pid() != 700 {
		t.Errorf(":700 went to PID %d", r.pid())
	}
	r.Type(":2J")
	r.SafeAsDrawn()
	r.Press("Enter")
	if r.pid() != 6 {
		t.Errorf("PID %d", r.pid())
	}
	r.Type(":quit\r")
	if r.ctx.Err() == nil {
		t.Error(":quit went to a process that is called so")
	}
}

// TestPaletteSaysWhatItLeavesOut: how many processes fit beyond those that are listed.
func TestPaletteSaysWhatItLeavesOut(t *testing.T) {
	r := world(t, 100, 40)
	var list []rowstest.Proc
	for i := range offered + 12 {
		list = append(list, rowstest.Proc{PID: i + 1, Comm: "zworker"})
	}
	r.frame(rowstest.Snapshot(100, list...))
	r.Type(":zworker")
	r.WantText("and 12 more: type on")
	r.Type("s")
	r.WantText("nothing has that name")
}

// TestPaletteFollowsTheTable: what has ended is not offered any longer, and the mark stays where it is.
func TestPaletteFollowsTheTable(t *testing.T) {
	r := world(t, 100, 40)
	r.Type(":ssh")
	r.Press("Down")
	marked := r.palette().list[r.palette().at].label
	s := rowstest.World(4)
	for i := range s.Processes {
		if s.Processes[i].PID == 500 {
			s.Processes = append(s.Processes[:i], s.Processes[i+1:]...)
			break
		}
	}
	r.frame(s)
	if strings.Contains(r.offers(), "500 sshd") || !strings.Contains(r.offers(), "["+marked+"]") {
		t.Errorf("after %q it offers %q", marked, r.offers())
	}
	for i := range s.Processes { // the one with the mark goes: no other gets it
		if strings.HasPrefix(marked, itoa(s.Processes[i].PID)+" ") {
			s.Processes = append(s.Processes[:i], s.Processes[i+1:]...)
			break
		}
	}
	r.frame(s)
	if strings.Contains(r.offers(), "[") {
		t.Errorf("%q has gone, and it offers %q", marked, r.offers())
	}
	// What containers are called is only read while it is of use here.
	if !r.col.ask.Load().Containers {
		t.Error("nothing that containers are known by is read")
	}
	r.Press("Esc")
	if r.col.ask.Load().Want != r.View().Want() {
		t.Error("more is read than is needed")
	}
	// What was typed before the first table came is found in it.
	late := newRig(t, 100, 40)
	late.Type(":memc")
	late.frame(rowstest.World(0))
	if late.offers() != "[970 memcached]" {
		t.Errorf("it offers %q", late.offers())
	}
}

// TestWordsAreTheirOwn: in no view does a word mean two things, and each has a help line.
func TestWordsAreTheirOwn(t *testing.T) {
	r := world(t, 200, 200)
	for i := range r.views {
		r.show(i)
		seen := map[string]bool{}
		r.Press("?")
		help := r.Text()
		r.Press("Esc")
		for _, w := range r.allWords() {
			if w.Help == "" || w.Do == nil {
				t.Errorf("%s: %q is not whole", r.View().Name(), w.Words)
			}
			for name := range strings.FieldsSeq(w.Words) {
				if seen[name] {
					t.Errorf("%s: %q twice", r.View().Name(), name)
				}
				seen[name] = true
			}
			if line := ":" + strings.TrimSpace(w.Words+" "+w.Args); !strings.Contains(help, line) {
				t.Errorf("%s: the help does not show %q:\n%s", r.View().Name(), line, help)
			}
		}
	}
}

// TestPaletteTakesNumbersForPIDs: what is a number is a PID and nothing else, also where a container is called so or
// its id begins so; which of them is meant is said with id: and name:, as on the command line.
func TestPaletteTakesNumbersForPIDs(t *testing.T) {
	long := strings.Repeat("4294967297", 4)
	r := newRig(t, 100, 40)
	snap := rowstest.Snapshot(100, rowstest.Proc{PID: 1, Comm: "init"}, rowstest.Proc{PID: 5, Comm: "memcached"},
		rowstest.Proc{PID: 6, Comm: "326"}, rowstest.Proc{PID: 9, Comm: "+9"})
	data := &inventory.Data{}
	for pid, names := range map[int][2]string{5: {"web", long}, 6: {"327", "326" + strings.Repeat("a", 61)}} {
		data.Containers = append(data.Containers, inventory.ContainerData{Container: inventory.Container{Key: names[0],
			Name: text.New(names[0]), ID: text.New(names[1]), PID: pid, PIDs: []int{pid}}})
		data.Members = append(data.Members, inventory.MemberData{ID: snap.Find(pid).ID(), Key: names[0]})
	}
	r.Update(&kit.Frame{Facts: rows.NewFacts(nil, &inventory.Moment{Snapshot: snap, Inventory: inventory.New(data,
		snap)})})
	for typed, says := range map[string]string{
		"326": "326: there is no such process", "327": "327: there is no such process",
		"pid:326": "pid:326: there is no such process",
		long[:10]: "there is no such process", long: "there is no such process", "4294967296000": "there is no such process",
		"0": "docker inspect", "0326": "none begins with a 0", "+9": "is no PID", "-9": "is no PID", "３２６": "is no PID",
		"name:": "an empty name", "id:": "an empty id", "pid:": "an empty pid", "cgroup:": "an empty cgroup",
		"/":           "an empty path",
		"name:nosuch": "no running container", "explain 326": "326: there is no such process",
	} {
		r.Type(":1\r")
		r.Type(":" + typed + "\r")
		r.WantText(says)
		if r.pid() != 1 {
			t.Errorf(":%s went to PID %d", typed, r.pid())
		}
		r.Press("Esc")
	}
	for _, typed := range []string{"326", "327", long[:10], "0326"} { // Tab makes no other number of it
		r.Type(":" + typed)
		r.Press("Tab")
		if got := r.palette().input.Value(); got != typed {
			t.Errorf("Tab made %q of %q", got, typed)
		}
		r.Press("Esc")
	}
	for typed, pid := range map[string]int{"name:327": 6, "id:326": 6, "326a": 6, "5": 5, "pid:9": 9, "web": 5} {
		r.Type(":1\r")
		r.Type(":" + typed + "\r")
		if r.pid() != pid {
			t.Errorf(":%s went to PID %d, want %d", typed, r.pid(), pid)
		}
	}
}
