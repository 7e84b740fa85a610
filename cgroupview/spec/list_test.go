package spec

import (
	"slices"
	"testing"
)

func TestList(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []int
		out  string // empty: refused
	}{
		{"0", []int{0}, "0"}, {"0-3,5", []int{0, 1, 2, 3, 5}, "0-3,5"}, {"5,0-1,1-2", []int{0, 1, 2, 5}, "0-2,5"},
		{"63", []int{63}, "63"}, {"", nil, ""}, {"64", nil, ""}, {"3-1", nil, ""}, {"-1", nil, ""}, {"0x1", nil, ""},
		{"0-18446744073709551615", nil, ""}, {"0,", nil, ""}, {"01", nil, ""}, {"0-1-2", nil, ""},
	} {
		got, err := ParseList(c.in, 64)
		if (err == nil) != (c.out != "") || !slices.Equal(got, c.want) || FormatList(got) != c.out {
			t.Errorf("%q: %v (%s), %v; want %v (%s)", c.in, got, FormatList(got), err, c.want, c.out)
		}
	}
}
