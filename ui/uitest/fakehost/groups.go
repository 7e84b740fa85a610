package fakehost

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/cgroups"
	"bones/ui/containers"
	"bones/ui/rows"
)

// The two hierarchies that there are.
var (
	MemoryV1 = hierarchyV1("memory")
	PIDsV1   = hierarchyV1("pids")
)

func hierarchyV1(controller string) *cgroupview.Hierarchy {
	return &cgroupview.Hierarchy{Version: 1, Controllers: []string{controller}, Root: "/",
		Mount: "/sys/fs/cgroup/" + controller}
}

// Group is a group of a hierarchy.
func Group(h *cgroupview.Hierarchy, path string) *cgroupview.Group {
	dir := strings.TrimSuffix(h.Mount+path, "/")
	return &cgroupview.Group{Hierarchy: h, Path: text.New(path), Dir: text.New(dir), Ino: uint64(len(path))}
}

// HostileName is what somebody called something who wishes the terminal ill.
const HostileName = "e\x1b[2Jvil\n\u202e[:::http://x]"

// cacheGroup is the group of the container, as in rowstest.World.
const cacheGroup = "/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"

// note makes an effect, and notes that it was asked for.
func (h *Host) note(what string, risk effect.Risk) effect.Effect {
	h.Asked = append(h.Asked, what)
	return Effect{what, risk}
}

// Freeze makes the effect of freezing a group, or thawing it.
func (h *Host) Freeze(_ context.Context, g rows.GroupTarget, frozen bool) (effect.Effect, error) {
	risk := effect.Risk{Level: effect.Confirm, Why: "they stand still"}
	return h.note(fmt.Sprintf("freeze %v %s", frozen, g.Name), risk), nil
}

// UndoLast undoes.
func (h *Host) UndoLast(context.Context) (effect.Effect, error) {
	return h.note("undo it", effect.Risk{}), nil
}

// RedoLast fails.
func (h *Host) RedoLast(context.Context) (effect.Effect, error) {
	return nil, errors.New("nothing to\x1b redo")
}

// Containers is the backend of view 2: a container, a hostile one, and a sandbox.
func (h *Host) Containers() containers.Backend {
	number := func(n uint64) cgroupview.Reading { return cgroupview.Reading{Value: n} }
	return containers.Backend{
		List: func(_ context.Context, s *procwalk.Snapshot) (rows.ContainerList, error) {
			group := Group(MemoryV1, cacheGroup)
			free := cgroupview.Limit{Unlimited: true}
			sample := cgroupview.Sample{Time: s.Taken, Memory: number(h.Usage), MemoryUsage: number(h.Usage), PIDs: number(12),
				MemoryLimit: cgroupview.Limit{Value: 100 << 20, From: group}, PIDsLimit: free}
			none := errors.New("not \x1b permitted")
			broken := cgroupview.Reading{Err: none}
			list := rows.ContainerList{Snap: s, Containers: []rows.Container{
				{Key: "a", Name: text.New("cache"), Runtime: "docker", Image: text.New("memcached:latest"),
					PIDs: []int{970, 990}, EngineID: text.New(strings.Repeat("0123456789abcdef", 4)),
					Why: "the engine recorded it", Evidence: []string{"the group's name is that of a docker container"},
					Sample: sample, CPU: 12.5, HasCPU: true,
					Groups: cgroupview.Groups{List: []*cgroupview.Group{group}},
					Chain: container.Chain{{Kind: container.Container, Runtime: container.Docker, ID: text.New("outer")},
						{Kind: container.Container, Runtime: container.Docker, ID: text.New("inner")}}},
				{Key: "b", Name: text.New(HostileName), Runtime: "podman", Image: text.New(HostileName),
					Pod: text.New(HostileName), PIDs: []int{1200},
					Sample: cgroupview.Sample{Memory: broken, PIDs: broken, CPU: broken, MemoryUsage: broken,
						MemoryLimit: cgroupview.Limit{Err: none}, PIDsLimit: cgroupview.Limit{Err: none}}},
				{Key: "c", Name: text.New("sandbox:801"), PIDs: []int{801}, Sandbox: true,
					Sample: cgroupview.Sample{Frozen: true, Memory: number(5), MemoryLimit: free}},
			}}
			for i := range list.Containers {
				if p := s.Find(list.Containers[i].PIDs[0]); p != nil {
					list.Containers[i].ID = p.ID()
				}
			}
			return list, nil
		},
		More: func(context.Context, rows.Container) rows.ContainerMore {
			owner := cgroupview.Owner{Engine: container.Docker, TakesBack: "docker update writes its own"}
			return rows.ContainerMore{Owner: owner, Health: cgroupview.Health{
				Events:    []cgroupview.Event{{File: "memory.oom_control", Name: "oom_kill", Count: 3}},
				Pressure:  []cgroupview.Pressure{{Resource: "memory", Avg10: 20}},
				Throttled: number(5), Periods: number(10), Waited: number(1500000)}}
		},
		Freeze: h.Freeze, Signals: signals, Signal: signal,
	}
}

// Cgroups is the backend of view 4.
func (h *Host) Cgroups() cgroups.Backend {
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
				hostile := "/" + strings.ReplaceAll(HostileName, "/", "")
				return []*cgroupview.Group{Group(g.Hierarchy, "/docker"), Group(g.Hierarchy, hostile)}, false, nil
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
				return cgroupview.File{Name: text.New(name), Value: text.New(value), Mode: mode,
					Spec: cgroupview.SpecOf(1, name)}
			}
			return []cgroupview.File{file("cgroup.procs", "970\n990", 0o644), file(HostileName, HostileName, 0o644),
				file("memory.limit_in_bytes", "104857600", 0o644),
				file("memory.usage_in_bytes", fmt.Sprint(h.Usage), 0o444)}, nil
		},
		More: func(_ context.Context, g *cgroupview.Group, name string) rows.GroupMore {
			return rows.GroupMore{Members: []int{970, 990}, HasLimit: name == "memory.limit_in_bytes",
				Limit: cgroupview.Limit{Value: 50 << 20, From: Group(MemoryV1, "/docker")}}
		},
		PlanEdit: func(_ context.Context, g *cgroupview.Group, file, value, shown string) (cgroups.EditPlan, error) {
			h.Planned = append(h.Planned, file+"="+value)
			if h.PlanFail != nil {
				return cgroups.EditPlan{}, h.PlanFail
			}
			risk := effect.Risk{Level: effect.Confirm, Why: "docker manages it"}
			return cgroups.EditPlan{Effect: Effect{"set " + file + " to " + value, risk},
				Changes: []cgroupview.Change{{Group: g, File: file, Old: shown, Asked: value, New: value, Reads: h.Reads}},
				Checks: []cgroupview.Check{{Level: effect.Safe, Text: "the same group as shown"},
					{Level: effect.Confirm, Text: "docker will take it back"}}}, nil
		},
		Freeze: h.Freeze,
		KillAll: func(context.Context, rows.GroupTarget) (effect.Effect, error) {
			return h.note("kill all", effect.Risk{Level: effect.Grave, Why: "they end"}), nil
		},
	}
}
