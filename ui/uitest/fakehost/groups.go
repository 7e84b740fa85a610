package fakehost

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cgroupview/edit"
	"bones/cgroupview/owner"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/cgroups"
	"bones/ui/containers"
	"bones/ui/rows"
)

// The two hierarchies that there are.
var (
	MemoryV1 = &cgroupview.Hierarchy{Version: 1, Controllers: []string{"memory"}, Mount: "/sys/fs/cgroup/memory",
		Root: "/"}
	PIDsV1 = &cgroupview.Hierarchy{Version: 1, Controllers: []string{"pids"}, Mount: "/sys/fs/cgroup/pids", Root: "/"}
)

// Group is a group of a hierarchy.
func Group(h *cgroupview.Hierarchy, path string) *cgroupview.Group {
	return &cgroupview.Group{Hierarchy: h, Path: text.New(path), Dir: text.New(strings.TrimSuffix(h.Mount+path, "/")),
		Ino: uint64(len(path))}
}

// HostileName is what somebody called something who wishes the terminal ill.
const HostileName = "e\x1b[2Jvil\n\u202e[:::http://x]"

// cacheGroup is the group of the container, as in rowstest.World.
const cacheGroup = "/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"

// note makes an effect, and notes that it was asked for.
func (h *FakeHost) note(what string, risk effect.Risk) effect.Effect {
	h.Asked = append(h.Asked, what)
	return Effect{what, risk}
}

// Freeze makes the effect of freezing a group, or thawing it.
func (h *FakeHost) Freeze(_ context.Context, g rows.GroupTarget, frozen bool) (effect.Effect, error) {
	return h.note(fmt.Sprintf("freeze %v %s", frozen, g.Name), effect.Risk{Level: effect.Confirm,
		Why: "they stand still"}), nil
}

// UndoLast undoes.
func (h *FakeHost) UndoLast(context.Context) (effect.Effect, error) {
	return h.note("undo it", effect.Risk{}), nil
}

// RedoLast fails.
func (h *FakeHost) RedoLast(context.Context) (effect.Effect, error) {
	return nil, errors.New("nothing to\x1b redo")
}

// Containers is the backend of view 2. Which containers there are stands in each frame.
func (h *FakeHost) Containers() containers.Backend {
	return containers.Backend{
		More: func(context.Context, rows.ContainerRow) rows.ContainerMore {
			return rows.ContainerMore{Owner: owner.Owner{Engine: container.Docker,
				TakesBack: "will be overwritten by docker update"},
				Health: cgroupview.Health{
					Events:   []cgroupview.EventCounter{{File: "memory.oom_control", Name: "oom_kill", Count: 3}},
					Pressure: []spec.Pressure{{Resource: "memory", Avg10: 20}},
					Throttled: []cgroupview.Throttle{{
						Group: Group(MemoryV1, "/docker"), Times: 5, Periods: 10, Waited: 1500000}},
				}}
		},
		Extra: func(_ context.Context, _ *procwalk.Snapshot, list []rows.ContainerRow) map[string]rows.ContainerExtra {
			read := map[string]rows.ContainerExtra{}
			for _, c := range list {
				read[c.Key] = h.extra(c.Key)
			}
			return read
		},
		Stopped: func(context.Context, *inventory.Inventory) ([]container.Stopped, string, error) {
			killed := 137
			return []container.Stopped{{Runtime: container.Docker, Name: text.New("old " + HostileName),
				ID: text.New(strings.Repeat("fedcba98", 8)), Exit: &killed, OOM: true, Ended: h.Time},
				{Runtime: container.Podman, Name: text.New("made"), ID: text.New("made")}}, "", nil
		},
		Freeze: h.Freeze, Signals: signals, Signal: signal,
		Set: func(_ context.Context, t rows.GroupTarget, words []string) (effect.Effect, error) {
			return h.note("set "+strings.Join(words, " ")+" of "+t.Name.String(), effect.Risk{}), nil
		},
	}
}

// extra is what is read beside a moment of a container: that of the container cache grows with time.
func (h *FakeHost) extra(key string) rows.ContainerExtra {
	none := cgroupview.Reading{Err: errors.New("not \x1b permitted")}
	x := rows.ContainerExtra{Time: h.Time, Swap: none, OOM: none, Throttled: none, Rx: none, Tx: none}
	if key == "a" {
		at := uint64(h.Time.Unix())
		x.Swap, x.OOM = cgroupview.Reading{Value: 3 << 20}, cgroupview.Reading{Value: 2}
		x.Throttled, x.Periods = cgroupview.Reading{Value: 3 * at}, 10*at
		x.Rx, x.Tx = cgroupview.Reading{Value: 2048 * at}, cgroupview.Reading{Value: 512 * at}
	}
	return x
}

// Cgroups is the backend of view 4.
func (h *FakeHost) Cgroups() cgroups.Backend {
	return cgroups.Backend{
		Roots: func(context.Context) ([]*cgroupview.Group, error) {
			return []*cgroupview.Group{Group(MemoryV1, "/"), Group(PIDsV1, "/")}, nil
		},
		GroupsOf: func(_ context.Context, id procwalk.ID) (cgroupview.Groups, error) {
			path := "/"
			if id.PID == 970 {
				path = cacheGroup
			}
			return cgroupview.Groups{List: []*cgroupview.Group{Group(PIDsV1, path), Group(MemoryV1, path)}}, nil
		},
		Parent: func(g *cgroupview.Group) (*cgroupview.Group, bool) {
			path := g.Path.Raw()
			if path == "/" {
				return nil, false
			}
			return Group(g.Hierarchy, path[:max(strings.LastIndexByte(path, '/'), 1)]), true
		},
		Children: func(_ context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
			switch g.Path.Raw() {
			case "/":
				return []*cgroupview.Group{Group(g.Hierarchy, "/docker"),
					Group(g.Hierarchy, "/"+strings.ReplaceAll(HostileName, "/", ""))}, false, nil
			case "/docker":
				var list []*cgroupview.Group
				for i := range min(h.Kids, limit) {
					list = append(list, Group(g.Hierarchy, fmt.Sprintf("/docker/%05d", i)))
				}
				if len(list) < limit {
					list = append(list, Group(g.Hierarchy, cacheGroup))
				}
				return list, h.Kids+1 > limit, nil
			}
			return nil, false, nil
		},
		Files: func(_ context.Context, g *cgroupview.Group) ([]cgroupview.File, error) {
			file := func(name, value string, mode uint32) cgroupview.File {
				return cgroupview.File{Name: text.New(name), Value: text.New(value), Mode: mode, Spec: spec.Of(1, name)}
			}
			return []cgroupview.File{file("cgroup.procs", "970\n990", 0o644), file(HostileName, HostileName, 0o644),
				file("memory.limit_in_bytes", "104857600", 0o644),
				file("memory.usage_in_bytes", fmt.Sprint(h.Usage), 0o444)}, nil
		},
		More: func(_ context.Context, g *cgroupview.Group, name string) rows.GroupMore {
			return rows.GroupMore{Members: []int{970, 990}, HasLimit: name == "memory.limit_in_bytes",
				Limit: cgroupview.Limit{Value: 50 << 20, From: Group(MemoryV1, "/docker")}}
		},
		PlanEdit: func(_ context.Context, a cgroups.EditAsk) (cgroups.EditPlan, error) {
			h.Planned = append(h.Planned, a.File+"="+a.Value)
			g, file, value, shown := a.Group, a.File, a.Value, a.Shown
			if a.Persist {
				h.Planned = append(h.Planned, "through systemd")
				return cgroups.EditPlan{Unit: h.Unit, Effect: Effect{"set " + file + " through systemd", effect.Risk{}},
					Changes: []edit.Change{{Group: g, File: file, Old: shown, New: value, Unit: h.Unit}}}, nil
			}
			if h.PlanFail != nil {
				return cgroups.EditPlan{}, h.PlanFail
			}
			return cgroups.EditPlan{Unit: h.Unit, Effect: Effect{"set " + file + " to " +
				value, effect.Risk{Level: effect.Confirm,
				Why: "docker manages it"}},
				Changes: []edit.Change{{Group: g, File: file, Old: shown, Asked: value, New: value, Reads: h.Reads}},
				Checks: []edit.Check{{Level: effect.Safe, Text: "the same group as shown"},
					{Level: effect.Confirm, Text: "will be overwritten by docker"}}}, nil
		},
		Freeze: h.Freeze,
		KillAll: func(context.Context, rows.GroupTarget) (effect.Effect, error) {
			return h.note("kill all", effect.Risk{Level: effect.Grave, Why: "they end"}), nil
		},
	}
}
