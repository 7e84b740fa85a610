package fdinfo

import (
	"os"
	"strconv"
	"testing"

	"bones/procwalk/leaktest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestParse(t *testing.T) {
	none := Info{Flags: -1}
	for _, c := range []struct {
		in   string
		want Info
		bad  bool
	}{
		{"pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1\neventfd-count: 0\n", Info{0, 0o2000002, 15, 0}, false},
		{"pos:\t9223372036854775807\nflags:\t0100000\n", Info{1<<63 - 1, 0o100000, 0, 0}, false}, // before 3.15
		{"pos:\t-1\nflags:\t0\nmnt_id:\t9\n", Info{-1, 0, 9, 0}, false},
		{"pos:\t0\nflags:\t02000002\nmnt_id:\t15\nPid:\t77\nNSpid:\t77\t1\n", Info{0, 0o2000002, 15, 77}, false},
		{"pos:\t0\nflags:\t02\nPid:\t-1\n", Info{0, 2, 0, -1}, false},
		{"", none, true},
		{"pos:\t0\n", none, true},
		{"pos:\tx\nflags:\t0\n", none, true},
		{"pos:\t0\nflags:\t8\n", none, true},
		{"pos:\t0\nflags:\t-1\n", none, true},
	} {
		if got, err := Parse([]byte(c.in)); got != c.want || (err != nil) != c.bad {
			t.Errorf("%q: %+v %v", c.in, got, err)
		}
	}
}

// TestParseOfThisKernel reads what this kernel tells of a file.
func TestParseOfThisKernel(t *testing.T) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(5, 0); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(int(f.Fd())))
	if err != nil {
		t.Fatal(err)
	}
	if i, err := Parse(b); err != nil || i.Pos != 5 || i.Flags&unix.O_ACCMODE != unix.O_RDONLY || i.MountID == 0 {
		t.Errorf("%+v, %v: %s", i, err, b)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("pos:\t0\nflags:\t02\nmnt_id:\t1\nPid:\t1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := Parse(b); err == nil && i.Flags < 0 {
			t.Errorf("%q: %+v", b, i)
		}
	})
}
