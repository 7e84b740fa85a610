package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/cmd/bones/internal/timespan"
)

// ParseTime reads a time of the past as people write it: "now"; a span before it, such as -2h, -90s or -1d12h; a time
// of day, such as 03:00 or 03:00:30, the last one that was; today or yesterday, alone for its midnight or with a time
// of day behind it; a day and a time, 2026-01-31 03:00; RFC 3339; or seconds since 1970, as `date +%s` prints them,
// with or without an @ before them. What has no zone is in that of now.
func ParseTime(s string, now time.Time) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "now" {
		return now, nil
	}
	if strings.HasPrefix(s, "-") {
		if d, err := timespan.Parse(s[1:]); err == nil {
			return now.Add(-d), nil
		}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05",
		"2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return t, nil
		}
	}
	if t, ok := sinceEpoch(s); ok {
		return t, nil
	}
	day, rest, _ := strings.Cut(s, " ")
	before, isDay := map[string]int{"today": 0, "yesterday": 1}[day]
	if !isDay {
		rest = s
	} else if rest == "" {
		rest = "00:00"
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		t, err := time.Parse(form, rest)
		if err != nil {
			continue
		}
		if isDay {
			return onDay(now, before, t), nil
		}
		// Where clocks were put back in the night, 02:30 was twice: the last one that was is meant.
		first, second := twice(onDay(now, 0, t))
		_, dayBefore := twice(onDay(now, 1, t))
		for _, at := range []time.Time{second, first, dayBefore} {
			if !at.After(now) {
				return at, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write it as 03:00, -2h, \"yesterday 03:00\", 2026-01-31 03:00, "+
		"or now", s)
}

// ParseSince is ParseTime for whoever looks back from now: "1h" is what "-1h" is.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if d, err := timespan.Parse(s); err == nil {
		return now.Add(-d), nil
	}
	t, err := ParseTime(s, now)
	if err != nil {
		err = fmt.Errorf("%q is not a time; write it as 1h, 2d, 03:00, yesterday or 2026-01-31 03:00", s)
	}
	return t, err
}

// onDay is a time of day, so many days before now.
func onDay(now time.Time, before int, clock time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day()-before, clock.Hour(), clock.Minute(), clock.Second(), 0,
		now.Location())
}

// twice are the two times at which the clock on the wall shows what it shows at t, in the night in which clocks are
// put back; else both are t. time.Date gives either.
func twice(t time.Time) (first, second time.Time) {
	const night = 3 * time.Hour
	_, early := t.Add(-night).Zone()
	_, late := t.Add(night).Zone()
	back := time.Duration(early-late) * time.Second
	same := func(other time.Time) bool { return other.Format(time.DateTime) == t.Format(time.DateTime) }
	switch {
	case back > 0 && same(t.Add(back)):
		return t, t.Add(back)
	case back > 0 && same(t.Add(-back)):
		return t.Add(-back), t
	}
	return t, t
}

// sinceEpoch reads seconds since 1970. Without an @ there must be so many digits that nothing else can be meant.
func sinceEpoch(s string) (time.Time, bool) {
	digits, marked := strings.CutPrefix(s, "@")
	if !marked && len(digits) < 9 {
		return time.Time{}, false
	}
	whole, part, _ := strings.Cut(digits, ".")
	n, err := strconv.ParseUint(whole, 10, 33) // up to the year 2242
	if err != nil {
		return time.Time{}, false
	}
	nano := uint64(0)
	if part != "" {
		if nano, err = strconv.ParseUint((part + "000000000")[:9], 10, 32); err != nil || len(part) > 9 {
			return time.Time{}, false
		}
	}
	return time.Unix(int64(n), int64(nano)), true
}
