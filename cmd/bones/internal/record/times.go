package record

import (
	"fmt"
	"strings"
	"time"

	"bones/cmd/bones/internal/timespan"
)

// ParseTime reads a time of the past as people write it: "now"; a span before it, such as -2h, -90s or -3d; a time of
// day, such as 03:00 or 03:00:30, the last one that was; a day and a time, 2026-01-31 03:00; or RFC 3339. What has no
// zone is in that of now.
func ParseTime(s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if strings.HasPrefix(s, "-") {
		if d, err := timespan.Parse(s[1:]); err == nil && d >= 0 {
			return now.Add(-d), nil
		}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05",
		"2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return t, nil
		}
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		t, err := time.Parse(form, s)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		if at.After(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()-1, t.Hour(), t.Minute(), t.Second(), 0, now.Location())
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write it as 03:00, -2h, 2026-01-31 03:00, or now", s)
}
