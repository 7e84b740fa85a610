package eventlist

import (
	"fmt"
	"testing"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestCommonEventsPushOutNoOther: one process that was killed, and then more programs than are printed.
func TestCommonEventsPushOutNoOther(t *testing.T) {
	began := time.Date(2026, 1, 5, 3, 0, 0, 0, time.UTC)
	l := &list{events: make([]events.Event, 0, 2*maxListed)}
	l.add([]events.Event{{Time: began, Kind: events.OOM, PID: 77}})
	const more = 2*maxListed + 10
	one := make([]events.Event, 1)
	for i := range more {
		one[0] = events.Event{Time: began.Add(time.Duration(i+1) * time.Millisecond), Kind: events.Exec, PID: i + 100}
		l.add(one)
	}
	l.shorten()
	if n := len(l.events); n != maxListed || l.dropped != more+1-maxListed {
		t.Errorf("%d events are left, and %d dropped", n, l.dropped)
	}
	if said := l.leftOut(); said != fmt.Sprintf("the oldest %d programs run, forks and exits", more+1-maxListed) {
		t.Errorf("it says that %s are left out", said)
	}
	if first, last := l.events[0], l.events[len(l.events)-1]; first.Kind != events.OOM || last.PID != more-1+100 {
		t.Errorf("the first is %s of %d, the last of %d", first.Kind, first.PID, last.PID)
	}
	// Without any that are common the oldest go.
	l = &list{events: make([]events.Event, 0, maxListed+5)}
	for i := range maxListed + 5 {
		l.events = append(l.events, events.Event{Time: began.Add(time.Duration(i) * time.Second), Kind: events.OOM, PID: i})
	}
	if l.shorten(); len(l.events) != maxListed || l.events[0].PID != 5 || l.dropped != 5 {
		t.Errorf("%d events, from %d on", len(l.events), l.events[0].PID)
	}
}
