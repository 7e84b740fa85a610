package record

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

// inUse is how many bytes of the heap are in use.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what has a finalizer goes the second time
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestEncoderIsAsLargeAsItsMoments: what writes the moments of a small host takes a few megabytes, and writing more of
// them takes no more. A recorder runs for weeks beside what matters.
func TestEncoderIsAsLargeAsItsMoments(t *testing.T) {
	w := worldtest.New(300, 10)
	w.Turnover = 20
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	before := inUse()
	for second := range proctest.Soak(2, 20)*keyEvery + 1 {
		if _, _, err := e.Encode(FrameOf(w.Moment(second), Names{})); err != nil {
			t.Fatal(err)
		}
		if second%20 != 19 {
			continue
		}
		if took := inUse() - before; took > 6<<20 {
			t.Fatalf("after %d frames it takes %d KiB", second+1, took>>10)
		}
	}
	runtime.KeepAlive(e)
}

// TestFrameOfLongCommandLines: a frame has the beginnings of long command lines, and does not keep the rest in memory.
func TestFrameOfLongCommandLines(t *testing.T) {
	m := worldtest.New(300, 0).Moment(1)
	for i := range m.Snapshot.Processes {
		line := strings.Repeat("x", procwalk.CmdlineMax)
		m.Snapshot.Processes[i].Cmdline = &procwalk.Cmdline{Raw: text.New(line)}
	}
	before := inUse()
	f := FrameOf(m, Names{})
	m = nil
	if f.Head.Cut != 300 || f.Processes[7].Cmdline.Raw.Len() != CommandMax || !f.Processes[7].Cmdline.Truncated {
		t.Errorf("%d are cut, one to %d bytes", f.Head.Cut, f.Processes[7].Cmdline.Raw.Len())
	}
	if fell := before - inUse(); fell < 30<<20 {
		t.Errorf("of 37 MiB %d KiB are free again", fell>>10)
	}
	runtime.KeepAlive(f)

	// Of a line that its reader has cut already it is said too.
	short := worldtest.New(2, 0).Moment(1)
	line := text.New(strings.Repeat("x", CommandMax))
	short.Snapshot.Processes[1].Cmdline = &procwalk.Cmdline{Raw: line, Truncated: true}
	if f := FrameOf(short, Names{}); f.Head.Cut != 1 {
		t.Errorf("%d are cut", f.Head.Cut)
	}
}

// TestManyLongCommandLines: thousands of processes with long arguments make a frame no larger than its bound, and what
// writes it takes no more for it: of each line less is kept, which the frame says. A short line is whole all the same.
func TestManyLongCommandLines(t *testing.T) {
	w := worldtest.New(6000, 0)
	long := func(second int) *inventory.Moment {
		m := w.Moment(second)
		for i := range m.Snapshot.Processes {
			word := fmt.Sprintf("%d,%d ", i, i*i)
			line := strings.Repeat(word, CommandMax/len(word)+1)[:CommandMax]
			if i == 7 {
				line = "short"
			}
			m.Snapshot.Processes[i].Cmdline = &procwalk.Cmdline{Raw: text.New(line), Truncated: i != 7}
		}
		return m
	}
	m := long(0)
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	before := inUse()
	for second := range 3 {
		f := FrameOf(m, Names{})
		sum := 0
		for i := range f.Processes {
			sum += f.Processes[i].Cmdline.Raw.Len()
		}
		if sum > commandsMax || f.Head.Cut != 5999 || f.Head.CutTo != 256 || f.CutLines() == nil ||
			f.Processes[7].Cmdline.Raw.Raw() != "short" || f.Processes[7].Cmdline.Truncated {
			t.Fatalf("%d bytes of command lines, %d cut to %d, said: %v", sum, f.Head.Cut, f.Head.CutTo, f.CutLines())
		}
		b, key, err := e.Encode(f)
		if err != nil || key != (second == 0) || !key && len(b) > 4<<10 {
			t.Fatalf("frame %d takes %d bytes, key %v, %v", second, len(b), key, err)
		}
	}
	if took := inUse() - before; took > 16<<20 {
		t.Errorf("what writes it takes %d MiB", took>>20)
	}
	runtime.KeepAlive(e)
	runtime.KeepAlive(m)
}
