package unshare

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRange(t *testing.T) {
	for s, want := range map[string]IDBlock{
		"1000,0,10":         {1000, 0, 10},
		"0:1000:10":         {1000, 0, 10},
		"0,0,4294967295":    {0, 0, 4294967295},
		"4294967294,0,1":    {4294967294, 0, 1},
		"100000,1000,65536": {100000, 1000, 65536},
	} {
		if got, err := ParseRange(s); got != want || err != nil {
			t.Errorf("ParseRange(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "1,2", "1,2,0", "1,2,3,4", "1:2,3", "-1,0,1", "4294967295,0,1", "1,0,4294967295",
		"0x1,0,1", " 1,0,1"} {
		if got, err := ParseRange(s); err == nil {
			t.Errorf("ParseRange(%q) = %v, want an error", s, got)
		}
	}
}

func TestRangesLeaveRoomForOurselves(t *testing.T) {
	block := func() (IDBlock, error) { return IDBlock{100000, 0, 65536}, nil }
	for _, c := range []struct {
		name string
		m    IDMap
		want []IDBlock
	}{
		{"only ourselves", IDMap{Single: true, Inner: 7}, []IDBlock{{1000, 7, 1}}},
		// The example of unshare(1).
		{"root and auto", IDMap{Single: true, Auto: true}, []IDBlock{{1000, 0, 1}, {100000, 1, 65535}}},
		{"in the middle", IDMap{Single: true, Inner: 5, Range: IDBlock{100, 0, 10}}, []IDBlock{{1000, 5, 1}, {100, 0, 5},
			{105, 6, 4}}},
		{"the last", IDMap{Single: true, Inner: 9, Range: IDBlock{100, 0, 10}}, []IDBlock{{1000, 9, 1}, {100, 0, 9}}},
		{"outside", IDMap{Single: true, Inner: 50, Range: IDBlock{100, 0, 10}}, []IDBlock{{1000, 50, 1}, {100, 0, 10}}},
		{"our own outer id", IDMap{Single: true, Inner: 50, Range: IDBlock{995, 0, 10}},
			[]IDBlock{{1000, 50, 1}, {995, 0, 5},
				{1001, 5, 4}}},
		{"only a block", IDMap{Range: IDBlock{100, 0, 10}}, []IDBlock{{100, 0, 10}}},
	} {
		got, err := c.m.ranges(1000, block)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
	_, err := IDMap{Auto: true}.ranges(1000, func() (IDBlock, error) { return IDBlock{}, errors.New("none") })
	if err == nil {
		t.Error("no error where no block is ours")
	}
}

func TestSubordinate(t *testing.T) {
	const file = "root:1:2\n# a comment\nalice:100000:65536\n1001:200000:10\nalice:5:5\nbroken:x:y\n"
	for _, c := range []struct {
		name, uid string
		want      IDBlock
	}{{"alice", "1000", IDBlock{100000, 0, 65536}}, {"bob", "1001", IDBlock{200000, 0, 10}}} {
		got, err := parseSubordinate(strings.NewReader(file), "subuid", c.name, c.uid)
		if got != c.want || err != nil {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	// A site may have a line for each of its users; ours is not the less there for being the last.
	long := strings.Repeat("somebody.else:100000:65536\n", 100_000) + file
	if got, err := parseSubordinate(strings.NewReader(long), "subuid", "alice", "1000"); got != (IDBlock{100000, 0,
		65536}) || err != nil {
		t.Errorf("behind many others: %v, %v", got, err)
	}
	for _, name := range []string{"broken", "nobody", ""} {
		if got, err := parseSubordinate(strings.NewReader(file), "subuid", name, "9"); err == nil {
			t.Errorf("%q: got %v, want an error", name, got)
		}
	}
}
