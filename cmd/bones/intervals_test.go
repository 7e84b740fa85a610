package main

import (
	"strings"
	"testing"
	"time"

	"bones/procwalk/span"
)

// TestIntervalsAreOneGrammar: wherever a time between two readings is asked for, a number of seconds will do as well
// as 5s or 1m, and what Tab offers shows both.
func TestIntervalsAreOneGrammar(t *testing.T) {
	seen := 0
	for _, c := range visibleCommands() {
		for _, name := range []string{"interval", "delay"} {
			f := c.LocalNonPersistentFlags().Lookup(name)
			if f == nil {
				continue
			}
			seen++
			for _, value := range []string{"5", "2.5", "5s", "1m", "1h"} {
				if err := f.Value.Set(value); err != nil {
					t.Errorf("%s --%s %s: %v", c.CommandPath(), name, value, err)
				}
			}
			path := strings.Fields(c.CommandPath())[1:]
			bare, units := false, false
			for _, word := range completed(t, append(path, "--"+name, "")...) {
				if _, err := span.Interval(word, time.Millisecond, time.Hour); err != nil {
					t.Errorf("%s --%s: Tab offers %q: %v", c.CommandPath(), name, word, err)
				}
				if strings.Trim(word, "0123456789.") == "" {
					bare = true
				} else {
					units = true
				}
			}
			if !bare || !units {
				t.Errorf("%s --%s: Tab offers seconds: %v, with a unit: %v", c.CommandPath(), name, bare, units)
			}
		}
	}
	if seen < 5 {
		t.Errorf("%d commands take such a time", seen)
	}
	if _, errs, status := say(t, "health", "self", "--over", "0.1"); status == exitUsage {
		t.Errorf("health --over 0.1: %s", errs)
	}
	if _, errs, status := say(t, "stats", "--from", t.TempDir(), "--every", "90", "--csv"); status == exitUsage {
		t.Errorf("--every 90: %s", errs)
	}
	for _, line := range [][]string{{"export", "--textfile", "-", "--interval", "0.5"}, {"stats", "--every", "0.5"}} {
		_, errs, status := say(t, line...)
		if status != exitUsage || !strings.Contains(errs, "is not a time from 1s") && line[0] == "export" {
			t.Errorf("%q: status %d, %s", line, status, errs)
		}
	}
}

// TestNumbersOfLinesAreNotNegative: where a command takes how many there are to be, fewer than none is a mistake.
func TestNumbersOfLinesAreNotNegative(t *testing.T) {
	for _, line := range [][]string{{"history", "-n", "-1"}, {"stats", "--once", "-n", "-1"},
		{"logs", "self", "--tail", "-2"}, {"export", "--textfile", "-", "--processes", "-1"}} {
		out, errs, status := say(t, line...)
		if status != exitUsage || out != "" || !strings.Contains(errs, line[len(line)-1]) {
			t.Errorf("%q: status %d, %s%s", line, status, out, errs)
		}
	}
}
