package record

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/span"
)

// ParseTime reads a time of the past as people write it: "now"; a span before it, such as -2h, -90s or -1d12h; a time
// of day, such as 03:00 or 03:00:30, the last one that was; today or yesterday, alone for its midnight or with a time
// of day behind it; a day and a time, 2026-01-31 03:00; RFC 3339; or seconds since 1970, as `date +%s` prints them,
// with or without an @ before them. What has no zone is in that of now; of what was twice, in the night in which
// clocks are put back, the last one that was is meant.
func ParseTime(s string, now time.Time) (time.Time, error) {
	t, isTime, err := parseTime(s, now)
	if !isTime {
		err = fmt.Errorf("%q is not a time; write it as 03:00, -2h, \"yesterday 03:00\", 2026-01-31 03:00, "+
			"@SECONDS since 1970, or now", s)
	}
	return t, err
}

// parseTime is ParseTime. isTime is false for what is not written as a time; what is and cannot be meant is an error.
func parseTime(s string, now time.Time) (t time.Time, isTime bool, err error) {
	s = strings.Join(strings.Fields(s), " ")
	if strings.EqualFold(s, "now") {
		return now, true, nil
	}
	if strings.HasPrefix(s, "-") {
		if d, err := span.Parse(s[1:]); err == nil {
			return now.Add(-d), true, nil
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true, nil
	}
	for _, form := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05",
		"2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return lastOf(t, now), true, nil
		}
	}
	if t, ok, err := sinceEpoch(s, now); ok {
		return t, true, err
	}
	day, rest, _ := strings.Cut(s, " ")
	before, isDay := map[string]int{"today": 0, "yesterday": 1}[strings.ToLower(day)]
	if !isDay {
		rest = s
	} else if rest == "" {
		rest = "00:00"
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		clock, err := time.Parse(form, rest)
		if err != nil {
			continue
		}
		t := lastOf(onDay(now, before, clock), now)
		switch {
		case !t.After(now):
			return t, true, nil
		case isDay:
			return time.Time{}, true, fmt.Errorf("%q is later than the last moment, which is of %s; "+
				"write %s for the last one that was, or \"yesterday %s\"", s, now.Format("15:04:05"), rest, rest)
		}
		return lastOf(onDay(now, 1, clock), now), true, nil
	}
	return time.Time{}, false, nil
}

// ParseSince is ParseTime for whoever looks back from now: "1h" is what "-1h" is.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if d, err := span.Parse(s); err == nil {
		return now.Add(-d), nil
	}
	t, isTime, err := parseTime(s, now)
	if !isTime {
		err = fmt.Errorf("%q is not a time; write it as 1h, 2d, 03:00, yesterday, 2026-01-31 03:00 or @SECONDS since 1970",
			s)
	}
	return t, err
}

// lastOf is the last time up to now at which the clock on the wall showed what it shows at t; the first one, if both
// are still to come. Which of the two time.Date gives depends on the zone.
func lastOf(t, now time.Time) time.Time {
	first, second := twice(t)
	if second.After(now) {
		return first
	}
	return second
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

// sinceEpoch reads seconds since 1970. Without an @ there must be so many digits that nothing else can be meant; ok is
// false if it is nothing of the sort. What would be far from now without an @ is an error: it may be a date without
// anything between its parts, or milliseconds.
func sinceEpoch(s string, now time.Time) (t time.Time, ok bool, err error) {
	digits, marked := strings.CutPrefix(s, "@")
	if !marked && len(digits) < 9 {
		return t, false, nil
	}
	whole, part, _ := strings.Cut(digits, ".")
	if strings.Trim(whole+part, "0123456789") != "" || whole == "" || len(part) > 9 {
		return t, false, nil
	}
	n, parseErr := strconv.ParseUint(whole, 10, 33) // up to the year 2242
	nano, _ := strconv.ParseUint((part + "000000000")[:9], 10, 32)
	t = time.Unix(int64(n), int64(nano))
	if parseErr != nil || !marked && t.After(now.Add(24*time.Hour)) {
		hint := ""
		if len(whole) == 13 {
			hint = "; it looks like milliseconds: leave out the last three digits"
		}
		return time.Time{}, true, fmt.Errorf("%q is far from now as seconds since 1970%s; write a date as "+
			"2026-01-31 03:00, and seconds as @SECONDS", s, hint)
	}
	return t, true, nil
}
