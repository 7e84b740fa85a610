package ui

import (
	"bones/ui/kit"
	"bones/ui/uitest/fakehost"
	"errors"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// TestEveryKey presses each key of the table in a world that is made for it, and checks what the key is for.
func TestEveryKey(t *testing.T) {
	at := func(pid string, then ...string) []string {
		keys := []string{":"}
		for _, c := range pid {
			keys = append(keys, string(c))
		}
		return append(append(keys, "Enter"), then...)
	}
	model := func(r *rig) *rows.Model { return r.processes.Model() }
	onPID := func(pid int) func(*rig) bool { return func(r *rig) bool { return r.pid() == pid } }
	onView := func(n int) func(*rig) bool { return func(r *rig) bool { return r.View().Number() == n } }
	shows := func(s string) func(*rig) bool { return func(r *rig) bool { return strings.Contains(r.Text(), s) } }
	hides := func(s string) func(*rig) bool { return func(r *rig) bool { return !strings.Contains(r.Text(), s) } }
	sorted := func(name string) func(*rig) bool {
		return func(r *rig) bool { s := model(r).Sort(); return s != nil && s.Name == name || s == nil && name == "" }
	}

	cases := map[string]struct {
		keys []string
		ok   func(*rig) bool
	}{
		"j": {at("700", "j"), onPID(705)}, "Down": {at("700", "Down"), onPID(705)},
		"k": {at("700", "k"), onPID(500)}, "Up": {at("700", "Up"), onPID(500)},
		"g": {[]string{"g"}, onPID(2)}, "Home": {[]string{"Home"}, onPID(2)},
		"G": {[]string{"G"}, onPID(1201)}, "End": {[]string{"End"}, onPID(1201)},
		"^f": {[]string{"^f"}, onPID(1201)}, "PgDn": {[]string{"PgDn"}, onPID(1201)},
		"^b": {[]string{"G", "^b"}, onPID(2)}, "PgUp": {[]string{"G", "PgUp"}, onPID(2)},
		"Shift-Right": {[]string{"Shift-Right"}, hides("─ sshd: ada [priv]")},
		"^e":          {[]string{"^e", "^e"}, hides("─ sshd: ada [priv]")},
		"Shift-Left":  {[]string{"^e", "Shift-Left"}, shows("─ sshd: ada [priv]")},
		"^a":          {[]string{"Shift-Right", "^a"}, shows("─ sshd: ada [priv]")},
		"h":           {at("700", "h", "h"), onPID(500)}, "Left": {at("700", "Left"), shows("(+6) sshd: ada")},
		"l": {at("700", "l"), onPID(705)}, "Right": {at("700", "h", "Right"), shows("-bash")},
		"-": {at("700", "-"), hides("-bash")}, "+": {at("700", "-", "+"), shows("-bash")},
		"=": {at("700", "="), hides("-bash")}, "*": {[]string{"*"}, hides("-bash")},
		"!":  {at("700", "!"), shows("Health of PID 700 (sshd)")},
		"e":  {at("700", "e"), shows("limits: limits cannot be changed here")},
		"b":  {at("700", "b"), shows("reach: sockets and interfaces can only be read of this host as it is now")},
		"o":  {at("700", "o"), shows("ports: sockets and interfaces can only be read of this host as it is now")},
		"W":  {at("700", "W"), shows("processes cannot be tuned here")},
		"F7": {at("700", "F7"), shows("processes cannot be tuned here")},
		"F8": {at("700", "F8"), shows("processes cannot be tuned here")},
		"t":  {[]string{"t"}, shows("list")}, "/": {[]string{"/", "v", "i", "m", "Enter"}, hides("dockerd")},
		"F4": {[]string{"F4", "v", "i", "m", "Enter"}, hides("dockerd")},
		"F3": {[]string{"F3", "c", "c", "1", "Enter"}, onPID(803)},
		"n":  {[]string{"F3", "s", "s", "h", "d", "Enter", "n"}, onPID(700)},
		"N":  {[]string{"F3", "s", "s", "h", "d", "Enter", "N"}, onPID(705)},
		"F6": {[]string{"F6", "Down", "Enter"}, sorted("pid")}, ">": {[]string{">", ">"}, sorted("cpid")},
		"<": {[]string{"<"}, sorted("command")}, "I": {[]string{"I"}, shows("reversed")},
		"c": {[]string{"c", "Space", "Esc"}, hides("  PID")}, "F5": {[]string{"F5"}, shows("list")},
		"P": {[]string{"P"}, sorted("pcpu")}, "M": {[]string{"M"}, sorted("rss")},
		"Space": {[]string{"Space"}, shows("1 tagged")}, "U": {[]string{"Space", "U"}, hides("1 tagged")},
		"F": {[]string{"F"}, shows("follow")}, "H": {at("970", "H"),
			func(r *rig) bool { return model(r).HasThreads(procwalk.ID{PID: 970, Start: 970}) }},
		"T": {[]string{"T"}, hides("kthreadd")}, "O": {[]string{"O"}, hides("dockerd")},
		"F9": {[]string{"F9"}, shows("Signal to PID 1 ")}, "K": {[]string{"K"}, shows("Signal to PID 1 ")},
		"?": {[]string{"?"}, shows("Keys (")}, "F1": {[]string{"F1"}, shows("Keys (")},
		"q":     {[]string{"q"}, func(r *rig) bool { return r.ctx.Err() != nil }},
		"F10":   {[]string{"F10"}, func(r *rig) bool { return r.ctx.Err() != nil }},
		"^c":    {[]string{"^c"}, func(r *rig) bool { return r.ctx.Err() != nil }},
		"Esc":   {[]string{"/", "v", "i", "m", "Enter", "Esc"}, shows("dockerd")},
		"Enter": {[]string{"Enter"}, func(r *rig) bool { return r.details.focus }},
		"z":     {at("970", "z"), shows("control groups cannot be read here")},
		"u":     {[]string{"u"}, shows("undo: nothing can be undone here")},
		"J":     {[]string{"J"}, shows("changes: there is no journal here")},
		"^r":    {[]string{"^r"}, shows("redo: nothing can be made again here")},
		"x":     {at("970", "x"), shows("PID 970 (memcached) is PID 1 of the docker container cache: an ordinary process")},
		"s":     {[]string{"s"}, shows("shell: processes cannot be entered here")},
		"i":     {[]string{"i"}, hides("Details")},
		"F2":    {[]string{"F2"}, shows("Meters of the header")},
		"w":     {[]string{"w"}, shows("long ~")}, "v": {[]string{"v"}, shows("hunter2")},
		"y": {[]string{"y"}, func(r *rig) bool {
			return strings.HasPrefix(r.Copied, "ps -o") &&
				strings.Contains(r.Copied, "-p 1;")
		}},
		"Y": {at("970", "Y"), func(r *rig) bool { return r.Copied == "970" }},
		"E": {[]string{"E"}, shows("export: nothing can be exported here")},
		"Z": {[]string{"Z"}, shows("PAUSED")},
		"r": {[]string{"r"}, func(r *rig) bool { return len(r.col.dirty) == 1 }},
		":": {at("970"), onPID(970)},
		"[": {at("970", ":", "7", "0", "0", "Enter", "["), onPID(970)}, "]": {at("970", ":", "7", "0", "0", "Enter", "[",
			"]"), onPID(700)},
		"Tab": {[]string{"Tab"}, onView(2)}, "Shift-Tab": {[]string{"Shift-Tab"}, onView(6)},
		"1": {[]string{"2", "1"}, onView(1)}, "2": {[]string{"2"}, onView(2)}, "3": {[]string{"3"}, onView(3)},
		"4": {[]string{"4"}, onView(4)}, "5": {[]string{"5"}, onView(5)}, "6": {[]string{"6"}, onView(6)},
		"^z": {[]string{"^z"}, shows("suspend: there is no shell")},
	}
	fakehost.AllTested(t, world(t, 160, 45).allKeys(), cases)
	for _, k := range world(t, 160, 45).allKeys() {
		for name := range strings.FieldsSeq(k.Keys) {
			c, ok := cases[name]
			if !ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				w, h := 160, 45
				if strings.HasPrefix(k.Action, "scroll ") {
					w, h = 80, 24 // where something is cut
				}
				r := world(t, w, h)
				if k.Help == "" || k.Action == "" {
					t.Error("no help")
				}
				if n := len(c.keys); n == 1 && kit.FindBinding(r.allKeys(), kit.Event(name)) == nil {
					t.Error("not found in the table")
				}
				r.Press(c.keys...)
				r.SafeAsDrawn()
				if !c.ok(r) {
					t.Errorf("after %q PID %d is selected and the screen is\n%s", c.keys, r.pid(), r.Text())
				}
			})
		}
	}
}

// TestKeysAreTheirOwn: in no view does a key mean two things, or an action have two lines, which could not be told
// apart by those who give it another key.
func TestKeysAreTheirOwn(t *testing.T) {
	r := world(t, 80, 24)
	for i := range r.views {
		r.show(i)
		keys, actions := map[string]string{}, map[string]bool{}
		for n, k := range r.allKeys() {
			name := address("", k.Action)
			if n >= len(r.global) {
				name = address(r.View().Name(), k.Action)
			}
			if actions[name] {
				t.Errorf("there are two actions %s", name)
			}
			actions[name] = true
			for key := range strings.FieldsSeq(k.Keys) {
				if other, twice := keys[key]; twice {
					t.Errorf("%s: key %s is both %s and %s; still free there are %s", r.View().Name(), key, other, name,
						freeKeys(r.allKeys()))
				}
				keys[key] = name
				if why := kit.BadKey(key); why != "" && key != "^c" {
					t.Errorf("%s: %s", name, why)
				}
			}
		}
	}
}

// freeKeys are the letters that nothing is bound to.
func freeKeys(bound []kit.Binding) string {
	taken := map[string]bool{}
	for _, b := range bound {
		for key := range strings.FieldsSeq(b.Keys) {
			taken[key] = true
		}
	}
	var free []string
	for letter := range strings.SplitSeq("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "") {
		if !taken[letter] {
			free = append(free, letter)
		}
	}
	return strings.Join(free, " ")
}

func TestSignalAsksFirst(t *testing.T) {
	r := world(t, 100, 30)
	r.Type(":706\r")
	r.Press("F9")
	r.WantText("TERM")
	r.Press("Enter")
	r.WantText("signal 15 to 706?")
	r.WantText("kill -15 706")
	r.WantText("[No]")
	r.Press("Enter") // the default is No
	if len(r.Sent) != 0 {
		t.Fatalf("Enter alone carried out %q", r.Sent)
	}
	r.Press("F9", "Enter", "Tab", "Enter")
	if len(r.Sent) != 1 || r.Sent[0] != "signal 15 to 706" {
		t.Fatalf("carried out %q", r.Sent)
	}
	r.WantText("done: signal 15 to 706")
	r.Fail = errors.New("it said\x1b no")
	r.Press("F9", "Enter", "y")
	r.WantText(`it said\x1b no`)
}

func TestGraveSignalWantsAWord(t *testing.T) {
	r := world(t, 100, 30)
	r.Press("F9", "Enter", "y", "Enter")
	r.Press("F9", "Enter", "Enter")
	r.Press("F9", "Enter", "Tab", "Enter")
	if len(r.Sent) != 0 {
		t.Fatalf("carried out %q without the word", r.Sent)
	}
	r.Press("F9", "Enter", "y", "e", "s", "Enter")
	if len(r.Sent) != 1 {
		t.Fatalf("carried out %q", r.Sent)
	}
}

func TestSafeSignalDoesNotAskAndTagsAreTargets(t *testing.T) {
	r := world(t, 100, 30)
	r.Type(":706\r  ") // 706 and 801
	r.Press("F9")
	r.Type("CONT\r")
	if strings.Join(r.Sent, ",") != "signal 18 to 706,signal 18 to 801" {
		t.Fatalf("carried out %q", r.Sent)
	}
	r.WantText("2 of 2 done")
}

func TestReadOnly(t *testing.T) {
	r := world(t, 100, 30, func(o *Options) { o.ReadOnly = "bones was started with --readonly" })
	r.Press("F9")
	r.WantText("bones was started with --readonly")
	r.perform(kit.Plan{Effects: []effect.Effect{fakehost.Signal{Process: &procwalk.Process{}, Number: 18}}})
	if len(r.Sent) != 0 || len(r.overlays) != 0 {
		t.Errorf("carried out %q, %d dialogs", r.Sent, len(r.overlays))
	}
}

func TestEndedProcessIsTold(t *testing.T) {
	r := world(t, 100, 30)
	r.Type(":803\r")
	s := rowstest.World(4)
	for i := range s.Processes {
		if s.Processes[i].PID == 803 { // its number comes back with another process behind it
			s.Processes[i].StartTime += 5
			s.Processes[i].PPID = 1
		}
	}
	r.frame(s)
	if r.pid() != 804 {
		t.Errorf("the selection went to PID %d, not to the row in its place", r.pid())
	}
	r.WantText("PID 803 (cc1) has ended")
}

func TestFailedReadKeepsTheTable(t *testing.T) {
	r := newRig(t, 80, 24)
	r.WantText("reading the process table")
	r.Update(&kit.Frame{Err: errors.New("no \x1b proc")})
	r.WantText(`no \x1b proc`)
	r = world(t, 80, 24)
	r.Update(&kit.Frame{Err: errors.New("no proc")})
	r.WantText("not refreshed: no proc")
	r.WantText("systemd-j")
}

func TestMouse(t *testing.T) {
	r := world(t, 80, 24)
	l := r.layout()
	click := func(action tview.MouseAction, x, y int) {
		ev := tcell.NewEventMouse(x, y, tcell.ButtonPrimary, tcell.ModNone)
		r.MouseHandler()(action, ev, nil)
		r.Safe()
	}
	click(tview.MouseLeftClick, 30, l.view.Y+4)
	if r.pid() != 410 {
		t.Errorf("a click on the fourth row selected PID %d", r.pid())
	}
	click(tview.MouseLeftClick, 30, l.view.Y+2)
	click(tview.MouseLeftDoubleClick, 30, l.view.Y+2)
	r.WantText("(+16)")
	click(tview.MouseLeftClick, 37, l.view.Y) // RSS
	if s := r.processes.Model().Sort(); s == nil || s.Name != "rss" {
		t.Errorf("a click on the head sorted by %v", s)
	}
	r.Press("G")
	click(tview.MouseScrollDown, 30, l.view.Y+2)
	click(tview.MouseScrollUp, 30, l.view.Y+2)
	click(tview.MouseLeftClick, 30, l.details.Y+2)
	if !r.details.focus {
		t.Error("a click on the details did not go there")
	}
}

func TestTooSmallToAsk(t *testing.T) {
	r := world(t, 15, 5)
	r.Type(":706\r")
	r.Press("F9", "Enter", "y")
	if len(r.Sent) != 0 {
		t.Errorf("carried out %q unseen", r.Sent)
	}
	r.WantText("nothing was")
}

func TestNarrowScreensFoldAway(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {8, 3}, {19, 5}, {40, 10}, {59, 30}, {60, 12}, {80, 11}, {300, 90}} {
		r := world(t, size[0], size[1])
		r.Safe()
		for _, keys := range []string{"?", "\x1b", "/日本", "\x1b", "c", "\x1b", "F", "i", "i", "\r"} {
			r.Type(keys)
			r.SafeAsDrawn()
		}
		r.Press("F9", "Enter")
		r.SafeAsDrawn()
	}
}
