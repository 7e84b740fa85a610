package events

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

var errUnread = errors.New("not read")

var boot = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// world is what a moment of the tests holds.
type world struct {
	second int
	pids   []int    // processes, started at the second of their PID
	names  []string // containers, one for each of the first processes
	limit  uint64   // of the memory of each; 0: none
	frozen bool
	killed uint64
	times  uint64 // throttled
}

func (w world) moment() *inventory.Moment {
	s := &procwalk.Snapshot{Taken: boot.Add(time.Duration(w.second) * time.Second)}
	s.Host.BootTime, s.Host.TicksPerSec = boot, 100
	for _, pid := range w.pids {
		p := procwalk.Process{Cmdline: &procwalk.Cmdline{Raw: text.New(fmt.Sprintf("program\x00%d\x00", pid))}}
		p.PID, p.StartTime = pid, uint64(pid)*100
		s.Processes = append(s.Processes, p)
	}
	m := &inventory.Moment{Snapshot: s, Usage: []inventory.Usage{}}
	var data inventory.Data
	for i, name := range w.names {
		c := inventory.Container{Key: name, Name: text.New(name), ID: text.New("id-" + name), PID: w.pids[i],
			PIDs: []int{w.pids[i]}, Chain: container.Chain{{Kind: container.Container}}}
		data.Containers = append(data.Containers, inventory.ContainerData{Container: c})
		data.Members = append(data.Members, inventory.MemberData{ID: s.Processes[i].ID(), Key: name, Chain: c.Chain,
			Keys: []string{name}})
	}
	m.Inventory = inventory.New(&data, s)
	for _, c := range m.Inventory.List {
		g := &cgroupview.Group{Path: text.New("/" + c.Key)}
		u := inventory.Usage{Container: c, Process: s.Find(c.PID), Sample: cgroupview.UnknownSample(errUnread)}
		u.Sample.MemoryLimit = cgroupview.Limit{Unlimited: true}
		if w.limit > 0 {
			u.Sample.MemoryLimit = cgroupview.Limit{Value: w.limit, From: g, File: "memory.max"}
		}
		u.Sample.Frozen, u.Sample.FrozenErr = w.frozen, nil
		u.Counters = &counters.Counters{Killed: cgroupview.Reading{Value: w.killed}, KilledFile: text.New("memory.events"),
			CPU: []cgroupview.Throttle{{Group: g, Periods: 2 * w.times, Times: w.times}}}
		m.Usage = append(m.Usage, u)
	}
	return m
}

func lines(list []Event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s %s %d %s: %s\n", e.Time.Format("05"), e.Kind, e.PID, e.Name.Raw(), e.What.Raw())
	}
	return b.String()
}

// TestCompare: what is in one of two moments only, and what is another in them.
func TestCompare(t *testing.T) {
	before := world{second: 20, pids: []int{1, 2, 3}, names: []string{"web", "db"}, times: 4}
	for name, x := range map[string]struct {
		change func(*world)
		want   string
	}{
		"nothing": {func(*world) {}, ""},
		"processes": {func(w *world) { w.pids = []int{1, 2, 22} },
			"22 fork 22 : program 22 was started\n25 exit 3 : program 3 has ended; bones did not see how\n"},
		"a container ends": {func(w *world) { w.names = w.names[:1] }, "25 container 2 db: container db has ended\n"},
		"one begins": {func(w *world) { w.names = append([]string{}, "web", "db", "new") },
			"03 container 3 new: container new has begun, PID 3 backs it\n"},
		"another process": {func(w *world) { w.pids = []int{1, 22, 24} },
			"22 container 22 db: container db has another main process: PID 22 in place of 2"},
		"a limit": {func(w *world) { w.limit = 64 << 20 },
			"25 limit 1 web: limit on memory: 64M (memory.max of /web), before it was none\n" +
				"25 limit 2 db: limit on memory: 64M (memory.max of /db), before it was none\n"},
		"frozen": {func(w *world) { w.frozen = true; w.names = w.names[:1] },
			"25 freeze 1 web: container web was frozen\n"},
		"killed": {func(w *world) { w.killed = 2; w.names = w.names[:1] },
			"25 oom 0 web: 2 killed because memory ran out, according to memory.events, which does not say whom\n"},
		"throttled": {func(w *world) { w.times = 7; w.names = w.names[:1] },
			"25 throttle 1 web: the quota of /web keeps container web from running, in 3 of 6 periods\n"},
	} {
		now := before
		now.second = 25
		x.change(&now)
		got := lines(Compare(before.moment(), now.moment(), name == "processes"))
		if x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%s:\n%swant\n%s", name, got, x.want)
		}
	}
	if list := Compare(nil, before.moment(), true); list != nil {
		t.Errorf("from nothing: %v", list)
	}
}

// TestTeller: what goes on is told once, and moments without containers do not end them.
func TestTeller(t *testing.T) {
	var told Teller
	w := world{second: 20, pids: []int{1}, names: []string{"web"}}
	got := ""
	for i, times := range []uint64{0, 3, 5, 9, 9, 12} {
		w.second, w.times = 20+i, times
		got += lines(told.Next(w.moment(), false))
		told.Next(&inventory.Moment{Snapshot: w.moment().Snapshot}, false)
	}
	if strings.Count(got, "throttle") != 2 || strings.Contains(got, "container web has") {
		t.Errorf("told\n%s", got)
	}
}

// TestLogIsBounded: what happens all the time goes first.
func TestLogIsBounded(t *testing.T) {
	var log Log
	log.Add(Event{Time: boot, Kind: OOM})
	for i := range 3 * LogMax {
		log.Add(Event{Time: boot.Add(time.Duration(i) * time.Second), Kind: Exec, PID: i + 1})
	}
	log.Add(Event{Time: boot.Add(-time.Hour), Kind: Limit}) // older than all
	list, _, dropped, _ := log.All()
	if len(list) > LogMax || len(list)+dropped != 3*LogMax+2 || list[0].Kind != Limit || list[1].Kind != OOM {
		t.Errorf("%d events, %d dropped, the first %s and %s", len(list), dropped, list[0].Kind, list[1].Kind)
	}
}

// TestLogIsBoundedInBytes: long command lines and paths make a log shorter, and not larger.
func TestLogIsBoundedInBytes(t *testing.T) {
	var log Log
	log.Add(Event{Time: boot, Kind: OOM})
	const many = 10_000
	for i := range many {
		log.Add(Event{Time: boot.Add(time.Duration(i) * time.Second), Kind: Exec, PID: i + 1,
			Command: text.New(strings.Repeat("x", 4000))})
	}
	list, _, dropped, _ := log.All()
	size := 0
	for i := range list {
		size += list[i].Command.Len()
	}
	if size > LogBytes || size < LogBytes/2 || len(list)+dropped != many+1 || list[0].Kind != OOM ||
		list[len(list)-1].PID != many {
		t.Errorf("%d events of %d bytes, %d dropped, the first %s", len(list), size, dropped, list[0].Kind)
	}
}

// TestBatchSaysWhatItHasNot: what was left out or lost is an event, too.
func TestBatchSaysWhatItHasNot(t *testing.T) {
	b := Batch{Until: boot, LeftOut: map[EventKind]int{Exec: 3, Exit: 4}, Lost: 1}
	got := lines(b.All())
	if strings.Count(got, "missed") != 2 || !strings.Contains(got, "left out: 3 of exec, 4 of exit") {
		t.Error(got)
	}
	if b.Empty() {
		t.Error("it is empty")
	}
}
