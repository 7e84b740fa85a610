package health

import (
	"strings"
	"testing"

	"bones/cgroupview"
)

// TestRecommendedOfALongRecording: where moments were passed over, the peak may have been in one of them. What is
// recommended is not below what the kernel counted; where it counts nothing, nothing is recommended.
func TestRecommendedOfALongRecording(t *testing.T) {
	judge := func(skipped int, limit, kernel uint64) *Report {
		t.Helper()
		s := NewSeries()
		for _, w := range growing(10*mib, 0, 13) {
			w.sample.MemoryLimit.Value = limit
			if w.counters.Peak = n(kernel); kernel == 0 {
				w.counters.Peak = cgroupview.Reading{Err: cgroupview.ErrUnsupported}
			}
			s.Add(w.moment(), nil)
		}
		s.Skipped(skipped)
		r, err := s.Judge(Ask{Keys: []string{"w"}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if f := of(judge(0, 800*mib, 77*mib), ruleAdvice); f == nil || !strings.Contains(f.Helps[0], "memory=13M") {
		t.Errorf("of all moments: %+v", f)
	}
	f := of(judge(5, 800*mib, 77*mib), ruleAdvice)
	if f == nil || !strings.Contains(f.Helps[0], "memory=77M") ||
		!strings.Contains(strings.Join(f.Evidence, "\n"), "5 moments of the recording were passed over") {
		t.Errorf("of some of them: %+v", f)
	}
	if f := of(judge(5, 60*mib, 77*mib), ruleAdvice); f != nil {
		t.Errorf("a limit is called too high that is below what the kernel counted: %+v", f)
	}
	if r := judge(5, 800*mib, 0); of(r, ruleAdvice) != nil || !unknown(r, ruleAdvice) {
		t.Errorf("what the peak was is not known: %+v", r.Unknown)
	}
}

// TestShortMemoryHasItsCommand: where the limit is what keeps memory short, the command that raises it comes first;
// where the limit is far, the host's memory is short, and nobody is told to raise a limit.
func TestShortMemoryHasItsCommand(t *testing.T) {
	for _, used := range []uint64{99 * mib, 20 * mib} {
		list := pressed("memory")(0.5)
		for _, w := range list {
			w.sample.MemoryUsage, w.sample.Memory = n(used), n(min(used, 50*mib))
		}
		f := of(report(t, list...), ruleMemoryWait)
		if f == nil {
			t.Fatal("it does not wait")
		}
		if got := strings.HasPrefix(f.Helps[0], "bones set web memory=150M"); got != (used > 80*mib) {
			t.Errorf("%d MiB of 100 in use: %q", used/mib, f.Helps)
		}
	}
}
