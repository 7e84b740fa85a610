package record

import (
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	zone := time.FixedZone("there", 2*3600)
	now := time.Date(2026, 3, 1, 2, 30, 15, 0, zone)
	for s, want := range map[string]string{
		"-3d": "2026-02-26T02:30:15+02:00",
		"now": "2026-03-01T02:30:15+02:00", "-2h": "2026-03-01T00:30:15+02:00", "-90s": "2026-03-01T02:28:45+02:00",
		"02:00": "2026-03-01T02:00:00+02:00", "03:00": "2026-02-28T03:00:00+02:00", "02:30:15": "2026-03-01T02:30:15+02:00",
		"2026-01-31 03:00": "2026-01-31T03:00:00+02:00", "2026-01-31": "2026-01-31T00:00:00+02:00",
		"2026-01-31T03:00:00Z": "2026-01-31T03:00:00Z", "yesterday": "2026-02-28T00:00:00+02:00",
		"today": "2026-03-01T00:00:00+02:00", "yesterday 03:00": "2026-02-28T03:00:00+02:00",
		"today 02:00:05": "2026-03-01T02:00:05+02:00", "-1d12h": "2026-02-27T14:30:15+02:00",
		"yesterday  03:00": "2026-02-28T03:00:00+02:00", "Yesterday": "2026-02-28T00:00:00+02:00",
		"Yesterday\t03:00": "2026-02-28T03:00:00+02:00", "2026-01-31  03:00": "2026-01-31T03:00:00+02:00",
		"NOW": "2026-03-01T02:30:15+02:00", "today 02:30": "2026-03-01T02:30:00+02:00",
		"-1w": "2026-02-22T02:30:15+02:00", " 02:00 ": "2026-03-01T02:00:00+02:00",
	} {
		got, err := ParseTime(s, now)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; want %s", s, got.Format(time.RFC3339), err, want)
		}
	}
	for _, s := range []string{"", "3", "25:00", "-", "-x", "--5m", "-xd", "2026-13-01", "tomorrow", "yesterday x",
		"-d", "@", "@x",
		"12345678", "-1h-5m", "-1d-5m", "99999999999999999999"} {
		if got, err := ParseTime(s, now); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
	for s, says := range map[string]string{"2026013103": "@SECONDS", "1785000000000": "milliseconds",
		"@1785000000000": "milliseconds", "20260131030000": "2026-01-31 03:00", "today 23:59": "yesterday 23:59",
		"tomorrow": "@SECONDS"} {
		for _, parse := range []func(string, time.Time) (time.Time, error){ParseTime, ParseSince} {
			if got, err := parse(s, now); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q is %v, %v; the error does not say %q", s, got, err, says)
			}
		}
	}
	if got, err := ParseTime("@2026013103", now); err != nil || got.Unix() != 2026013103 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestTimesOfTheNightWithTwoHours: where clocks are put back, 02:30 is twice, and the last one that was is meant.
// Where they are put forward it is not at all.
func TestTimesOfTheNightWithTwoHours(t *testing.T) {
	const berlin, york = "Europe/Berlin", "America/New_York"
	for _, x := range []struct{ now, word, want, zone string }{
		{"2026-10-25T03:30:00+01:00", "02:30", "2026-10-25T02:30:00+01:00", berlin},
		{"2026-10-25T02:40:00+01:00", "02:30", "2026-10-25T02:30:00+01:00", berlin},
		{"2026-10-25T02:10:00+01:00", "02:30", "2026-10-25T02:30:00+02:00", berlin},
		{"2026-10-25T02:40:00+02:00", "02:30", "2026-10-25T02:30:00+02:00", berlin},
		{"2026-10-26T01:00:00+01:00", "02:30", "2026-10-25T02:30:00+01:00", berlin},
		{"2026-10-25T12:00:00+01:00", "yesterday", "2026-10-24T00:00:00+02:00", berlin},
		{"2026-03-29T12:00:00+02:00", "01:30", "2026-03-29T01:30:00+01:00", berlin},
		{"2026-03-30T12:00:00+02:00", "03:30", "2026-03-30T03:30:00+02:00", berlin},
		{"2026-11-01T05:00:00-05:00", "01:30", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "01:30", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-01T05:00:00-05:00", "today 01:30", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "today 01:30", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-01T05:00:00-05:00", "2026-11-01 01:30", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-01T05:00:00-05:00", "2026-11-01T01:30", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-01T05:00:00-05:00", "2026-11-01 01:30:00", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "2026-11-01 01:30:00", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-01T05:00:00-05:00", "2026-11-01T01:30:00", "2026-11-01T01:30:00-05:00", york},
		{"2026-11-01T01:40:00-04:00", "2026-11-01T01:30:00", "2026-11-01T01:30:00-04:00", york},
		{"2026-11-02T05:00:00-05:00", "yesterday 01:30", "2026-11-01T01:30:00-05:00", york},
		{"2026-10-26T05:00:00+01:00", "yesterday 02:30", "2026-10-25T02:30:00+01:00", berlin},
		{"2026-10-25T02:40:00+02:00", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00", berlin},
		{"2026-11-02T05:00:00-05:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-04:00", york},
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Skip(err)
		}
		now, err := time.Parse(time.RFC3339, x.now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseTime(x.word, now.In(zone))
		if err != nil || got.In(zone).Format(time.RFC3339) != x.want {
			t.Errorf("%s at %s is %v, %v; want %s", x.word, x.now, got.In(zone), err, x.want)
		}
	}
	for _, s := range []string{"1785000000", "@1785000000", "@1785000000.5", "1785000000.000000000"} {
		got, err := ParseTime(s, time.Now())
		if err != nil || got.Unix() != 1785000000 {
			t.Errorf("%s is %v, %v", s, got, err)
		}
	}
}
