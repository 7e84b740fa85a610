package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest/fakehost"
)

// recorded is a recording of a frame for each minute of an hour.
type recorded struct {
	host *fakehost.FakeHost
	at   int
}

const recordedFrames = 60

func (p *recorded) Loads(parts int) (cpu, memory []float64) {
	return make([]float64, parts), make([]float64, parts)
}

func (p *recorded) time(i int) time.Time {
	return rowstest.World(2).Taken.Add(time.Duration(i-recordedFrames+1) * time.Minute)
}

func (p *recorded) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) {
	s := *rowstest.World(2)
	s.Taken = p.time(p.at)
	return p.host.Moment(&s), nil
}

func (p *recorded) Before() *inventory.Moment { return nil }

func (p *recorded) Step(n int) bool {
	old := p.at
	p.at = min(max(p.at+n, 0), recordedFrames-1)
	return p.at != old
}

func (p *recorded) Skip(d time.Duration) bool { return p.Step(int(d / time.Minute)) }

func (p *recorded) Seek(at string) error {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return err
	}
	for p.at = recordedFrames - 1; p.at > 0 && p.time(p.at).After(t); p.at-- {
	}
	if p.time(p.at).After(t) {
		return errors.New("it begins later")
	}
	return nil
}

func (p *recorded) Live() { p.at = recordedFrames - 1 }

func (p *recorded) Position() (frame, frames int, first, last time.Time, follows bool) {
	return p.at + 1, recordedFrames, p.time(0), p.time(recordedFrames - 1), false
}

// replayRig shows a recording with events.
func replayRig(t testing.TB) (*rig, *recorded) {
	host := fakehost.New(t, 140, 40)
	past := &recorded{host: host, at: recordedFrames - 1}
	r := newRigOn(host, func(o *Options) {
		o.Past, o.Containers, o.Cgroups = past, host.Containers(), host.Cgroups()
		o.Events.Log = fakehost.Events(rowstest.World(2).Taken.Add(time.Second))
	})
	r.read()
	return r, past
}

// read shows the moment that the recording is at, as the collector would.
func (r *rig) read() {
	m, _ := r.opt.Past.Moment(context.Background(), inventory.Ask{})
	r.frame(m.Snapshot)
	r.Redraw()
}

// TestEventsOfTheSubject goes from one event of a container to the next, and back.
func TestEventsOfTheSubject(t *testing.T) {
	r, past := replayRig(t)
	r.Press("2")
	r.read()
	if !r.View().SetSubject(procwalk.ID{PID: 970, Start: r.frame0(970)}) {
		t.Fatal("the container is not there")
	}
	press := func(key, says string, minutes int) {
		t.Helper()
		r.Press(key)
		r.read()
		if got := recordedFrames - 1 - past.at; got != minutes || !strings.Contains(r.message.Text, says) {
			t.Errorf("%s goes to %d minutes before the end and says %q; want %d, %q", key, got, r.message.Text, minutes, says)
		}
	}
	press("(", "oom: killed PID 3001", 4)   // the last moment in which it was there
	press("(", "limit: limit on memory", 4) // the first in which it was set
	press("(", "container cache has begun", 8)
	press("(", "there is no earlier event of container cache", 8)
	press(")", "limit on memory", 4)
	press(")", "killed PID 3001", 4)
	press(")", "there is no later event", 4)
	r.Press("6")
	r.read()
	press("(", "limit on memory", 4)
	press("(", "has begun", 5)
	if line, _, _ := strings.Cut(r.Text(), "\n"); !strings.Contains(line, "!") || !strings.Contains(line, "+") {
		t.Errorf("the time line has no marks: %s", line)
	}
}

// TestReadOnlyIsSeen: that nothing can be changed stands beside the views, however little room there is.
func TestReadOnlyIsSeen(t *testing.T) {
	for _, width := range []int{40, 60, 100, 140} {
		r := world(t, width, 30, func(o *Options) { o.ReadOnly = "a reason" })
		if !strings.Contains(r.Text(), "read-only") {
			t.Errorf("%d columns do not say it:\n%s", width, r.Text())
		}
	}
}

// TestEventsAreGoneTo: Enter in view 6 goes to the moment and to whom it happened to.
func TestEventsAreGoneTo(t *testing.T) {
	r, past := replayRig(t)
	r.Press("6")
	r.read()
	r.Press("k", "Enter")
	r.read()
	if past.at != recordedFrames-5 || r.View().Number() != 2 || r.pid() != 970 {
		t.Errorf("frame %d, view %d, PID %d", past.at, r.View().Number(), r.pid())
	}
	r.Press("6", ",")
	r.read()
	if e := r.events.Selected(); e.Kind != "limit" {
		t.Errorf("a minute before, %+v is selected", e)
	}
	r.Press(",", ",", ",")
	r.read()
	if e := r.events.Selected(); e.Kind != "container" || e.PID != 970 {
		t.Errorf("four minutes before, %+v is selected", e)
	}
}

// frame0 is when a process of the frame started.
func (r *rig) frame0(pid int) uint64 { return r.UI.frame.Snap.Find(pid).StartTime }
