package procwalk

import (
	"math"
	"strings"
	"testing"

	"bones/procwalk/fields"

	"golang.org/x/sys/unix"
)

func TestInodeLink(t *testing.T) {
	for _, c := range []struct {
		in   string
		want uint64
		ok   bool
	}{
		{"socket:[4711]", 4711, true},
		{":[1]", 0, false},
		{"mnt:[4026531841]", 4026531841, true},
		{"pid:[18446744073709551615]", math.MaxUint64, true},
		{"pid:[18446744073709551616]", 0, false},
		{"net:[]", 0, false},
		{"net:[12", 0, false},
		{"net:12]", 0, false},
		{"net:[-1]", 0, false},
		{"net:[1]x", 0, false},
		{"net:[[1]]", 0, false},
		{"]1[", 0, false},
		{"[", 0, false},
		{"]", 0, false},
		{"", 0, false},
		{"/proc/1/ns/net", 0, false}, // a descriptor that was opened through a bind mount
	} {
		kind, _, _ := strings.Cut(c.in, ":")
		got, inode, ok := fields.InodeLink([]byte(c.in))
		if inode != c.want || ok != c.ok || ok && string(got) != kind {
			t.Errorf("%q = %q, %d, %v", c.in, got, inode, ok)
		}
	}
}

func TestNSTypeNames(t *testing.T) {
	if Cgroup.String() != "cgroup" || UTS.String() != "uts" || NSType(-1).String() != "?" || NSTypes.String() != "?" {
		t.Error("names of namespaces are mixed up")
	}
	// Every type that this kernel has is one of its links, under the name that we have for it.
	var b [64]byte
	for ns := range NSTypes {
		n, err := unix.Readlink("/proc/self/ns/"+ns.String(), b[:])
		if err == unix.ENOENT && ns == Time {
			continue // since 5.6
		}
		if kind, _, ok := fields.InodeLink(b[:max(n, 0)]); err != nil || !ok || string(kind) != ns.String() {
			t.Errorf("%s: %q, %v", ns, b[:max(n, 0)], err)
		}
	}
}

func FuzzInodeLink(f *testing.F) {
	for _, s := range []string{"mnt:[4026531841]", "[", "]", "[]", "a:[1]", "net:[[1]]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, v, ok := fields.InodeLink([]byte(s)); !ok && v != 0 {
			t.Errorf("%q = %d, but not ok", s, v)
		}
	})
}
