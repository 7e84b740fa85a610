package container

import (
	"testing"
	"time"
)

// TestStatus: what became of a container in Docker's words.
func TestStatus(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	code := 137
	for want, c := range map[string]Stopped{
		"Exited (137) 3 hours ago":               {Exit: &code, Ended: now.Add(-3 * time.Hour)},
		"Exited (137) 2 days ago, out of memory": {Exit: &code, Ended: now.Add(-50 * time.Hour), OOM: true},
		"Exited (137)":                           {Exit: &code},
		"Restarting (137) 5 seconds ago":         {Exit: &code, Restarting: true, Ended: now.Add(-5 * time.Second)},
		"Created":                                {Created: true},
		"Stopped":                                {},
		"Exited (137) less than a second ago":    {Exit: &code, Ended: now.Add(time.Minute)}, // another clock
		"Exited (137) about a minute ago":        {Exit: &code, Ended: now.Add(-61 * time.Second)},
		"Exited (137) about an hour ago":         {Exit: &code, Ended: now.Add(-62 * time.Minute)},
		"Exited (137) 3 weeks ago":               {Exit: &code, Ended: now.Add(-22 * 24 * time.Hour)},
		"Exited (137) 3 months ago":              {Exit: &code, Ended: now.Add(-100 * 24 * time.Hour)},
		"Exited (137) 2 years ago":               {Exit: &code, Ended: now.Add(-800 * 24 * time.Hour)},
	} {
		if got := c.Status(now); got != want {
			t.Errorf("%q, and it is %q", got, want)
		}
	}
}
