package detail

import (
	"strings"
	"testing"

	"bones/procwalk/text"
)

func TestParseFDInfo(t *testing.T) {
	for _, c := range []struct {
		in         string
		pos        int64
		flags, mnt int
		bad        bool
	}{
		{"pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1\neventfd-count: 0\n", 0, 0o2000002, 15, false},
		{"pos:\t9223372036854775807\nflags:\t0100000\n", 1<<63 - 1, 0o100000, 0, false}, // before 3.15
		{"pos:\t-1\nflags:\t0\nmnt_id:\t9\n", -1, 0, 9, false},
		{"", 0, -1, 0, true},
		{"pos:\t0\n", 0, -1, 0, true},
		{"pos:\tx\nflags:\t0\n", 0, -1, 0, true},
		{"pos:\t0\nflags:\t8\n", 0, -1, 0, true},
		{"pos:\t0\nflags:\t-1\n", 0, -1, 0, true},
	} {
		pos, flags, mnt, err := ParseFDInfo([]byte(c.in))
		if pos != c.pos || flags != c.flags || mnt != c.mnt || (err != nil) != c.bad {
			t.Errorf("%q: %d %o %d %v", c.in, pos, flags, mnt, err)
		}
	}
}

func TestParseNetDev(t *testing.T) {
	devices, err := ParseNetDev("Inter-| head\n face |head\n  a:b:1000 1 2 3 0 0 0 0 2000 4 5 6 0 0 0 0\n    lo: 1 1 " +
		"0 0 0 0 0 0 1 1 0 0 0 0 0 0\n")
	want := NetDev{Name: text.New("a:b"), RxBytes: 1000, RxPackets: 1, RxErrors: 2, RxDropped: 3, TxBytes: 2000,
		TxPackets: 4, TxErrors: 5, TxDropped: 6}
	if err != nil || len(devices) != 2 || devices[0] != want {
		t.Errorf("%+v, %v", devices, err)
	}
	if _, err := ParseNetDev("lo: 1 x 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"); err == nil {
		t.Error("letters are accepted")
	}
}

func FuzzParsers(f *testing.F) {
	for _, s := range []string{"pos:\t0\nflags:\t02\nmnt_id:\t1\n", "A=b\x00C\x00",
		"lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n", "0 0 4294967295\n",
		"head\nMax open files            1024                 524288               files     \n",
		"36 35 98:0 / / rw - ext3 x rw\n", "1 2 3\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ParseFDInfo([]byte(s))
		ParseNetDev(s)
		ParseSchedstat([]byte(s))
		kindOf(text.New(s))
		if limits, err := ParseLimits([]byte(s)); err == nil && len(limits) > strings.Count(s, "\n")+1 {
			t.Errorf("%d limits in %q", len(limits), s)
		}
		n := 0
		for _, v := range parseEnviron([]byte(s)) {
			n += v.Name.Len() + v.Value.Len()
		}
		if n > len(s) {
			t.Errorf("the environment grew: %q", s)
		}
	})
}
