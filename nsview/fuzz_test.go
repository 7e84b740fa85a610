package nsview

import (
	"testing"
)

// FuzzParsers feeds the same bytes to every parser of this package: none may panic, and what they find must be there.
func FuzzParsers(f *testing.F) {
	for _, seed := range []string{
		"monotonic -5 0\nboottime 86400 7\n", "12:cpu,cpuacct:/docker/x\n0::/\n",
		"net:[4026531833]", "lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n", "fe800000000000000000000000000001 02 40 20 80 eth0\n",
		"|-- 10.0.0.7\n/32 host LOCAL\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		parseOffsets(b)
		cgroupRoots(b, b)
		if d, err := netDevices(b); err == nil {
			addInet6(d, b)
		}
		localAddresses(b)
		if k, ok := ParseLink(string(b)); ok && k.Inode == 0 {
			t.Errorf("%q is taken for number 0", b)
		}
	})
}
