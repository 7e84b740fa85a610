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

// TestKindsHaveWords: for each form of a value there are words that a person can read.
func TestKindsHaveWords(t *testing.T) {
	seen := 0
	for kind := spec.Raw + 1; kind.String() != spec.Raw.String(); kind++ {
		if seen++; kindText(kind) == kindText(spec.Raw) {
			t.Errorf("the details of view 4 have no words for values of the form %s: add them to kindText in cgroups.go", kind)
		}
	}
	if seen < 12 {
		t.Errorf("only %d forms were seen", seen)
	}
}
