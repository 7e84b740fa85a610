package rates

import (
	"testing"
	"time"

	"bones/procwalk"
)

func TestClockSet(t *testing.T) {
	at := func(wall, boot time.Duration) *procwalk.Snapshot {
		return &procwalk.Snapshot{Taken: time.Unix(1e9, 0).Add(wall), Uptime: boot}
	}
	for _, x := range []struct {
		name       string
		wall, boot time.Duration
		set        bool
	}{
		{"as it should be", 5 * time.Second, 5 * time.Second, false},
		{"set back", -time.Hour, 5 * time.Second, true},
		{"set back by less than the step", 4 * time.Second, time.Minute, true},
		{"set forward", time.Hour, 5 * time.Second, true},
		{"turned by NTP over a day", 24*time.Hour + 40*time.Second, 24 * time.Hour, false},
		{"slept for a night", 8 * time.Hour, 8 * time.Hour, false},
		{"started again", time.Hour, -48 * time.Hour, false},
	} {
		if got := ClockSet(at(0, 50*time.Hour), at(x.wall, 50*time.Hour+x.boot)); got != x.set {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}
