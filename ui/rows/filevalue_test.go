package rows

import (
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// TestNoLimitIsNotCut: that there is no limit is said in words that fit a narrow column; version 1's number for it,
// which says no more and would be cut in the middle, stands in the details only.
func TestNoLimitIsNotCut(t *testing.T) {
	for _, c := range []struct {
		version           int
		file, value, want string
	}{
		{1, "memory.limit_in_bytes", "9223372036854771712", "no limit"},
		{2, "memory.max", "max", "no limit  (max)"},
		{1, "cpu.cfs_quota_us", "-1", "no limit  (-1)"},
		{1, "memory.limit_in_bytes", "104857600", "104857600  (100M)"},
	} {
		f := &cgroupview.File{Name: text.New(c.file), Spec: spec.Of(c.version, c.file), Value: text.New(c.value)}
		if got, _ := FileValue(f); got != c.want {
			t.Errorf("%s=%s: %q, want %q", c.file, c.value, got, c.want)
		}
	}
}
