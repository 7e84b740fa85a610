package glibc

import (
	"testing"
	"time"
)

func TestRuneWidth(t *testing.T) {
	for r, want := range map[rune]int{'é': 1, '日': 2, '\u0301': 0, '\u0378': -1, '\u0080': -1, '😀': 2, 0xffff: -1,
		0x10ffff: -1, 0x110000: -1, 'ﬁ': 1} {
		if got := RuneWidth(r); got != want {
			t.Errorf("%U takes %d columns, want %d", r, got, want)
		}
	}
	for i := 1; i < len(glibcRuns); i++ {
		if glibcRuns[i].lo <= glibcRuns[i-1].hi || glibcRuns[i].hi < glibcRuns[i].lo {
			t.Errorf("the table is not in order at %U", glibcRuns[i].lo)
		}
	}
}

func TestZone(t *testing.T) {
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for tz, want := range map[string]string{
		"":                         "12:00",
		"UTC0":                     "12:00",
		"<+0330>-3:30":             "15:30",
		"EST5EDT,M3.2.0,M11.1.0":   "08:00",
		":/no/such/file":           "12:00",
		"No/Such_Zone":             "12:00",
		"../../../../etc/passwd":   "12:00",
		"evil\nEST5":               "12:00",
		"CET-1CEST,M3.5.0,M10.5.0": "14:00",
	} {
		if got := summer.In(Zone(tz, true)).Format("15:04"); got != want {
			t.Errorf("TZ=%q: noon is %s, want %s", tz, got, want)
		}
	}
}

func TestUTF8Locale(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "C.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "C.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8"}, false}, // not installed
		{map[string]string{"LANG": "C.UTF-8", "LC_TIME": "de_DE.UTF-8"}, false},
		{map[string]string{"LC_ALL": "../C.UTF-8"}, false},
	} {
		if got := UTF8Locale(func(k string) string { return c.env[k] }, dir); got != c.want {
			t.Errorf("%v: %v, want %v", c.env, got, c.want)
		}
	}
	if !UTF8Locale(func(string) string { return "de_DE.UTF-8" }, dir+"/none") {
		t.Error("without a directory of locales any is accepted")
	}
}
