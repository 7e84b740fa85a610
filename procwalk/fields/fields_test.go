package fields

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestParseNumbers(t *testing.T) {
	for _, c := range []struct {
		in     string
		uint   uint64
		uintOK bool
		int    int64
		intOK  bool
	}{
		{"0", 0, true, 0, true},
		{"007", 7, true, 7, true},
		{"18446744073709551615", math.MaxUint64, true, 0, false},
		{"18446744073709551616", 0, false, 0, false},
		{"99999999999999999999999", 0, false, 0, false},
		{"9223372036854775807", math.MaxInt64, true, math.MaxInt64, true},
		{"9223372036854775808", 1 << 63, true, 0, false},
		{"-9223372036854775808", 0, false, math.MinInt64, true},
		{"-9223372036854775809", 0, false, 0, false},
		{"-1", 0, false, -1, true},
		{"-0", 0, false, 0, true},
		{"--1", 0, false, 0, false},
		{"", 0, false, 0, false},
		{"-", 0, false, 0, false},
		{"+1", 0, false, 0, false},
		{"0x1", 0, false, 0, false},
		{"1 ", 0, false, 0, false},
		{"1:", 0, false, 0, false},
		{"1/", 0, false, 0, false},
		{"١", 0, false, 0, false},
	} {
		if v, ok := ParseUint([]byte(c.in)); v != c.uint || ok != c.uintOK {
			t.Errorf("ParseUint(%q) = %d, %v", c.in, v, ok)
		}
		if v, ok := ParseInt([]byte(c.in)); v != c.int || ok != c.intOK {
			t.Errorf("ParseInt(%q) = %d, %v", c.in, v, ok)
		}
	}
}

func TestParseMasks(t *testing.T) {
	for _, c := range []struct {
		in  string
		hex uint64
		ok  bool
	}{
		{"000001ffffffffff", 0x1ffffffffff, true},
		{"ffffffffffffffff", math.MaxUint64, true},
		{"10000000000000000", 0, false},
		{":", 0, false}, // stands right behind 9
		{"?", 0, false},
		{"FF", 0, false}, // the kernel writes small letters
		{"g", 0, false},
		{"-1", 0, false},
	} {
		f := Line{Rest: []byte(c.in)}
		if v := f.Hex(); v != c.hex || f.Bad == c.ok {
			t.Errorf("hex %q = %x, bad %v", c.in, v, f.Bad)
		}
	}
	f := Line{Rest: []byte("0022 0777 8")}
	if a, b := f.Octal(), f.Octal(); a != 0o22 || b != 0o777 || f.Bad {
		t.Errorf("octal: %o %o %v", a, b, f.Bad)
	}
	if f.Octal(); !f.Bad {
		t.Error("8 is taken for an octal digit")
	}
}

func TestKiB(t *testing.T) {
	for in, want := range map[string]uint64{"  1 kB": 1024, "18014398509481983 kB": math.MaxUint64 - 1023} {
		f := Line{Rest: []byte(in)}
		if v := f.KB(); v != want || f.Bad {
			t.Errorf("%q = %d, bad %v", in, v, f.Bad)
		}
	}
	f := Line{Rest: []byte("18014398509481984 kB")}
	if f.KB(); !f.Bad {
		t.Error("a number of KiB overflows in silence")
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "18446744073709551615", "18446744073709551616", "-9223372036854775808",
		"1e3", "0x1f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits := strings.TrimPrefix(s, "-")
		isNumber := digits != "" && strings.Trim(digits, "0123456789") == ""
		want := new(big.Int)
		if isNumber {
			want.SetString(s, 10)
		}
		v, ok := ParseInt([]byte(s))
		if ok != (isNumber && want.IsInt64()) || ok && v != want.Int64() {
			t.Errorf("ParseInt(%q) = %d, %v", s, v, ok)
		}
		u, ok := ParseUint([]byte(s))
		if ok != (isNumber && s == digits && want.IsUint64()) || ok && u != want.Uint64() {
			t.Errorf("ParseUint(%q) = %d, %v", s, u, ok)
		}
	})
}

// TestValue: the whole key counts, at the beginning of a line.
func TestValue(t *testing.T) {
	const file = "Name:\tUid:\tx\nNSUid:\t1\nUid:\t7\t8\nempty:\nUid:\t9\n"
	for key, want := range map[string]string{"Uid": "\t7\t8", "Name": "\tUid:\tx", "empty": "", "NSUid": "\t1"} {
		if l, ok := Value([]byte(file), key); !ok || string(l.Rest) != want {
			t.Errorf("%s: %q %t", key, l.Rest, ok)
		}
	}
	for _, key := range []string{"U", "Uid:\t7", "x", ""} {
		if l, ok := Value([]byte(file), key); ok {
			t.Errorf("%q is found: %q", key, l.Rest)
		}
	}
}
