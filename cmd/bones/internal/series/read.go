// Package series shows how what containers use went on over a span of a recording: a table, CSV or JSON.
package series

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/totals"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/rates"
	"bones/procwalk/text"
)

// Ask is which series is wanted.
type Ask struct {
	Begin, End time.Time // zero: those of the recording
	Every      time.Duration
	Targets    []string
	By         totals.By // empty: a series for each container
}

// Point is what one container, or one group of them, used in one step. What is not known is nil, with the reason under
// Errors.
type Point struct {
	Time    time.Time // the end of the step
	By      string    // container, or what --group says
	Name    text.Text
	ID      text.Text // of a container
	Number  int       // of containers
	CPU     *float64  // percent of one processor, over the step
	Memory  *uint64   // bytes at the last moment of the step, as bones stats counts them
	Limit   *uint64   // bytes; of a container that has one
	NoLimit bool      // it is known that there is none
	PIDs    *uint64   // tasks at the last moment of the step
	Read    *uint64   // bytes from block devices, over the step
	Write   *uint64
	Errors  map[string]string
}

// maxSteps bounds the answer.
const maxSteps = 100_000

// ErrNothing says that no moment was recorded in the span.
var ErrNothing = errors.New("no moment of that time was recorded")

// pick is the last moment of a step.
type pick struct {
	end   time.Time
	frame int // -1: none was recorded in the step
}

// steps picks the last frame of each step; before is the last one before the first step, -1 if there is none. Steps
// that lie before or after all of the recording are not in the list: outside is how many there are.
func steps(r *record.Reader, a *Ask) (before int, list []pick, outside int, err error) {
	if r.Len() == 0 {
		return -1, nil, 0, errors.Join(append([]error{ErrNothing}, r.Damaged()...)...)
	}
	begin, end := a.Begin, a.End
	first, latest := r.Bounds()
	if begin.IsZero() {
		begin = first.Add(-1)
	}
	if end.IsZero() {
		end = latest
	}
	if !end.After(begin) {
		return -1, nil, 0, fmt.Errorf("%w: it would end at %s, before it begins at %s", ErrNothing,
			end.Format(time.RFC3339), begin.Format(time.RFC3339))
	}
	if !begin.Before(latest) || end.Before(first) {
		return -1, nil, 0, fmt.Errorf("%w: the recording is of %s to %s", ErrNothing, first.Format(time.RFC3339),
			latest.Format(time.RFC3339))
	}
	all := stepsIn(end.Sub(begin), a.Every)
	if early := int(first.Sub(begin)-1) / int(a.Every); early > 0 { // whole ones: the others end when they would
		begin = begin.Add(time.Duration(early) * a.Every)
	}
	n := min(stepsIn(end.Sub(begin), a.Every), stepsIn(latest.Sub(begin), a.Every))
	outside = all - n
	if n > maxSteps {
		return -1, nil, 0, fmt.Errorf("that would be %d steps, more than the %d that there may be; make --every longer", n,
			maxSteps)
	}
	before, any := -1, false
	list = make([]pick, n)
	for i := range list {
		list[i] = pick{begin.Add(time.Duration(i+1) * a.Every), -1}
		if list[i].end.After(end) {
			list[i].end = end
		}
	}
	for i := range r.Len() {
		switch t := r.Time(i); {
		case !t.After(begin):
			if before < 0 || !t.Before(r.Time(before)) {
				before = i
			}
		case !t.After(end):
			// Where the clock was set back, the times come twice, and what was recorded later counts.
			list[min(int((t.Sub(begin)-1)/a.Every), n-1)].frame = i
			any = true
		}
	}
	if !any {
		return -1, nil, 0, fmt.Errorf("%w: the recording is of %s to %s", ErrNothing, first.Format(time.RFC3339),
			latest.Format(time.RFC3339))
	}
	return before, list, outside, nil
}

// stepsIn is how many steps a span has. The last one may be shorter.
func stepsIn(span, every time.Duration) int {
	n := int(span / every)
	if span%every > 0 {
		n++
	}
	return n
}

// Read calls yield with the points of one step after the other, and returns how many steps have no moment.
func Read(ctx context.Context, r *record.Reader, a *Ask, yield func([]Point) error) (missing, of int, err error) {
	before, list, outside, err := steps(r, a)
	if err != nil {
		return 0, 0, err
	}
	missing, of = outside, outside+len(list)
	last := usage{}
	var previous *procwalk.Snapshot
	if before >= 0 && list[0].end.Sub(r.Time(before)) <= 2*a.Every {
		if m, err := momentOf(r, before); err == nil {
			last, previous = usageOf(m), m.Snapshot
		}
	}
	var notThere error
	found := false
	for _, step := range list {
		if step.frame < 0 {
			// The average of a gap would be told of the step after it.
			last = usage{}
			missing++
			continue
		}
		m, err := momentOf(r, step.frame)
		if err != nil {
			return missing, of, err
		}
		if previous != nil && rates.ClockSet(previous, m.Snapshot) {
			last = usage{} // nobody can tell how long the step was
		}
		previous = m.Snapshot
		now, all, err := listing.Containers(ctx, &target.Past{Now: m}, a.Targets)
		var none *inventory.TargetError
		if errors.As(err, &none) && !none.Wrong {
			notThere, last = err, usageOf(m) // it may have come later
			continue
		}
		if err != nil {
			return missing, of, err
		}
		found = true
		if err := yield(points(a, step.end, now, all, last)); err != nil {
			return missing, of, err
		}
		last = usageOf(m)
	}
	if !found {
		return missing, of, notThere
	}
	return missing, of, nil
}

func momentOf(r *record.Reader, i int) (*inventory.Moment, error) {
	f, err := r.Frame(i)
	if err != nil {
		return nil, err
	}
	m, err := f.Moment()
	if err != nil {
		return nil, fmt.Errorf("the moment of %s: %w", r.Time(i).Format(time.RFC3339), err)
	}
	return m, nil
}

// usage is what containers used at the end of the step before.
type usage map[string]*inventory.Usage

func usageOf(m *inventory.Moment) usage {
	u := make(usage, len(m.Usage))
	for i := range m.Usage {
		u[m.Usage[i].Key] = &m.Usage[i]
	}
	return u
}

var (
	errBefore  = errors.New("the value before it is not known")
	errSmaller = errors.New("the counter is lower than before")
)

// since is how much a counter went on in the step.
func since(before, now *inventory.Usage, of func(*cgroupview.Sample) cgroupview.Reading) cgroupview.Reading {
	r := of(&now.Sample)
	if r.Err != nil {
		return r
	}
	if before == nil || before.Process.ID() != now.Process.ID() {
		return cgroupview.Reading{Err: errBefore}
	}
	b := of(&before.Sample)
	switch {
	case b.Err != nil:
		return b
	case b.Value > r.Value:
		return cgroupview.Reading{Err: errSmaller}
	}
	return cgroupview.Reading{Value: r.Value - b.Value}
}

// points are those of one step.
func points(a *Ask, end time.Time, m *inventory.Moment, all []listing.Container, last usage) []Point {
	var list []Point
	uses := make([]totals.ContainerUse, 0, len(all))
	for i := range all {
		u := *all[i].Usage
		before := last[u.Key]
		cpu, hasCPU := inventory.CPUPercent(before, &u)
		read := since(before, &u, func(s *cgroupview.Sample) cgroupview.Reading { return s.ReadBytes })
		write := since(before, &u, func(s *cgroupview.Sample) cgroupview.Reading { return s.WriteBytes })
		u.Sample.ReadBytes, u.Sample.WriteBytes = read, write
		if a.By != "" {
			uses = append(uses, totals.ContainerUse{Usage: &u, CPU: cpu, HasCPU: hasCPU})
			continue
		}
		p := Point{Time: end, By: "container", Name: u.Label(), ID: u.ID, Number: 1, Errors: map[string]string{}}
		if hasCPU {
			p.CPU = &cpu
		} else {
			p.Errors["cpu_percent"] = errBefore.Error()
		}
		p.Memory, p.PIDs = p.number("memory_bytes", u.Sample.Memory), p.number("pids_current", u.Sample.PIDs)
		p.Read, p.Write = p.number("read_bytes", read), p.number("write_bytes", write)
		switch l := u.Sample.MemoryLimit; {
		case l.Known() != nil:
			p.Errors["memory_limit_bytes"] = fault.Line(l.Known())
		case l.Unlimited:
			p.NoLimit = true
		default:
			p.Limit = &l.Value
		}
		list = append(list, p)
	}
	if a.By == "" {
		return list
	}
	for _, t := range totals.Add(m.Inventory, uses, a.By) {
		p := Point{Time: end, By: string(a.By), Name: t.Group, Number: len(t.Containers), Errors: map[string]string{}}
		if p.known("cpu_percent", t.CPU) {
			p.CPU = &t.CPU.Value
		}
		p.Memory, p.PIDs = p.sum("memory_bytes", t.Memory), p.sum("pids_current", t.Tasks)
		p.Read, p.Write = p.sum("read_bytes", t.ReadBytes), p.sum("write_bytes", t.WriteBytes)
		list = append(list, p)
	}
	return list
}

func (p *Point) number(name string, r cgroupview.Reading) *uint64 {
	if r.Err != nil {
		p.Errors[name] = fault.Line(r.Err)
		return nil
	}
	return &r.Value
}

// known notes of how many containers a sum is not known, and reports whether it is of any.
func (p *Point) known(name string, s totals.Sum) bool {
	if s.Unknown > 0 {
		p.Errors[name] = text.Line(fmt.Sprintf("not known of %d of %d containers: %v", s.Unknown, s.Known+s.Unknown, s.Err))
	}
	return s.Known > 0
}

func (p *Point) sum(name string, s totals.Sum) *uint64 {
	if !p.known(name, s) {
		return nil
	}
	n := uint64(s.Value)
	return &n
}
