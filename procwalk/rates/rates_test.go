package rates

import (
	"slices"
	"testing"
	"time"

	"bones/procwalk"
)

func at(uptime time.Duration, rows ...procwalk.Process) *procwalk.Snapshot {
	return &procwalk.Snapshot{Uptime: uptime, Host: procwalk.Machine{TicksPerSec: 100}, Processes: rows}
}

func used(pid int, start, ticks uint64) procwalk.Process {
	return procwalk.Process{Stat: procwalk.Stat{PID: pid, StartTime: start, UTime: ticks / 2, STime: ticks - ticks/2}}
}

func TestRates(t *testing.T) {
	old := at(10*time.Second, used(1, 5, 100), used(2, 5, 10), used(3, 5, 50), used(4, 5, 40))
	now := at(12*time.Second, used(1, 5, 300), used(2, 900, 400), used(4, 5, 39), used(9, 950, 1))
	rates, known := Of(old, now)
	if want := []bool{true, false, true, false}; !slices.Equal(known, want) {
		t.Errorf("known = %v, want %v: PID 2 is another process, 9 is new", known, want)
	}
	if rates[0].CPU != 1 {
		t.Errorf("200 ticks in 2 s are one processor, got %v", rates[0].CPU)
	}
	if rates[2].CPU != 0 {
		t.Errorf("a counter that steps back is no growth, got %v", rates[2].CPU)
	}
	if _, known := Of(now, now); slices.Contains(known, true) {
		t.Error("no time has passed, but a rate is known")
	}
	if _, known := Of(nil, now); slices.Contains(known, true) {
		t.Error("nothing to compare with, but a rate is known")
	}
}

func TestRatesOfIO(t *testing.T) {
	a, b := used(1, 5, 0), used(1, 5, 0)
	a.IO, b.IO = &procwalk.IO{ReadBytes: 1000, WriteBytes: 0}, &procwalk.IO{ReadBytes: 5000, WriteBytes: 8192}
	rates, _ := Of(at(time.Second, a), at(3*time.Second, b))
	if !rates[0].HasIO || rates[0].ReadBytes != 2000 || rates[0].WriteBytes != 4096 {
		t.Errorf("got %+v", rates[0])
	}
	b.IO = &procwalk.IO{Err: procwalk.ErrGone}
	if rates, _ := Of(at(time.Second, a), at(3*time.Second, b)); rates[0].HasIO {
		t.Error("io could not be read, but a rate is known")
	}
}
