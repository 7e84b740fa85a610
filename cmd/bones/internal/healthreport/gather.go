// Package healthreport is bones health: it gathers the moments that the table of findings is applied to, of this host
// or of a recording, and prints what was found. The terminal UI gathers here, too.
package healthreport

import (
	"context"
	"fmt"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cgroupview/inventory/health"
	"bones/cgroupview/inventory/surroundings"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/text"
)

// What is looked at if nobody says how long.
const (
	LiveOver = time.Second // between the two readings of this host
	PastOver = time.Hour   // of a recording
)

// mostMoments bounds how many moments of a recording are read: more change little, and take seconds.
const mostMoments = 800

// Scope is what somebody asks about: a container, a process, a control group, or with none of them the host.
type Scope struct {
	Keys    []string // of containers
	Process procwalk.ID
	Group   string // path
	Name    text.Text
	Target  string // the word that names it on a command line
}

// Gatherer reads moments for reports.
type Gatherer struct {
	Finder target.Finder
	Source inventory.Source // of this host as it is now, or of the recorded moment
	Over   time.Duration    // 0: LiveOver or PastOver
	Once   bool             // one moment is enough: nothing is waited for
	// Kills are the events of processes that were killed for want of memory; nil: the kernel's log tells of them, or the
	// recording.
	Kills func() []events.Event

	host   *cgroupview.FileSystem
	pass   *cgroupview.Pass
	reader *counters.Reader
}

// Report is what is the matter with what a TARGET names; empty: with the host.
func (g *Gatherer) Report(ctx context.Context, word string) (*health.Report, error) {
	return g.report(ctx, func(m *inventory.Moment) (Scope, error) { return g.resolve(m, word) })
}

// Of is Report for a subject that is known.
func (g *Gatherer) Of(ctx context.Context, sub Scope) (*health.Report, error) {
	return g.report(ctx, func(*inventory.Moment) (Scope, error) { return sub, nil })
}

func (g *Gatherer) report(ctx context.Context, resolve func(*inventory.Moment) (Scope, error)) (*health.Report,
	error) {
	if g.Finder.Past != nil {
		return g.past(ctx, resolve)
	}
	m, err := g.Source.Moment(ctx, ask())
	if err != nil {
		return nil, err
	}
	sub, err := resolve(m)
	if err != nil {
		return nil, err
	}
	series := health.NewSeries()
	if err := g.add(series, m, &sub); err != nil {
		return nil, err
	}
	u := &units{ctx: ctx, host: g.host}
	defer u.managers.Close()
	if g.Once {
		return judge(series, sub, u.differ)
	}
	over := g.Over
	if over == 0 {
		over = LiveOver
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(over):
	}
	if m, err = g.Source.Moment(ctx, ask()); err != nil {
		return nil, err
	}
	if err := g.add(series, m, &sub); err != nil {
		return nil, err
	}
	witness(series, g.ofLog(m))
	return judge(series, sub, u.differ)
}

// ask is what each moment must hold.
func ask() inventory.Ask {
	return inventory.Ask{Want: inventory.Want | procwalk.WantStatus, Trouble: true}
}

// past reads the moments of a recording.
func (g *Gatherer) past(ctx context.Context, resolve func(*inventory.Moment) (Scope, error)) (*health.Report,
	error) {
	past := g.Finder.Past
	sub, err := resolve(past.Now)
	if err != nil {
		return nil, err
	}
	series := health.NewSeries()
	over := g.Over
	if over == 0 {
		over = PastOver
	}
	switch {
	case g.Once:
		series.Add(past.Now, nil)
	case past.Span != nil:
		skipped, err := past.Span(ctx, over, mostMoments, func(m *inventory.Moment) { series.Add(m, nil) })
		if err != nil {
			return nil, err
		}
		series.Skipped(skipped)
	default:
		if past.Before != nil {
			series.Add(past.Before, nil)
		}
		series.Add(past.Now, nil)
	}
	switch {
	case g.Kills != nil:
		witness(series, g.Kills())
	case past.Kills != nil:
		witness(series, past.Kills())
	}
	return judge(series, sub, nil)
}

// judge makes one report of what may be several containers: those of a pod.
func judge(series *health.Series, sub Scope, systemd func(string, cgroupview.Groups) ([]health.TakenBack, error)) (
	*health.Report, error) {
	ask := health.Ask{Keys: sub.Keys, Process: sub.Process, Name: sub.Name, Target: sub.Target, Systemd: systemd}
	if sub.Group != "" || sub.Process != (procwalk.ID{}) {
		ask.Extra = extraKey
	}
	r, err := series.Judge(ask)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sub.Name, err)
	}
	return r, nil
}

// extraKey is that of a group which is no container's, among those of a series.
const extraKey = "\x00group"

// add adds a moment, with the groups of a subject that is no container.
func (g *Gatherer) add(series *health.Series, m *inventory.Moment, sub *Scope) error {
	switch err := g.open(); {
	case err != nil && sub.Group != "":
		return err // there is nothing else that could be judged
	case err != nil:
		series.Add(m, nil) // what is in no group is judged all the same
		return nil
	}
	var groups cgroupview.Groups
	switch {
	case sub.Group != "":
		groups = g.host.Find(sub.Group)
		if len(groups.List) == 0 {
			return noTarget("%s: no hierarchy has a group of that path, as it stands in /proc/PID/cgroup", sub.Name)
		}
	case sub.Process != (procwalk.ID{}):
		p := m.Snapshot.FindID(sub.Process)
		if p == nil {
			return noTarget("%s: it has ended", sub.Name)
		}
		groups = surroundings.GroupsOf(g.host, p)
	default:
		series.Add(m, nil)
		return nil
	}
	g.reader.Next()
	series.Add(m, map[string]health.GroupUse{extraKey: {Groups: groups, Sample: g.pass.Sample(groups,
		m.Snapshot.Host.MemTotal),
		Counters: g.reader.Read(groups)}})
	return nil
}

// open finds the control groups of this host.
func (g *Gatherer) open() error {
	if g.host != nil {
		return nil
	}
	h, err := g.Finder.CgroupHost()
	if err != nil {
		return err
	}
	g.host, g.pass = h, h.Pass()
	g.reader = counters.NewReader(h, g.pass)
	return nil
}

// resolve finds what a TARGET names.
func (g *Gatherer) resolve(m *inventory.Moment, word string) (Scope, error) {
	if word == "" {
		return Scope{Name: text.New("this host")}, nil
	}
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return Scope{}, err
	}
	sub := Scope{Name: text.New(word), Target: word}
	switch {
	case t.Kind == inventory.ByGroup && g.Finder.Past != nil:
		for _, u := range m.Usage {
			for _, own := range u.Groups.List {
				if own.Path.Raw() == t.Value {
					sub.Keys = []string{u.Key}
					return sub, nil
				}
			}
		}
		return sub, noTarget("%s: no container has that group, and a recording has the groups of containers alone",
			text.Sanitise(word))
	case t.Kind == inventory.ByGroup:
		sub.Group, sub.Name = t.Value, text.New(t.Value)
		return sub, nil
	case t.IsProcess():
		_, p, err := m.Inventory.FindTarget(m.Snapshot, t)
		if err != nil {
			return sub, err
		}
		sub.Process, sub.Name = p.ID(), text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw()))
		return sub, nil
	case m.Inventory == nil:
		return sub, m.InventoryErr
	}
	list, err := m.Inventory.FindContainers(m.Snapshot, []string{word})
	if err != nil {
		return sub, err
	}
	for _, c := range list {
		if c.Unit() && g.Finder.Past != nil {
			return sub, noTarget("%s: a recording has the groups of containers alone", text.Sanitise(word))
		} else if c.Unit() {
			sub.Group, sub.Name = c.Chain.Innermost().Group.Raw(), c.Label()
			continue
		}
		sub.Keys = append(sub.Keys, c.Key)
	}
	return sub, nil
}

// noTarget is the error of a word that names nothing.
func noTarget(format string, args ...any) error {
	return &inventory.TargetError{Err: fmt.Errorf(format, args...)}
}
