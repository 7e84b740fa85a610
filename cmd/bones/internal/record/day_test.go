package record

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/record/seldom"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// What a recording of a world of 1,000 processes in 50 containers may take.
const (
	dayFrames = 17_280 // at 5 s
	dayBytes  = 200e6
	heapMax   = 64 << 20
	heapDrift = 4 << 20 // from the thousandth frame to the last: what the collector and its caches may differ by
)

// TestDayOfRecording records a world in which a tenth of the processes work, two end and two begin from one moment to
// the next: a day of it stays below 200 MB, and the recorder's memory stays as it is after the first frames.
func TestDayOfRecording(t *testing.T) {
	frames, early := proctest.Soak(2*keyEvery+1, dayFrames), proctest.Soak(keyEvery, 1000)
	dir := filepath.Join(proctest.TempDir(t), "recording")
	s := create(t, dir, Keep{})
	w := worldtest.New(1000, 50)
	w.Turnover = 2
	var before *inventory.Moment
	var r Recorder
	var atEarly, atTenThousand, most uint64
	for i := range frames {
		m := w.Moment(5 * i)
		if r.due.now(m) {
			if err := s.Facts(&seldom.Facts{Taken: m.Snapshot.Taken}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Write(FrameOf(m, Names{})); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteEvents(turnover(before, m)); err != nil {
			t.Fatal(err)
		}
		before = m
		switch n := i + 1; {
		case n == early:
			atEarly = heap()
		case n == 10_000:
			atTenThousand = heap()
		case n%500 == 0:
			most = max(most, heap())
		}
	}
	atEnd := heap()
	most = max(most, atEarly, atEnd)
	size := float64(sizeOf(t, dir))
	day := size / float64(frames) * dayFrames
	t.Logf("%d frames take %.1f MB, a day %.1f MB; the heap has %.1f MiB after %d frames, %.1f after 10,000 and %.1f at "+
		"the end, %.1f at most", frames, size/1e6, day/1e6, mib(atEarly), early, mib(atTenThousand), mib(atEnd), mib(most))
	if day > dayBytes {
		t.Errorf("a day takes %.0f MB, more than %.0f", day/1e6, dayBytes/1e6)
	}
	if most > heapMax || atEnd > atEarly+heapDrift {
		t.Errorf("the heap grows from %.1f to %.1f MiB, with %.1f at most", mib(atEarly), mib(atEnd), mib(most))
	}
	if reader := open(t, dir); reader.Len() != frames || len(reader.Damaged()) > 0 {
		t.Errorf("%d frames of %d are read, %v", reader.Len(), frames, reader.Damaged())
	}
}

// turnover is what the kernel would have told: which processes have ended since, and which have begun.
func turnover(before, now *inventory.Moment) *events.Batch {
	b := &events.Batch{Until: now.Snapshot.Taken}
	if before == nil {
		return b
	}
	b.Since = before.Snapshot.Taken
	note := func(kind events.EventKind, in, notIn *inventory.Moment) {
		for i := range in.Snapshot.Processes {
			if p := &in.Snapshot.Processes[i]; notIn.Snapshot.FindID(p.ID()) == nil {
				b.Events = append(b.Events, events.Event{Time: b.Until.Add(-time.Second), Kind: kind, PID: p.PID,
					Start: p.StartTime, Command: p.Comm, What: text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw())),
					Evidence: text.New("the proc connector")})
			}
		}
	}
	note(events.Exit, before, now)
	note(events.Exec, now, before)
	return b
}

// heap is what is in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools let go at the second
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func mib(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

// sizeOf is how many bytes the files of a directory have.
func sizeOf(t testing.TB, dir string) (sum int64) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range list {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}
