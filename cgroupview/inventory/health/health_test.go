package health

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"

	"github.com/prometheus/procfs"
)

// TestNothingIsTheMatter with a healthy host.
func TestNothingIsTheMatter(t *testing.T) {
	for _, ask := range []Ask{{}, {Keys: []string{"w"}}} {
		if r := judged(t, ask, two(time.Second, func(*world) {})...); len(r.Findings) > 0 || r.Worst() != None {
			t.Errorf("%+v: %+v", ask, r.Findings)
		}
	}
}

// thresholds are cases around each threshold of the table: what makes the value, and which severity it has.
var thresholds = []struct {
	rule *Rule
	host bool // it is about the host
	make func(value float64) []*world
	at   map[float64]Severity
}{
	{ruleOOM, false, func(v float64) []*world {
		w := healthy()
		w.counters.Killed = n(uint64(v))
		return []*world{w}
	}, map[float64]Severity{0: None, 1: Warning, 500: Warning}},
	{ruleOOM, false, func(v float64) []*world { // between the moments
		return two(5*time.Second, func(w *world) { w.counters.Killed = n(uint64(v)) })
	}, map[float64]Severity{0: None, 1: Critical}},
	{ruleHostOOM, true, func(v float64) []*world {
		w := healthy()
		w.trouble.VM.Value.OOMKills.Value = uint64(v)
		return []*world{w}
	}, map[float64]Severity{0: None, 1: Note}},
	{ruleHostOOM, true, func(v float64) []*world {
		return two(5*time.Second, func(w *world) { w.trouble.VM.Value.OOMKills.Value = uint64(v) })
	}, map[float64]Severity{0: None, 1: Critical}},
	{ruleHostMemory, true, func(v float64) []*world {
		w := healthy()
		w.available = uint64(v * 1000 * mib)
		return []*world{w}
	}, map[float64]Severity{0.1: None, 0.099: Warning, 0.03: Warning, 0.029: Critical, 0: Critical}},
	{ruleMemory, false, func(v float64) []*world {
		w := healthy()
		w.counters.Memory[0].Used = n(uint64(v * 100 * mib))
		return []*world{w}
	}, map[float64]Severity{0: None, 0.89: None, 0.9: Warning, 0.96: Warning, 0.97: Critical, 1: Critical}},
	{ruleFilling, false, func(v float64) []*world { // 60 of 100 MiB, and so many seconds until it is full
		return growing(60*mib, 40*mib/v, 13)
	}, map[float64]Severity{4000: None, 3500: Warning, 620: Warning, 580: Critical}},
	{ruleTasks, false, func(v float64) []*world {
		w := healthy()
		w.counters.Tasks[0].Used = n(uint64(v * 100))
		return []*world{w}
	}, map[float64]Severity{0.79: None, 0.8: Warning, 0.94: Warning, 0.95: Critical}},
	{ruleRefused, false, func(v float64) []*world {
		w := healthy()
		w.counters.Tasks[0].Refused = n(uint64(v))
		return []*world{w}
	}, map[float64]Severity{0: None, 1: Warning}},
	{ruleRefused, false, func(v float64) []*world {
		return two(5*time.Second, func(w *world) { w.counters.Tasks[0].Refused = n(uint64(v)) })
	}, map[float64]Severity{1: Critical}},
	{ruleThrottled, false, func(v float64) []*world { // of 20 periods between the moments
		return two(2*time.Second, func(w *world) {
			w.counters.CPU[0].Periods += 20
			w.counters.CPU[0].Times += uint64(math.Round(20 * v))
		})
	}, map[float64]Severity{0.2: None, 0.25: Warning, 0.7: Warning, 0.75: Critical}},
	{ruleThrottled, false, func(v float64) []*world { // since the group was made
		w := healthy()
		w.counters.CPU[0].Times = uint64(1000 * v)
		return []*world{w}
	}, map[float64]Severity{0.249: None, 0.25: Warning, 0.75: Critical}},
	{ruleMemoryWait, false, pressed("memory"), map[float64]Severity{0.099: None, 0.1: Warning, 0.399: Warning,
		0.4: Critical}},
	{ruleIOWait, false, pressed("io"), map[float64]Severity{0.299: None, 0.3: Warning, 0.8: Critical}},
	{ruleCPUWait, false, pressed("cpu"), map[float64]Severity{0.249: None, 0.25: Note, 0.499: Note, 0.5: Warning,
		1: Warning}},
	{ruleMemoryWait, true, func(v float64) []*world {
		w := healthy()
		w.machine = func(h *detail.HostFacts) {
			h.Pressure["memory"] = detail.Field[procfs.PSIStats]{Value: procfs.PSIStats{Some: &procfs.PSILine{Avg10: 100 * v},
				Full: &procfs.PSILine{Avg10: 1}}}
		}
		return []*world{w}
	}, map[float64]Severity{0.05: None, 0.1: Warning, 0.4: Critical}},
	{ruleThrash, false, func(v float64) []*world {
		return two(10*time.Second, func(w *world) { w.counters.MajorFaults = n(uint64(10 * v)) })
	}, map[float64]Severity{99: None, 100: Warning, 999: Warning, 1000: Critical}},
	{ruleThrash, true, func(v float64) []*world {
		return two(10*time.Second, func(w *world) { w.trouble.VM.Value.MajorFaults.Value = uint64(10 * v) })
	}, map[float64]Severity{99: None, 100: Warning, 1000: Critical}},
	{ruleSwap, false, func(v float64) []*world {
		w := healthy()
		w.sample.Memory, w.counters.Swap = n(uint64(400*mib*(1-v))), n(uint64(math.Ceil(400*mib*v)))
		return []*world{w}
	}, map[float64]Severity{0: None, 0.09: None, 0.1: Note, 0.24: Note, 0.25: Warning}},
	{ruleHostSwap, true, func(v float64) []*world {
		w := healthy()
		w.swapFree = uint64(100 * mib * (1 - v))
		return []*world{w}
	}, map[float64]Severity{0.49: None, 0.5: Note, 0.79: Note, 0.81: Warning}},
	{ruleFrozen, false, func(v float64) []*world {
		list := two(time.Duration(v*float64(time.Second)), func(w *world) { w.sample.Frozen = true })
		list[0].sample.Frozen = true
		return list
	}, map[float64]Severity{1: Note, 299: Note, 300: Warning}},
	{ruleNoLimit, false, func(v float64) []*world {
		w := healthy()
		w.sample.MemoryLimit, w.available = none(), uint64(v*1000*mib)
		return []*world{w}
	}, map[float64]Severity{0.1: None, 0.09: Warning}},
	{ruleZombies, false, func(v float64) []*world { return dead(int(v), 'Z') },
		map[float64]Severity{0: None, 1: Note, 9: Note, 10: Warning, 1000: Critical}},
	{ruleBlocked, false, func(v float64) []*world { return dead(int(v), 'D') },
		map[float64]Severity{0: None, 1: Warning, 9: Warning, 10: Critical}},
	{ruleTakenBack, false, func(v float64) []*world {
		w := healthy()
		w.info.Limits = &container.RecordedLimits{Memory: 100 * mib, Tasks: 100, CPUMilli: 500}
		if v > 0 {
			w.info.Limits.Memory = 64 * mib
		}
		return []*world{w}
	}, map[float64]Severity{0: None, 1: Warning}},
	{ruleAdvice, false, func(v float64) []*world { // the limit of 100 MiB by the peak
		return growing(uint64(100*mib/v), 0, 13)
	}, map[float64]Severity{1.09: Note, 1.2: None, 3.9: None, 4.1: Note}},
}

// pressed has the tasks of the container wait.
func pressed(resource string) func(float64) []*world {
	return func(v float64) []*world {
		w := healthy()
		w.counters.Pressure = []spec.Pressure{{Resource: resource, Avg10: 100 * v}, {Resource: resource, Full: true,
			Avg10: 100}}
		return []*world{w}
	}
}

// growing is a minute between each two of so many moments, and more memory each.
func growing(last uint64, bytesPerSecond float64, moments int) []*world {
	var list []*world
	for i := range moments {
		w := healthy()
		w.at = time.Duration(i) * time.Minute
		w.sample.Memory = n(last - uint64(bytesPerSecond*60*float64(moments-1-i)))
		list = append(list, w)
	}
	return list
}

// dead are so many children of PID 11 of the container, in a state at both moments.
func dead(many int, state byte) []*world {
	list := two(time.Second, func(*world) {})
	for _, w := range list {
		for i := range many {
			w.processes = append(w.processes, process(100+i, 11, state))
		}
	}
	return list
}

// TestThresholds tries each rule on both sides of each of its thresholds.
func TestThresholds(t *testing.T) {
	tried := map[*Rule]map[Severity]bool{}
	for _, c := range thresholds {
		for value, want := range c.at {
			ask := Ask{Keys: []string{"w"}}
			if c.host {
				ask = Ask{}
			}
			r := judged(t, ask, c.make(value)...)
			if got := severityOf(r, c.rule); got != want {
				t.Errorf("%s at %g: %v, want %v; %+v", c.rule.Name, value, got, want, of(r, c.rule))
			}
			if f := of(r, c.rule); f != nil && (len(f.Evidence) == 0 || len(f.Helps) == 0) {
				t.Errorf("%s at %g tells no evidence, or nothing that helps: %+v", c.rule.Name, value, f)
			}
			if tried[c.rule] == nil {
				tried[c.rule] = map[Severity]bool{}
			}
			tried[c.rule][want] = true
		}
	}
	for _, r := range Rules {
		for severity, threshold := range map[Severity]float64{Note: r.Note, Warning: r.Warning, Critical: r.Critical} {
			if !math.IsNaN(threshold) && !tried[r][severity] {
				t.Errorf("%s: nothing is a %v", r.Name, severity)
			}
		}
		if r.Grown != None && !tried[r][r.Grown] || !tried[r][None] && r != ruleFrozen {
			t.Errorf("%s was not tried: %v", r.Name, tried[r])
		}
		if r.Measure == "" || r.Finds == "" || r.Thresholds() == "" || RuleNamed(r.Name) != r {
			t.Errorf("the row of %q is not whole", r.Name)
		}
	}
}

// TestLevels: the limit that is full, and the quota that is used up, may be those of a group around.
func TestLevels(t *testing.T) {
	w := healthy()
	w.counters.Memory[1].Limit = cgroupview.Limit{Value: 300 * mib, From: slice, File: "memory.max"}
	w.counters.Memory[1].Used = n(299 * mib)
	w.counters.Memory[1].Hits, w.counters.Killed = n(7), n(2)
	w.counters.CPU = append(w.counters.CPU, cgroupview.Throttle{Group: slice, Periods: 200, Times: 199})
	r := report(t, w)
	for _, rule := range []*Rule{ruleMemory, ruleThrottled, ruleOOM} {
		f := of(r, rule)
		if f == nil || f.Severity == None || f.Group.Raw() != "/sys/fs/cgroup/pods" {
			t.Errorf("%s: %+v", rule.Name, f)
		}
	}
	if f := of(r, ruleOOM); !strings.Contains(strings.Join(f.Evidence, "\n"), "the limit of /pods was reached 7 times") ||
		!strings.HasPrefix(f.Helps[0], "bones set cgroup:/pods memory=450M") {
		t.Errorf("%+v", f)
	}
	// What helps is about that group, and not about the limit of another.
	if f := of(r, ruleThrottled); f.Helps[0] != "a higher quota: bones set cgroup:/pods cpus=NUMBER" {
		t.Errorf("the quota of the container is not used up: %q", f.Helps)
	}
	w.counters.Tasks = append(w.counters.Tasks, counters.TaskLevel{Group: slice, Used: n(200),
		Limit: cgroupview.Limit{Value: 200, From: slice, File: "pids.max"}, Refused: n(3)})
	r = report(t, w)
	for _, rule := range []*Rule{ruleTasks, ruleRefused} {
		if f := of(r, rule); f.Helps[0] != "bones set cgroup:/pods pids=300" {
			t.Errorf("%s: %q", rule.Name, f.Helps)
		}
	}
	// A limit that is gone is not to be set again.
	w.counters.Tasks[1].Limit = none()
	if f := of(report(t, w), ruleRefused); strings.Contains(strings.Join(f.Helps, "\n"), "bones set") ||
		!slices.Contains(f.Evidence, "it has no limit any more") {
		t.Errorf("%+v", f)
	}
	// The commands by hand show all that the share of the limit is made of.
	if f := of(r, ruleMemory); !slices.Contains(f.ByHand, "grep inactive_file /sys/fs/cgroup/pods/memory.stat") {
		t.Errorf("%q", f.ByHand)
	}
	// Of two levels whose limit was reached the one that was reached between the moments.
	list := two(5*time.Second, func(w *world) {
		w.counters.Killed, w.counters.Memory[1].Hits, w.counters.Memory[0].Hits = n(1), n(3), n(9)
		w.counters.Memory[1].Limit = cgroupview.Limit{Value: 300 * mib, From: slice, File: "memory.max"}
	})
	list[0].counters.Memory[0].Hits = n(9)
	if f := of(report(t, list...), ruleOOM); f.Group.Raw() != "/sys/fs/cgroup/pods" {
		t.Errorf("it was the limit of the slice: %+v", f)
	}
	// No limit was reached: it was the host.
	w = healthy()
	w.counters.Killed = n(1)
	if f := of(report(t, w), ruleOOM); !strings.Contains(strings.Join(f.Evidence, "\n"), "the host's memory ran out") {
		t.Errorf("%+v", f)
	}
}

// TestUnknownIsNotZero: what could not be read is said, and is no finding and no health.
func TestUnknownIsNotZero(t *testing.T) {
	why := errors.New("not \x1b permitted")
	bad := cgroupview.Reading{Err: why}
	limit := cgroupview.Limit{Err: why}
	w := healthy()
	w.sample = cgroupview.Sample{Memory: bad, MemoryLimit: limit, PIDs: bad, PIDsLimit: limit, FrozenErr: why,
		CPULimit: limit}
	w.counters = &counters.Counters{Killed: bad, Memory: []counters.MemoryLevel{{Group: web, Hits: bad, Limit: limit}},
		CPUErr: why,
		Tasks:  []counters.TaskLevel{{Group: web, Limit: limit, Refused: bad}}, Swap: bad, MajorFaults: bad,
		PressureErr: why}
	r := report(t, w)
	if len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
	for _, rule := range []*Rule{ruleOOM, ruleMemory, ruleTasks, ruleRefused, ruleThrottled, ruleMemoryWait, ruleIOWait,
		ruleCPUWait, ruleThrash, ruleSwap, ruleFrozen, ruleTakenBack, ruleNoLimit, ruleAdvice} {
		if !unknown(r, rule) {
			t.Errorf("%s: that it was not judged is not said", rule.Name)
		}
	}
	for _, u := range r.Unknown {
		if strings.ContainsAny(u.Why, "\x1b\n") {
			t.Errorf("%q reaches the terminal", u.Why)
		}
	}
	w = healthy()
	w.counters, w.trouble, w.machine = nil, nil, func(h *detail.HostFacts) {
		h.Memory.Err = why
		h.Pressure = nil
	}
	r = judged(t, Ask{}, w)
	if !unknown(r, nil) || !unknown(r, ruleHostMemory) || !unknown(r, ruleHostOOM) || !unknown(r, ruleCPUWait) {
		t.Errorf("an old recording: %+v", r.Unknown)
	}
}

// TestOneMoment tells what it takes two for.
func TestOneMoment(t *testing.T) {
	list := dead(3, 'Z')
	list[1].processes = append(list[1].processes, process(900, 11, 'D'))
	r := judged(t, Ask{}, list[1])
	if of(r, ruleZombies) != nil || of(r, ruleBlocked) != nil || !unknown(r, ruleThrash) {
		t.Errorf("%+v", r)
	}
}

// TestWhatPasses is no finding: a child that is reaped a moment later, a PID that another process has by now, and a
// process that has worked between its waits.
func TestWhatPasses(t *testing.T) {
	list := dead(2, 'Z')
	list[1].processes[3].StartTime++ // another process
	list[1].processes[4].State = 'S'
	blocked := dead(2, 'D')
	blocked[1].processes[3].UTime++
	blocked[1].processes[4].NumThreads = 2
	blocked[1].processes[4].State = 'Z' // other threads of it run
	for _, l := range [][]*world{list, blocked} {
		if r := judged(t, Ask{}, l...); len(r.Findings) > 0 {
			t.Errorf("%+v", r.Findings)
		}
	}
	// Version 1 of the freezer has frozen tasks in D: they wait for nothing else.
	frozen := dead(2, 'D')
	frozen[0].sample.Frozen, frozen[1].sample.Frozen = true, true
	if r := report(t, frozen...); of(r, ruleBlocked) != nil || of(r, ruleFrozen) == nil {
		t.Errorf("%+v", r.Findings)
	}
}

// TestRecommendedIsNeverBelowThePeak, whatever the peak and the limit are.
func TestRecommendedIsNeverBelowThePeak(t *testing.T) {
	for _, peak := range []uint64{0, 1, 4096, mib - 1, mib, 100*mib + 1, 1 << 40, 1<<62 - 1, 1 << 62, math.MaxUint64} {
		for _, limit := range []uint64{0, 1, 100 * mib, 1 << 62, math.MaxUint64} {
			list := growing(10, 0, 13)
			for _, w := range list {
				w.sample.Memory, w.sample.MemoryLimit.Value = n(5), limit
			}
			list[4].sample.Memory = n(peak)
			s := NewSeries()
			for _, w := range list {
				s.Add(w.moment(), nil)
			}
			got, ok := s.tracks["w"].recommended()
			if !ok || got < peak || peak > 0 && peak < 1<<60 && float64(got) < 1.25*float64(peak) {
				t.Errorf("peak %d, limit %d: %d, %v", peak, limit, got, ok)
			}
		}
	}
	// A peak that the limit cut says nothing of what it would have been.
	list := growing(99*mib, 0, 13)
	f := of(report(t, list...), ruleAdvice)
	if f == nil || !strings.Contains(f.Helps[0], "memory=150M") || !strings.Contains(strings.Join(f.Evidence, "\n"),
		"might have been higher") {
		t.Errorf("%+v", f)
	}
}

// TestSeriesIsBounded by what there is, however many moments there were, and begins anew where time goes back.
func TestSeriesIsBounded(t *testing.T) {
	s := NewSeries()
	w := healthy()
	for i := range 5000 {
		w.at = time.Duration(i) * time.Second
		counters := *w.counters // each moment has its own
		counters.Killed = n(uint64(i))
		w.counters = &counters
		s.Add(w.moment(), nil)
	}
	track := s.tracks["w"]
	if len(track.points) > 70 || len(track.bases) > 10 || track.kills.n != 4999 || len(s.tracks) != 1 {
		t.Errorf("%d points, %d bases, %d kills", len(track.points), len(track.bases), track.kills.n)
	}
	if since := track.kills.since.Sub(track.kills.to); since != -4998*time.Second {
		t.Errorf("the first of 4,999 kills is told as %v before the last", -since)
	}
	if b, ok := track.before(); !ok || track.at().Sub(b.at) < baseTime || track.at().Sub(b.at) > 2*baseTime {
		t.Errorf("rates are over %v", track.at().Sub(b.at))
	}
	if span := track.trendSpan(); span < trendTime-time.Minute || span > trendTime {
		t.Errorf("the trend is over %v", span)
	}
	w.at = time.Second
	s.Add(w.moment(), nil)
	if s.Moments() != 1 {
		t.Errorf("%d moments after going back", s.Moments())
	}
	for i := range 2 * maxSeen {
		s.Saw(OOMKill{PID: i})
	}
	if len(s.seen) != maxSeen {
		t.Errorf("%d kills", len(s.seen))
	}
}

// TestEveryLastingProcessIsKnown: since when the last of very many processes waits is known as that of the first is.
func TestEveryLastingProcessIsKnown(t *testing.T) {
	s, w := NewSeries(), healthy()
	m := w.moment()
	const many = 120_000
	m.Snapshot.Processes = slices.Grow(m.Snapshot.Processes, many)
	for pid := range many {
		m.Snapshot.Processes = append(m.Snapshot.Processes, process(pid+1000, 1, 'Z'))
	}
	last := m.Snapshot.Processes[len(m.Snapshot.Processes)-1].ID()
	s.Add(m, nil)
	if _, known := s.lasting[last]; !known {
		t.Errorf("of %d zombies the last is not known", many)
	}
}

// TestWitness: what events tell of a kill is evidence for the container that the victim was in.
func TestWitness(t *testing.T) {
	w := healthy()
	w.counters.Killed = n(1)
	s := NewSeries()
	s.Add(w.moment(), nil)
	s.Saw(OOMKill{Time: began, PID: 77, Name: text.New("ja\x1bva"), Group: "/pods/web/inner", Limit: "/pods/web"})
	s.Saw(OOMKill{Time: began, PID: 78, Name: text.New("other"), Group: "/pods/website"})
	r, err := s.Judge(Ask{Keys: []string{"w"}})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(of(r, ruleOOM).Evidence, "\n")
	if !strings.Contains(said, `2026-01-05 03:00:00: PID 77 (ja\x1bva), for the limit of /pods/web`) ||
		strings.Contains(said, "78") {
		t.Error(said)
	}
}

// TestRank: the worst first, then in the order of the table, then what is worse.
func TestRank(t *testing.T) {
	w := healthy()
	w.counters.Killed, w.counters.Memory[0].Used = n(1), n(99*mib)
	w.counters.Tasks[0].Used = n(85)
	w.sample.Frozen = true
	r := report(t, w)
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprint(f.Severity, " ", f.Rule.Name))
	}
	want := []string{"critical memory-near-limit", "warning oom-killed", "warning tasks-near-limit", "note frozen"}
	if !slices.Equal(got, want) || r.Worst() != Critical {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOfAProcess: itself, its children, and the container that it is in.
func TestOfAProcess(t *testing.T) {
	list := dead(2, 'Z')
	list[1].counters.Tasks[0].Used = n(100)
	r := judged(t, Ask{Process: procwalk.ID{PID: 11, Start: 11}, Name: text.New("PID 11 (sh)")}, list...)
	if of(r, ruleZombies) == nil || of(r, ruleTasks) == nil {
		t.Errorf("%+v", r.Findings)
	}
	r = judged(t, Ask{Process: procwalk.ID{PID: 1, Start: 1}, Name: text.New("PID 1 (init)")}, list...)
	if len(r.Findings) > 0 || !unknown(r, nil) {
		t.Errorf("init is in no container: %+v", r)
	}
	s := NewSeries()
	s.Add(list[0].moment(), nil)
	if _, err := s.Judge(Ask{Process: procwalk.ID{PID: 11, Start: 12}}); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("another process with its PID: %v", err)
	}
	if _, err := s.Judge(Ask{Keys: []string{"x"}}); !errors.Is(err, procwalk.ErrGone) {
		t.Errorf("a container that is gone: %v", err)
	}
	if _, err := NewSeries().Judge(Ask{}); !errors.Is(err, ErrNoMoment) {
		t.Error(err)
	}
}

// TestWChan: where a process hangs is told, and that it is not known.
func TestWChan(t *testing.T) {
	list := dead(3, 'D')
	list[1].trouble.Blocked = []inventory.Blocked{{ID: list[1].processes[3].ID(), WChan: text.New("fuse_\nwait")},
		{ID: list[1].processes[4].ID(), WhyNot: errors.New("EPERM")}}
	said := strings.Join(of(report(t, list...), ruleBlocked).Evidence, "\n")
	for _, want := range []string{`in fuse_\nwait`, "does not know where it waits: EPERM",
		"PID 102 (sh) for at least 1 s, bones does not know where it waits"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said: %s", want, said)
		}
	}
}

// TestSystemdTakesItBack: what systemd tells is believed, and of a recording it is said that nobody asked it.
func TestSystemdTakesItBack(t *testing.T) {
	tell := func(string, cgroupview.Groups) ([]TakenBack, error) {
		return []TakenBack{{Group: web, File: "pids.max", Now: "7", Owner: "systemd has TasksMax=9",
			Keep: "systemctl x"}}, nil
	}
	f := of(judged(t, Ask{Keys: []string{"w"}, Systemd: tell}, healthy()), ruleTakenBack)
	if f == nil || !strings.Contains(f.Evidence[0], "pids.max of /pods/web is 7; systemd has TasksMax=9") ||
		f.Helps[0] != "systemctl x" {
		t.Errorf("%+v", f)
	}
	s := NewSeries()
	m := healthy().moment()
	m.Usage[0].Groups.List[0] = group("/system.slice/docker-x.scope")
	s.Add(m, nil)
	r, err := s.Judge(Ask{Keys: []string{"w"}})
	if err != nil || !unknown(r, ruleTakenBack) {
		t.Errorf("%+v %v", r.Unknown, err)
	}
}

// TestUnknownsAddUp: of many containers one line.
func TestUnknownsAddUp(t *testing.T) {
	m := healthy().moment()
	for range 3 {
		m.Usage = append(m.Usage, m.Usage[0])
	}
	s := NewSeries()
	s.Add(m, nil)
	r, err := s.Judge(Ask{})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range r.Unknown {
		if u.Rule == ruleFilling {
			if u.Subjects != 4 {
				t.Errorf("%+v", u)
			}
			return
		}
	}
	t.Errorf("%+v", r.Unknown)
}

// TestNoTrendAcrossASetClock: a clock on the wall that was set makes no rate of a second ago one of an hour: nothing
// is told of what goes across that, and what came after is judged as ever.
func TestNoTrendAcrossASetClock(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		list := growing(90*mib, 10*1024, 24)
		for i, w := range list {
			w.boot = w.at + time.Hour
			if i >= 22 {
				w.at += by
			}
		}
		if r := report(t, list...); of(r, ruleFilling) != nil || !unknown(r, ruleFilling) || r.Moments != 2 {
			t.Errorf("set by %v: %d moments, %v", by, r.Moments, of(r, ruleFilling))
		}
		for _, w := range list[22:] {
			w.at -= by
		}
		if r := report(t, list...); of(r, ruleFilling) == nil || r.Moments != 24 {
			t.Errorf("as it should be: %d moments, %v", r.Moments, r.Unknown)
		}
	}
}

// TestNoGroupsAreTheReason: where no control group can be read, that is why a container and a process are not judged,
// and not an older bones or a recording.
func TestNoGroupsAreTheReason(t *testing.T) {
	w := healthy()
	w.counters = nil
	m := w.moment()
	m.UsageErr = cgroupview.ErrNoHierarchies
	own := m.Snapshot.Processes[0]
	for _, ask := range []Ask{{Keys: []string{"w"}}, {Process: own.ID(), Extra: "x"}} {
		s := NewSeries()
		s.Add(m, nil)
		r, err := s.Judge(ask)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(r.Unknown, func(u Unknown) bool { return u.Rule == nil })
		if i < 0 || !errors.Is(r.Unknown[i].Err, cgroupview.ErrNoHierarchies) {
			t.Errorf("%+v: not judged: %+v", ask, r.Unknown)
		}
	}
}
