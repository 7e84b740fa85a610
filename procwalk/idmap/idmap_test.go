package idmap

import (
	"math"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	m, err := Parse([]byte("         0     100000      65536\n     70000 5 1\n"))
	if err != nil || !slices.Equal(m, Map{{0, 100000, 65536}, {70000, 5, 1}}) || m.Whole() {
		t.Errorf("%v, %v", m, err)
	}
	if m, err = Parse([]byte("         0          0 4294967295\n")); err != nil || !m.Whole() {
		t.Errorf("%v, %v", m, err)
	}
	if m, err = Parse(nil); err != nil || len(m) != 0 || m.Whole() {
		t.Errorf("%v, %v", m, err)
	}
	for _, s := range []string{"1 2\n", "1 2 3 4\n", "x y z\n", "0 0 4294967296\n", "-1 0 1\n", "0 0 1\n\n",
		"0 100000 65", "0 0 1\n5 5\n"} {
		if m, err := Parse([]byte(s)); err == nil || m != nil {
			t.Errorf("%q: %v, %v", s, m, err)
		}
	}
}

func TestAcross(t *testing.T) {
	m := Map{{0, 1000, 1}, {1, 100000, 65535}, {70000, 4294967290, 5}}
	for _, c := range []struct {
		out, in uint32
		ok      bool
	}{
		{1000, 0, true}, {100000, 1, true}, {165534, 65535, true}, {165535, 0, false}, {999, 0, false},
		{1001, 0, false}, {4294967290, 70000, true}, {4294967294, 70004, true}, {4294967295, 0, false},
	} {
		if in, ok := m.Inside(c.out); in != c.in || ok != c.ok {
			t.Errorf("Inside(%d) = %d, %v; want %d, %v", c.out, in, ok, c.in, c.ok)
		}
		if !c.ok {
			continue
		}
		if out, ok := m.Outside(c.in); out != c.out || !ok {
			t.Errorf("Outside(%d) = %d, %v; want %d", c.in, out, ok, c.out)
		}
	}
	if _, ok := m.Outside(66000); ok {
		t.Error("an ID between the ranges is mapped")
	}
	beyond := Map{{0, math.MaxUint32 - 1, math.MaxUint32}}
	if id, ok := beyond.Outside(7); ok {
		t.Errorf("a range beyond the last ID gives %d", id)
	}
}

func TestIDRangeString(t *testing.T) {
	for want, r := range map[string]Range{
		"all as outside": {0, 0, math.MaxUint32}, "0 here is 1000 outside": {0, 1000, 1},
		"0 to 65535 here are 100000 to 165535 outside":     {0, 100000, 65536},
		"1 to 4294967295 here are 2 to 4294967296 outside": {1, 2, math.MaxUint32},
	} {
		if got := r.String(); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}

func FuzzParseIDMap(f *testing.F) {
	f.Add([]byte("0 100000 65536\n"), uint32(3))
	f.Fuzz(func(t *testing.T, b []byte, id uint32) {
		m, err := Parse(b)
		if err != nil && m != nil {
			t.Errorf("%q: %v beside %v", b, m, err)
		}
		if len(m) == 1 {
			if in, ok := m.Inside(id); ok {
				if out, ok := m.Outside(in); !ok || out != id {
					t.Errorf("%v: %d comes back as %d", m, id, out)
				}
			}
		}
	})
}
