package fakehost

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/processes"
	"bones/ui/rows"
)

// FakeHost is the small host of rowstest.World, on a simulated screen. What was done to it, and what it is to answer,
// are its fields.
type FakeHost struct {
	Screen
	Last *procwalk.Snapshot // of the last frame
	Time time.Time          // what the clock shows

	Copied string   // to the clipboard
	Sent   []string // effects that were carried out
	Fail   error    // what carrying out returns

	// Of containers and control groups.
	Planned  []string // edits that were planned: FILE=VALUE
	Asked    []string // freezes, kills, undos
	Kids     int      // groups below /docker
	Usage    uint64   // bytes of memory
	Image    string   // what the container was made from
	Reads    string   // what the kernel will say of a new limit
	Unit     string   // of systemd, which could keep a new limit
	Machine  int      // the PID of a process that is a virtual machine; 0: there is none
	PlanFail error    // what planning an edit returns

	// Of namespaces.
	All        bool  // those without a process were asked for
	RelateFail error // what relating them returns

	// Of files.
	Ops      []rootfs.Op // changes that were planned
	Kept     []string    // texts that could not be saved, each with its path
	Got      []string    // what was copied out
	FileFail error       // what changing and copying return
	Many     int         // further entries of /
	Extra    string      // one more entry of /
	During   string      // the screen while something was copied
}

// New makes a host with a screen of w by h cells. Screen.UI is to be set.
func New(t testing.TB, w, h int) *FakeHost {
	return &FakeHost{Screen: newScreen(t, w, h), Usage: 9 << 20, Kids: 2, Image: "memcached:latest"}
}

// Frame makes a frame of another snapshot, and sets the clock.
func (h *FakeHost) Frame(s *procwalk.Snapshot) *kit.Frame {
	h.Time = s.Taken.Add(300 * time.Millisecond)
	m := h.Moment(s)
	f := &kit.Frame{Facts: rows.NewFacts(h.before(m), m)}
	h.Last = s
	return f
}

// Names are those of users and of the one container.
func (h *FakeHost) Names() rows.Names {
	return rows.Names{
		User: func(uid uint32) string { return map[uint32]string{0: "root", 1000: "ada", 1001: "evil\x1b[31m"}[uid] },
	}
}

// Quick are the details that the snapshot alone tells.
func (h *FakeHost) Quick(p *procwalk.Process, _ *procwalk.Snapshot, reveal bool) []rows.Section {
	secret := "***"
	if reveal {
		secret = "hunter2"
	}
	return []rows.Section{
		{Title: "Process", Lines: []rows.Line{{Label: "name", Value: p.Comm.String()},
			{Label: "args", Value: string(rows.AppendCommand(nil, p))}}},
		{Title: "Environment", Lines: []rows.Line{{Label: "PASSWORD", Value: secret, Style: rows.Warn},
			{Value: strings.Repeat("long ", 40)}}},
	}
}

// Carry notes that an effect was carried out.
func (h *FakeHost) Carry(_ context.Context, e effect.Effect) (effect.Outcome, error) {
	h.Sent = append(h.Sent, e.Describe())
	return effect.Outcome{}, h.Fail
}

// Processes is the backend of view 1.
func (h *FakeHost) Processes() processes.Backend {
	return processes.Backend{
		Threads: func(_ context.Context, id procwalk.ID) ([]rows.Thread, error) {
			return []rows.Thread{{TID: id.PID, Comm: text.New("main"), State: 'S'}, {TID: id.PID + 1, Comm: text.New("w\x1b"),
				State: 'R', Ticks: 100}}, nil
		},
		Signals: signals,
		Signal:  signal,
	}
}

var signals = []kit.SignalChoice{{Number: 1, Name: "HUP", Does: "ends it"},
	{Number: 9, Name: "KILL", Does: "ends it at once"},
	{Number: 15, Name: "TERM", Does: "asks it to end"}, {Number: 18, Name: "CONT", Does: "lets it go on"}}

func signal(_ *procwalk.Snapshot, p *procwalk.Process, n int) (effect.Effect, error) {
	return Signal{p, n}, nil
}

// Signal is an effect that does nothing.
type Signal struct {
	Process *procwalk.Process
	Number  int
}

// Kind implements effect.Effect.
func (e Signal) Kind() string { return "signal" }

// About implements effect.Effect.
func (e Signal) About() text.Text { return text.Text{} }

// Describe implements effect.Effect.
func (e Signal) Describe() string {
	return effect.Command("signal", strconv.Itoa(e.Number), "to", strconv.Itoa(e.Process.PID))
}

// ByHand implements effect.Effect.
func (e Signal) ByHand() string {
	return effect.Command("kill", "-"+strconv.Itoa(e.Number), strconv.Itoa(e.Process.PID))
}

// Risk implements effect.Effect.
func (e Signal) Risk() effect.Risk {
	switch {
	case e.Process.PID == 1:
		return effect.Risk{Level: effect.Grave, Why: "it is PID 1"}
	case e.Number == 18:
		return effect.Risk{}
	}
	return effect.Risk{Level: effect.Confirm, Why: "it may end"}
}

// Undo implements effect.Effect.
func (e Signal) Undo() effect.Undo { return effect.Undo{Why: "a signal cannot be called back"} }

// Apply implements effect.Effect.
func (e Signal) Apply(context.Context) (effect.Outcome, error) {
	return effect.Outcome{}, errors.New("the UI must not call Apply")
}

// Effect is any other effect, which does nothing.
type Effect struct {
	What  string
	Level effect.Risk
}

// Kind implements effect.Effect.
func (e Effect) Kind() string { return e.What }

// About implements effect.Effect.
func (e Effect) About() text.Text { return text.Text{} }

// Describe implements effect.Effect.
func (e Effect) Describe() string { return e.What }

// ByHand implements effect.Effect.
func (e Effect) ByHand() string { return "nsenter" }

// Risk implements effect.Effect.
func (e Effect) Risk() effect.Risk { return e.Level }

// Undo implements effect.Effect.
func (e Effect) Undo() effect.Undo { return effect.Undo{} }

// Apply implements effect.Effect.
func (e Effect) Apply(context.Context) (effect.Outcome, error) {
	return effect.Outcome{}, errors.New("the UI must not call Apply")
}

// Explain explains a process of the host, as far as that goes.
func (h *FakeHost) Explain(_ context.Context, id procwalk.ID) (*rows.Explanation, error) {
	return Explain(h.Last, id)
}

// Explain explains a process of rowstest.World.
func Explain(s *procwalk.Snapshot, id procwalk.ID) (*rows.Explanation, error) {
	p := s.FindID(id)
	if p == nil {
		return nil, fmt.Errorf("PID %d: %w", id.PID, procwalk.ErrGone)
	}
	f := &rows.ExplainFacts{ProcRoot: "/proc", Snap: s, Process: p, Chain: container.FromLines(nil)}
	if p.Cgroups == nil || len(p.Cgroups.Lines) == 0 {
		return rows.Explain(f), nil // it could not be read, or all its hierarchies are gone
	}
	first := p.Cgroups.Lines[0]
	f.Chain = container.FromLines([]container.CgroupLine{first})
	group := Group(MemoryV1, first.Path.Raw())
	f.Groups.List = []*cgroupview.Group{group}
	f.Limits = []rows.ExplainLimit{{What: "memory", Limit: cgroupview.Limit{Unlimited: true}}}
	if _, in := f.Chain.Container(); in {
		f.Container = &rows.ExplainContainer{Name: text.New("cache"), Runtime: "docker", PIDs: []int{970, 990},
			Evidence: []string{"the name of its group"}}
		f.Limits[0] = rows.ExplainLimit{What: "memory", Limit: cgroupview.Limit{Value: 200 << 20, From: group},
			File: text.New(group.Dir.Raw() + "/memory.limit_in_bytes"), Own: true}
	}
	return rows.Explain(f), nil
}

// Show gives a UI two snapshots of a world, and has it show a view, by its key, for PID 970 before the later one.
func (h *FakeHost) Show(update func(*kit.Frame), world func(later int) *procwalk.Snapshot, key string) {
	update(h.Frame(world(0)))
	h.Type(":970\r" + key)
	update(h.Frame(world(2)))
	h.Redraw()
}
