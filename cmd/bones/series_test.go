package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/worldtest"
	"bones/ui/rows/rowstest"
)

// writeWorld records a world every ten seconds, but for a pause from second 300 to 480.
func writeWorld(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := record.NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	w := worldtest.New(60, 5)
	for second := 0; second <= 900; second += 10 {
		if second > 300 && second < 480 {
			continue
		}
		if err := s.Write(record.FrameOf(w.Moment(second), record.Names{})); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSeries: a line for each container and step, with averages over the step; what a pause of the recorder hides is
// left out and said, and never a zero.
func TestSeries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world")
	writeWorld(t, path)
	at := func(second int) string {
		return rowstest.Boot().Add(time.Duration(second) * time.Second).Format(time.RFC3339)
	}
	run := func(status int, args ...string) (string, string) {
		t.Helper()
		a, out, errOut := testApp(t)
		if got := a.run(t.Context(), append([]string{"stats", "--from", path}, args...)); got != status {
			t.Fatalf("%q: status %d, %s", args, got, errOut)
		}
		return out.String(), errOut.String()
	}

	out, said := run(0, "web3", "--every", "1m", "--begin", at(0), "--end", at(900), "--csv")
	lines, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(lines) != 1+13 || strings.Join(lines[0][:3], " ") != "time by name" {
		t.Fatalf("%v, %d lines: %s", err, len(lines), out)
	}
	if !strings.Contains(said, "2 of the 15 steps") {
		t.Errorf("of the pause it says %q", said)
	}
	for _, l := range lines[1:] {
		// 3 thousandths of a processor is 0.3 %; 4096 bytes a second are 245760 a minute.
		want := []string{"container", "web3", "1", "0.3", "3145728", "104857600", "10", "245760", ""}
		if l[0] == at(480) { // the first after the pause: what went on in the step is not known
			want[3], want[7] = "", ""
		}
		got := []string{l[1], l[2], l[4], l[5], l[6], l[7], l[8], l[9], l[10]}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%s: %q, want %q", l[0], got, want)
		}
	}

	out, _ = run(0, "--every", "5m", "--end", at(300), "--json")
	var list []struct {
		Time   time.Time
		Name   string
		CPU    *float64 `json:"cpu_percent"`
		Limit  *uint64  `json:"memory_limit_bytes"`
		Write  *uint64  `json:"write_bytes"`
		Errors map[string]string
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 2*5 {
		t.Fatalf("%v, %d points: %s", err, len(list), out)
	}
	for _, p := range list {
		if p.Limit == nil || p.Write != nil || p.Errors["write_bytes"] == "" {
			t.Errorf("%+v: a limit and why there are no bytes written", p)
		}
	}

	out, _ = run(0, "--group", "pod", "--every", "5m", "--begin", at(0), "--end", at(300))
	if !strings.Contains(out, "POD") || strings.Count(out, "\n") != 1+4 {
		t.Errorf("by pod:\n%s", out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "prod/shop-0") && !strings.Contains(line, " 0.4 ") { // web0 and web4
			t.Errorf("shop-0: %s", line)
		}
	}

	for _, c := range [][]string{{"--every", "1ms"}, {"--every", "x"}, {"--begin", "soon"}, {"--csv", "--at", "now"}} {
		if _, said := run(exitUsage, c...); strings.Count(said, "\n") != 1 {
			t.Errorf("%q: %s", c, said)
		}
	}
	if _, said := run(exitFailed, "--begin", at(5000), "--end", at(6000)); !strings.Contains(said, at(900)) {
		t.Errorf("after its end: %s", said)
	}
	// What lies before the recording is said, and is not too many steps.
	if _, said := run(0, "--every", "1s", "--begin", "2001-01-01"); !strings.Contains(said, "steps have no moment") {
		t.Errorf("from long before it: %s", said)
	}
	run(exitNoTarget, "nobody", "--every", "1m")
	a, _, errOut := testApp(t)
	line := []string{"stats", "--every", "1m", "--begin", "-1h", "--end", "now", "--csv"}
	if got := a.run(t.Context(), line); got != exitUsage ||
		!strings.Contains(errOut.String(), "--from") {
		t.Errorf("without a recording: %d, %s", got, errOut)
	}
}

// TestSeriesAcrossASetClock: where the clock was set back there is a series of all that was recorded, and no rate goes
// across that; what the clock jumped over when it was set forward is left out.
func TestSeriesAcrossASetClock(t *testing.T) {
	for _, by := range []time.Duration{-time.Hour, time.Hour} {
		path := filepath.Join(t.TempDir(), "world")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := record.NewStream(f)
		if err != nil {
			t.Fatal(err)
		}
		w := worldtest.New(60, 5)
		for second := 0; second <= 600; second += 10 {
			m := w.Moment(second)
			if second > 300 {
				m.Snapshot.Taken = m.Snapshot.Taken.Add(by)
				for i := range m.Usage {
					m.Usage[i].Sample.Time = m.Snapshot.Taken
				}
			}
			if err := s.Write(record.FrameOf(m, record.Names{})); err != nil {
				t.Fatal(err)
			}
		}
		f.Close()
		a, out, said := testApp(t)
		if status := a.run(t.Context(), []string{"stats", "--from", path, "web3", "--every", "1m", "--csv"}); status != 0 {
			t.Fatalf("set by %v: status %d, %s", by, status, said)
		}
		lines, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil || len(lines) < 1+10 {
			t.Fatalf("set by %v: %v, %d lines: %s", by, err, len(lines), out)
		}
		for _, l := range lines[1:] {
			if l[5] != "" && l[5] != "0.3" {
				t.Errorf("set by %v: at %s %s %% of a processor, where 0.3 %% was used all the time", by, l[0], l[5])
			}
		}
	}
}
