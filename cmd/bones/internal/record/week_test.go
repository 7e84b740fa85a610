package record

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
	"bones/ui/rows/rowstest"
)

// BenchmarkReplay goes about in seven days of 5,000 processes, a frame every five seconds. One hour of it is recorded;
// the other 167 are that segment under other names (hard links), each with an index of its own hour: to the reader
// they are files of full size. What is measured is a moment and the one before, for the rates, on the clock on the
// wall,
// as the terminal UI asks for them; the median and the time that 95 of 100 stay below. A step is made at once, as by a
// key that is held down, and (looked-step) after what is read meanwhile has been read, as by somebody who looks first.
func BenchmarkReplay(b *testing.B) {
	const processes, hours = 5000, 7 * 24
	dir := filepath.Join(b.TempDir(), "recording")
	hourOf(b, dir, processes, 5)
	andHours(b, dir, hours)
	began := time.Now()
	r := open(b, dir)
	p := replayOf(b, r)
	opened := time.Since(began)
	rnd := rand.New(rand.NewPCG(7, 11))
	var seeks, on, back, looked taken
	timed := func(list *taken, move func() error) {
		began, cpu := time.Now(), cpuTime(b)
		if err := move(); err != nil {
			b.Fatal(err)
		}
		if _, err := p.Moment(b.Context(), Ask()); err != nil {
			b.Fatal(err)
		}
		p.Before()
		list.wall, list.cpu = append(list.wall, time.Since(began)), append(list.cpu, cpuTime(b)-cpu)
	}
	b.ResetTimer()
	for b.Loop() {
		for range 100 {
			at := rowstest.Boot().Add(time.Duration(10+rnd.IntN(hours*3600-20)) * time.Second)
			timed(&seeks, func() error { return p.Seek(at.Format(time.RFC3339)) })
			for _, step := range []struct {
				by   int
				list *taken
			}{{1, &on}, {-1, &back}} {
				timed(step.list, func() error { p.Step(step.by); return nil })
			}
			p.ahead.over.Wait() // somebody looks at it
			timed(&looked, func() error { p.Step(1); return nil })
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(opened)/1e6, "open-ms")
	for name, m := range map[string]taken{"seek": seeks, "step": on, "step-back": back, "looked-step": looked} {
		for clock, list := range map[string][]time.Duration{"wall": m.wall, "cpu": m.cpu} {
			slices.Sort(list)
			b.ReportMetric(float64(list[len(list)/2])/1e6, name+"-p50-"+clock+"-ms")
			b.ReportMetric(float64(list[len(list)*95/100])/1e6, name+"-p95-"+clock+"-ms")
		}
	}
}

// taken is how long something took each time. On a machine that is busy the processor time tells what it would be.
type taken struct{ wall, cpu []time.Duration }

// hourOf makes a recording of one hour, with a frame every so many seconds.
func hourOf(tb testing.TB, dir string, processes, every int) {
	tb.Helper()
	s := create(tb, dir, Keep{})
	w := worldtest.New(processes, 50)
	w.Turnover = 2
	for second := 0; second < 3600; second += every {
		if err := s.Write(FrameOf(w.Moment(second), Names{})); err != nil {
			tb.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
}

// andHours makes a recording of so many hours out of one of an hour.
func andHours(tb testing.TB, dir string, hours int) {
	tb.Helper()
	list, _ := filepath.Glob(filepath.Join(dir, "*"+suffix))
	if len(list) != 1 {
		tb.Fatalf("%d segments", len(list))
	}
	one := open(tb, list[0])
	entries := one.segments[0].entries
	for hour := 1; hour < hours; hour++ {
		at := rowstest.Boot().Add(time.Duration(hour) * time.Hour)
		name := filepath.Join(dir, fmt.Sprintf("%08d-%s", hour+1, at.UTC().Format("20060102T150405Z")))
		var index []byte
		for _, e := range entries {
			e.taken += int64(time.Duration(hour) * time.Hour)
			index = e.appendIndex(index)
		}
		if err := os.Link(list[0], name+suffix); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(name+indexSuffix, index, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestKnownFramesAreBounded goes far through frames of 5,000 processes: those that stay decoded take what they are
// counted for, whatever their number, and no more than they may.
func TestKnownFramesAreBounded(t *testing.T) {
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := worldtest.New(5000, 50)
	w.Turnover = 2
	const frames = 15 // three times as many as stay decoded
	for i := range frames {
		if err := s.Write(FrameOf(w.Moment(5*i), Names{})); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	w, s = nil, nil
	p := replayOf(t, open(t, dir))
	before, most := heap(), 0
	for range frames - 1 {
		show(t, p)
		p.ahead.over.Wait()
		most = max(most, p.knownBytes())
		p.Step(-1)
	}
	took := int64(heap()) - int64(before)
	t.Logf("%d frames stay decoded, counted %.1f MiB, and the heap has %.1f MiB more", len(p.known),
		mib(uint64(p.knownBytes())), float64(took)/(1<<20))
	if most > knownBytes || len(p.known) < minKnown || took > 2*knownBytes {
		t.Errorf("%d bytes are counted at most, the heap has %d more, %d frames are kept", most, took, len(p.known))
	}
}
