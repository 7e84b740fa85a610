package taskio

import (
	"math"
	"os"
	"strings"
	"testing"
)

const ioText = "rchar: 323934931\nwchar: 323929600\nsyscr: 632687\nsyscw: 632675\nread_bytes: 0\nwrite_bytes: " +
	"323932160\ncancelled_write_bytes: 18446744073709551615\n"

func TestParseIO(t *testing.T) {
	want := IO{RChar: 323934931, WChar: 323929600, SyscR: 632687, SyscW: 632675, WriteBytes: 323932160,
		CancelledWriteBytes: math.MaxUint64}
	if got := Parse([]byte(ioText)); *got != want {
		t.Errorf("%+v", *got)
	}
	if got := Parse([]byte("rchar: 1\nnew_line: 2\n")); *got != (IO{RChar: 1}) {
		t.Errorf("a line that is not known: %+v", *got)
	}
	for name, in := range map[string]string{
		"cut off within a number": ioText[:len(ioText)-4],
		"cut off within a name":   ioText[:8] + "\nwch",
		"no number":               strings.Replace(ioText, " 632687", "", 1),
		"negative":                strings.Replace(ioText, " 632687", " -1", 1),
		"overflow":                strings.Replace(ioText, "551615", "551616", 1),
	} {
		if got := Parse([]byte(in)); got.Err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip(err)
	}
	if got := Parse(b); got.Err != nil || got.RChar == 0 {
		t.Errorf("our own: %+v", *got)
	}
}

func FuzzParseIO(f *testing.F) {
	for _, s := range []string{ioText, "", "rchar:", "rchar: 1\n", ":\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if got := Parse([]byte(in)); got.Err != nil && *got != (IO{Err: got.Err}) {
			t.Errorf("values beside an error: %+v", *got)
		}
	})
}
