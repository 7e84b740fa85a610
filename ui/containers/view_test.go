package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// ctRig is a rig with containers and control groups.
type ctRig struct {
	*rig
	planned  []string // edits that were planned: FILE=VALUE
	asked    []string // freezes, kills, undos
	kids     int      // groups below /docker
	usage    uint64
	editable string // what the kernel will say of a new limit
	bad      error  // what planning an edit returns
}

var (
	memoryV1 = &cgroupview.Hierarchy{Version: 1, Controllers: []string{"memory"}, Mount: "/sys/fs/cgroup/memory", Root: "/"}
	pidsV1   = &cgroupview.Hierarchy{Version: 1, Controllers: []string{"pids"}, Mount: "/sys/fs/cgroup/pids", Root: "/"}
)

func testGroup(h *cgroupview.Hierarchy, path string) *cgroupview.Group {
	return &cgroupview.Group{Hierarchy: h, Path: text.New(path), Dir: text.New(strings.TrimSuffix(h.Mount+path, "/")), Ino: uint64(len(path))}
}

const hostileName = "e\x1b[2Jvil\n\u202e[:::http://x]"

func newCTRig(t testing.TB, w, h int, change ...func(*Options)) *ctRig {
	c := &ctRig{usage: 9 << 20, kids: 2}
	number := func(n uint64) cgroupview.Reading { return cgroupview.Reading{Value: n} }
	cache := "/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123" // as in rowstest.World
	c.rig = newRig(t, w, h, append([]func(*Options){func(o *Options) {
		o.Containers = func(_ context.Context, s *procwalk.Snapshot) (rows.ContainerList, error) {
			group := testGroup(memoryV1, cache)
			sample := cgroupview.Sample{Time: s.Taken, Memory: number(c.usage), MemoryUsage: number(c.usage), PIDs: number(12),
				MemoryLimit: cgroupview.Limit{Value: 100 << 20, From: group}, PIDsLimit: cgroupview.Limit{Unlimited: true}}
			none := errors.New("not \x1b permitted")
			broken := cgroupview.Reading{Err: none}
			list := rows.ContainerList{Snap: s, Containers: []rows.Container{
				{Key: "a", Name: text.New("cache"), Runtime: "docker", Image: text.New("memcached:latest"), PIDs: []int{970, 990}, EngineID: text.New(strings.Repeat("0123456789abcdef", 4)),
					Why: "the engine recorded it", Evidence: []string{"the group's name is that of a docker container"}, Sample: sample, CPU: 12.5, HasCPU: true,
					Groups: cgroupview.Groups{List: []*cgroupview.Group{group}},
					Chain:  container.Chain{{Kind: container.Container, Runtime: container.Docker, ID: text.New("outer")}, {Kind: container.Container, Runtime: container.Docker, ID: text.New("inner")}}},
				{Key: "b", Name: text.New(hostileName), Runtime: "podman", Image: text.New(hostileName), Pod: text.New(hostileName), PIDs: []int{1200},
					Sample: cgroupview.Sample{Memory: broken, PIDs: broken, CPU: broken, MemoryUsage: broken, MemoryLimit: cgroupview.Limit{Err: none}, PIDsLimit: cgroupview.Limit{Err: none}}},
				{Key: "c", Name: text.New("sandbox:801"), PIDs: []int{801}, Sandbox: true, Sample: cgroupview.Sample{Frozen: true, Memory: number(5), MemoryLimit: cgroupview.Limit{Unlimited: true}}},
			}}
			for i := range list.Containers {
				if p := s.Find(list.Containers[i].PIDs[0]); p != nil {
					list.Containers[i].ID = p.ID()
				}
			}
			return list, nil
		}
		o.ContainerMore = func(context.Context, rows.Container) rows.ContainerMore {
			return rows.ContainerMore{Owner: cgroupview.Owner{Engine: container.Docker, TakesBack: "docker update writes its own"},
				Health: cgroupview.Health{Events: []cgroupview.Event{{File: "memory.oom_control", Name: "oom_kill", Count: 3}},
					Pressure: []cgroupview.Pressure{{Resource: "memory", Avg10: 20}}, Throttled: number(5), Periods: number(10), Waited: number(1500000)}}
		}
		o.Roots = func(context.Context) ([]*cgroupview.Group, error) {
			return []*cgroupview.Group{testGroup(memoryV1, "/"), testGroup(pidsV1, "/")}, nil
		}
		o.GroupsOf = func(_ context.Context, id procwalk.ID) (cgroupview.Groups, error) {
			path := "/"
			if id.PID == 970 {
				path = cache
			}
			return cgroupview.Groups{List: []*cgroupview.Group{testGroup(pidsV1, path), testGroup(memoryV1, path)}}, nil
		}
		o.Parent = func(g *cgroupview.Group) (*cgroupview.Group, bool) {
			path := g.Path.Raw()
			if path == "/" {
				return nil, false
			}
			return testGroup(g.Hierarchy, path[:max(strings.LastIndexByte(path, '/'), 1)]), true
		}
		o.Children = func(_ context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
			switch g.Path.Raw() {
			case "/":
				return []*cgroupview.Group{testGroup(g.Hierarchy, "/docker"), testGroup(g.Hierarchy, "/"+strings.ReplaceAll(hostileName, "/", ""))}, false, nil
			case "/docker":
				var list []*cgroupview.Group
				for i := range min(c.kids, limit) {
					list = append(list, testGroup(g.Hierarchy, fmt.Sprintf("/docker/%05d", i)))
				}
				if len(list) < limit {
					list = append(list, testGroup(g.Hierarchy, cache))
				}
				return list, c.kids+1 > limit, nil
			}
			return nil, false, nil
		}
		o.Files = func(_ context.Context, g *cgroupview.Group) ([]cgroupview.File, error) {
			file := func(name, value string, mode uint32) cgroupview.File {
				return cgroupview.File{Name: text.New(name), Value: text.New(value), Mode: mode, Spec: cgroupview.SpecOf(1, name)}
			}
			return []cgroupview.File{file("cgroup.procs", "970\n990", 0o644), file(hostileName, hostileName, 0o644), file("memory.limit_in_bytes", "104857600", 0o644),
				file("memory.usage_in_bytes", fmt.Sprint(c.usage), 0o444)}, nil
		}
		o.GroupMore = func(_ context.Context, g *cgroupview.Group, name string) rows.GroupMore {
			return rows.GroupMore{Members: []int{970, 990}, HasLimit: name == "memory.limit_in_bytes", Limit: cgroupview.Limit{Value: 50 << 20, From: testGroup(memoryV1, "/docker")}}
		}
		o.PlanEdit = func(_ context.Context, g *cgroupview.Group, file, value, shown string) (EditPlan, error) {
			c.planned = append(c.planned, file+"="+value)
			if c.bad != nil {
				return EditPlan{}, c.bad
			}
			return EditPlan{Effect: fakeEffect{"set " + file + " to " + value, effect.Risk{Level: effect.Confirm, Why: "docker manages it"}},
				Changes: []cgroupview.Change{{Group: g, File: file, Old: shown, Asked: value, New: value, Reads: c.editable}},
				Checks:  []cgroupview.Check{{Level: effect.Safe, Text: "the same group as shown"}, {Level: effect.Confirm, Text: "docker will take it back"}}}, nil
		}
		note := func(what string, risk effect.Risk) effect.Effect {
			c.asked = append(c.asked, what)
			return fakeEffect{what, risk}
		}
		o.Freeze = func(_ context.Context, g GroupTarget, frozen bool) (effect.Effect, error) {
			return note(fmt.Sprintf("freeze %v %s", frozen, g.Name), effect.Risk{Level: effect.Confirm, Why: "they stand still"}), nil
		}
		o.KillAll = func(_ context.Context, g GroupTarget) (effect.Effect, error) {
			return note("kill all", effect.Risk{Level: effect.Grave, Why: "they end"}), nil
		}
		o.UndoLast = func(context.Context) (effect.Effect, error) { return note("undo it", effect.Risk{}), nil }
		o.RedoLast = func(context.Context) (effect.Effect, error) { return nil, errors.New("nothing to\x1b redo") }
	}}, change...)...)
	return c
}

// ctWorld is a rig whose view 2 or 4 is shown for PID 970.
func ctWorld(t testing.TB, w, h int, view string, change ...func(*Options)) *ctRig {
	c := newCTRig(t, w, h, change...)
	c.frame(rowstest.World(0))
	c.typeText(":970\r" + view)
	c.frame(rowstest.World(2))
	c.draw()
	return c
}

func (c *ctRig) ct() *containers { return c.view().(*containers) }
func (c *ctRig) cg() *cgroups    { return c.view().(*cgroups) }

func TestGoldenContainersAndCgroups(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, g := range []struct {
			name, view string
			keys       []string
		}{
			{"containers-start", "2", nil}, {"containers-freeze", "2", []string{"p"}}, {"containers-by-memory", "2", []string{"F6", "Down", "Down", "Down", "Down", "Down", "Enter"}},
			{"containers-filter", "2", []string{"/", "s", "a", "n", "d", "Enter"}},
			{"cgroups-start", "4", nil}, {"cgroups-file", "4", []string{"Enter", "j", "j"}}, {"cgroups-edit", "4", []string{"Enter", "j", "j", "e", "0"}},
			{"cgroups-kill", "4", []string{"K"}}, {"cgroups-hostile", "4", []string{"Enter", "j"}},
		} {
			name := fmt.Sprintf("%s-%dx%d", g.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := ctWorld(t, size[0], size[1], g.view)
				c.press(g.keys...)
				c.safe()
				golden(t, name, c.text())
			})
		}
	}
}

// TestEveryContainerAndCgroupKey presses each key that views 2 and 4 add.
func TestEveryContainerAndCgroupKey(t *testing.T) {
	type check func(*ctRig) bool
	shows := func(s string) check { return func(c *ctRig) bool { return strings.Contains(c.text(), s) } }
	at := func(key string) check { return func(c *ctRig) bool { return c.ct().key == key } }
	path := func(suffix string) check {
		return func(c *ctRig) bool { return strings.HasSuffix(c.cg().chosen.path, suffix) && !c.cg().inside }
	}
	file := func(name string) check { return func(c *ctRig) bool { return c.cg().inside && c.cg().file == name } }
	sorted := func(name string) check {
		return func(c *ctRig) bool { s := c.ct().model.Sort(); return s != nil && s.Name == name }
	}
	last := func(what string) check {
		return func(c *ctRig) bool { return len(c.asked) > 0 && strings.HasPrefix(c.asked[len(c.asked)-1], what) }
	}
	type press struct {
		keys []string
		ok   check
	}
	for view, cases := range map[string]map[string]press{
		"2": {
			"j": {[]string{"g", "j"}, at("a")}, "Down": {[]string{"g", "Down", "Down"}, at("b")}, "k": {[]string{"G", "k"}, at("a")}, "Up": {[]string{"G", "Up", "Up"}, at("c")},
			"g": {[]string{"g"}, at("c")}, "Home": {[]string{"Home"}, at("c")}, "G": {[]string{"G"}, at("b")}, "End": {[]string{"End"}, at("b")},
			"^f": {[]string{"g", "^f"}, at("b")}, "PgDn": {[]string{"g", "PgDn"}, at("b")}, "^b": {[]string{"G", "^b"}, at("c")}, "PgUp": {[]string{"G", "PgUp"}, at("c")},
			"/": {[]string{"/", "m", "e", "m", "c", "Enter"}, shows("1 container")}, "F4": {[]string{"F4", "!", "c", "a", "c", "h", "e", "Enter"}, shows("2 containers")},
			"F6": {[]string{"F6", "Enter"}, sorted("NAME")}, ">": {[]string{">", ">"}, sorted("PID")}, "<": {[]string{"<"}, sorted("IMAGE")},
			"I": {[]string{"I", "g"}, at("b")}, "O": {[]string{"O"}, shows("2 containers  no sandboxes")},
			"z": {[]string{"z"}, func(c *ctRig) bool {
				v, ok := c.view().(*cgroups)
				return ok && strings.HasPrefix(v.chosen.path, "/docker/0123")
			}},
			"p": {[]string{"p"}, last("freeze true container cache")}, "F9": {[]string{"F9"}, shows("Signal to PID 970")}, "K": {[]string{"K"}, shows("Signal to PID 970")},
		},
		"4": {
			"j": {[]string{"k", "k", "j"}, path("/00001")}, "Down": {[]string{"g", "Down"}, path("/docker")}, "k": {[]string{"k"}, path("/00001")}, "Up": {[]string{"Up", "Up"}, path("/00000")},
			"g": {[]string{"g"}, path("/")}, "Home": {[]string{"Home"}, path("/")}, "G": {[]string{"G"}, path("/")}, "End": {[]string{"End"}, func(c *ctRig) bool { return c.cg().chosen.mount == pidsV1.Mount }},
			"^f": {[]string{"g", "^f"}, func(c *ctRig) bool { return c.cg().at == len(c.cg().tree.lines)-1 }}, "PgDn": {[]string{"g", "PgDn"}, func(c *ctRig) bool { return c.cg().at == len(c.cg().tree.lines)-1 }},
			"^b": {[]string{"G", "^b"}, path("/")}, "PgUp": {[]string{"G", "PgUp"}, path("/")},
			"h": {[]string{"h"}, path("/docker")}, "Left": {[]string{"Left", "Left"}, func(c *ctRig) bool { return !c.cg().node().open }},
			"l": {[]string{"l", "l"}, file("cgroup.procs")}, "Right": {[]string{"h", "h", "Right"}, func(c *ctRig) bool { return c.cg().node().open }},
			"-": {[]string{"h", "-"}, func(c *ctRig) bool { return len(c.cg().tree.lines) == 4 }}, "+": {[]string{"h", "-", "+"}, func(c *ctRig) bool { return len(c.cg().tree.lines) == 7 }},
			"=": {[]string{"h", "="}, func(c *ctRig) bool { return len(c.cg().tree.lines) == 4 }}, "*": {[]string{"*"}, func(c *ctRig) bool { return len(c.cg().tree.lines) == 2 }},
			"F3": {[]string{"Enter", "F3", "U", "s", "a", "g", "e", "Enter"}, file("memory.usage_in_bytes")},
			"m":  {[]string{"Enter", "m"}, func(c *ctRig) bool { return !c.cg().inside && c.cg().chosen.mount == pidsV1.Mount && path("0123")(c) }},
			"e":  {[]string{"Enter", "j", "j", "e"}, shows("docker will take it back")},
			"z":  {[]string{"z"}, func(c *ctRig) bool { return c.pid() == 970 && strings.Contains(c.text(), "cgroup:/docker/0123") }},
			"p":  {[]string{"p"}, last("freeze true group /docker/0123")}, "F9": {[]string{"F9"}, last("kill all")}, "K": {[]string{"K"}, shows("This is grave")},
		},
	} {
		table := ctWorld(t, 160, 45, view).view().Keys()
		allTested(t, table, cases)
		for _, k := range table {
			for name := range strings.FieldsSeq(k.Keys) {
				p, ok := cases[name]
				if !ok {
					continue
				}
				t.Run(view+name, func(t *testing.T) {
					c := ctWorld(t, 160, 45, view)
					c.press(p.keys...)
					c.safe()
					if !p.ok(c) {
						t.Errorf("after %q the screen is\n%s", p.keys, c.text())
					}
				})
			}
		}
		for _, k := range ctWorld(t, 160, 45, view, func(o *Options) { o.ReadOnly = "read-only it is" }).allKeys() {
			if (k.Action == "freeze" || k.Action == "edit" || k.Action == "kill all" || k.Action == "undo" || k.Action == "redo") && k.off("locked") == "" {
				t.Errorf("%s is not greyed", k.Action)
			}
		}
	}
}

func TestEditShowsChecksAndAsks(t *testing.T) {
	c := ctWorld(t, 120, 40, "4")
	c.editable = "2097152"
	c.press("Enter", "j", "j", "e", "^u", "2", "M")
	for _, want := range []string{"memory.limit_in_bytes of", "new: 2M", "the kernel will say 2097152", "docker will take it back"} {
		c.wantText(want)
	}
	c.press("Enter")
	if len(c.sent) > 0 {
		t.Fatal("carried out unasked")
	}
	c.wantText("docker manages it")
	c.press("y")
	if len(c.sent) != 1 || c.sent[0] != "set memory.limit_in_bytes to 2M" || c.planned[len(c.planned)-1] != "memory.limit_in_bytes=2M" {
		t.Fatalf("carried out %q, planned %q", c.sent, c.planned)
	}
	c.bad = errors.New("no such \x1b value")
	c.press("e", "x", "Enter")
	c.wantText(`no such \x1b value`)
	c.press("Esc", "g", "e")
	c.wantText("edit: ")
	if len(c.overlays) != 0 || len(c.sent) != 1 {
		t.Errorf("%d dialogs, carried out %q", len(c.overlays), c.sent)
	}
}

func TestUndoAndRedo(t *testing.T) {
	c := ctWorld(t, 100, 30, "4")
	c.press("u")
	c.wantText("done: undo it")
	c.press("^r")
	c.wantText(`nothing to\x1b redo`)
	if len(c.sent) != 1 {
		t.Errorf("carried out %q", c.sent)
	}
}

func TestFindInTheGroups(t *testing.T) {
	c := ctWorld(t, 120, 40, "4")
	before := c.cg().chosen
	c.press("F3")
	c.typeText("pids\r")
	if key := c.cg().chosen; key.mount != pidsV1.Mount || key.path != "/" {
		t.Errorf("found %+v", key)
	}
	c.press("F3")
	c.typeText("0123\r")
	if c.cg().chosen != before {
		t.Errorf("found %+v", c.cg().chosen)
	}
	c.press("F3")
	c.typeText("no such group\r")
	c.wantText("no name holds that")
	c.press("m", "m")
	if c.cg().chosen != before {
		t.Errorf("through all hierarchies it comes to %+v", c.cg().chosen)
	}
}

func TestChangedValuesAreMarkedForAWhile(t *testing.T) {
	c := ctWorld(t, 120, 40, "4")
	c.usage++
	c.frame(rowstest.World(3))
	if !c.cg().marked("memory.usage_in_bytes") || c.cg().marked("memory.limit_in_bytes") {
		t.Fatal("the change is not marked, or what did not change is")
	}
	c.wantText("*memory.usage_in_bytes")
	c.now = c.now.Add(markFor + time.Second)
	if c.cg().marked("memory.usage_in_bytes") {
		t.Error("still marked")
	}
}

func TestCrowdsOfGroupsAreBounded(t *testing.T) {
	c := newCTRig(t, 120, 40)
	c.kids = 30000
	c.frame(rowstest.World(0))
	c.typeText(":970\r4")
	c.wantText("012345") // the subject's own is there, beyond the limit or not
	c.press("j")
	c.wantText("... more than 500")
	c.press("k")
	c.frame(rowstest.World(2))
	if !strings.HasPrefix(c.cg().chosen.path, "/docker/0123") {
		t.Errorf("a refresh lost the subject's group: %q is selected", c.cg().chosen.path)
	}
	if n := len(c.cg().tree.lines); n > childLimit+10 {
		t.Errorf("%d lines", n)
	}
}

func TestContainersGoToTheirTree(t *testing.T) {
	c := ctWorld(t, 100, 30, "2")
	c.press("j", "k")
	c.press("Enter")
	if c.view().Number() != 1 || c.pid() != 970 {
		t.Fatalf("in view %d PID %d is selected", c.view().Number(), c.pid())
	}
	c.press("/")
	c.typeText("vim\r")
	c.press("2", "g", "Enter")
	if c.pid() != 801 {
		t.Errorf("with a filter in the way PID %d is selected", c.pid())
	}
	c.press("z", "z")
	if c.view().Number() != 1 || c.pid() != 801 {
		t.Errorf("z and back leads to view %d, PID %d", c.view().Number(), c.pid())
	}
}

func TestSmallScreensOfContainersAndCgroups(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {8, 3}, {19, 5}, {40, 10}, {59, 30}, {60, 12}, {300, 90}} {
		for _, view := range []string{"2", "4"} {
			c := ctWorld(t, size[0], size[1], view)
			c.safe()
			for _, k := range []string{"j", "Enter", "j", "j", "e", "9", "Esc", "K", "Esc", "p", "Esc", "Esc", "h", "h", "l", "*", "G", "z", "z", "Tab"} {
				c.press(k)
				c.safe()
			}
		}
	}
}

func TestWithoutABackendTheViewsSayWhy(t *testing.T) {
	r := world(t, 100, 30)
	r.press("2")
	r.wantText("containers cannot be looked for here")
	r.press("p", "4")
	r.wantText("control groups cannot be read here")
	r.press("j", "Enter", "l", "h", "e", "p", "K", "z", "u", "^r")
	r.safe()
}
