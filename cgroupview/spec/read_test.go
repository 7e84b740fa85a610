package spec

import "testing"

// TestParseQuota reads files as version 2 has them.
func TestParseQuota(t *testing.T) {
	type want struct {
		milli           uint64
		unlimited, fail bool
	}
	for content, want := range map[string]want{"max 100000\n": {unlimited: true}, "50000 100000\n": {milli: 500},
		"6553600000 100000\n": {milli: 65536000}, "50000 0\n": {fail: true}, "half 100000\n": {fail: true}, "": {fail: true},
		"1 2 3\n": {fail: true}} {
		milli, unlimited, err := ParseQuota(content)
		if milli != want.milli || unlimited != want.unlimited || (err != nil) != want.fail {
			t.Errorf("%q: %d, %v, %v", content, milli, unlimited, err)
		}
	}
}
