package cgroupview

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCPUQuotaOfARealGroup(t *testing.T) {
	h, g := real(t, "cpu")
	if l := h.CPUQuota(g); l.Err != nil || !l.Unlimited || l.From != nil {
		t.Errorf("a new group: %+v", l)
	}
	if err := os.WriteFile(filepath.Join(g.Dir.Raw(), QuotaFile(g.Hierarchy)), []byte("150000"), 0); err != nil {
		t.Fatal(err)
	}
	inner := filepath.Join(g.Dir.Raw(), "inner")
	if err := os.Mkdir(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(inner) })
	below, err := h.Group(g.Hierarchy, g.Path.Raw()+"/inner")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []*Group{g, below} {
		if l := h.CPUQuota(x); l.Err != nil || l.Value != 1500 || l.From == nil || l.From.Ino != g.Ino {
			t.Errorf("%s: %+v", x.Path, l)
		}
	}
	if err := os.WriteFile(filepath.Join(inner, QuotaFile(g.Hierarchy)), []byte("20000"), 0); err != nil {
		t.Fatal(err)
	}
	if l := h.CPUQuota(below); l.Value != 200 || l.From.Ino != below.Ino {
		t.Errorf("the tighter one within: %+v", l)
	}
	os.Remove(inner)
	if l := h.CPUQuota(below); l.Err == nil {
		t.Errorf("a group that has gone: %+v", l)
	}
}

// TestCPUQuotaOfV2 reads files as version 2 has them.
func TestCPUQuotaOfV2(t *testing.T) {
	bad := errors.New("any")
	for content, want := range map[string]Limit{"max 100000\n": {Unlimited: true}, "50000 100000\n": {Value: 500},
		"6553600000 100000\n": {Value: 65536000}, "50000 0\n": {Err: bad}, "half 100000\n": {Err: bad}, "": {Err: bad}, "1 2 3\n": {Err: bad}} {
		l := quotaOf([]string{content})
		if l.Value != want.Value || l.Unlimited != want.Unlimited || (l.Err != nil) != (want.Err != nil) {
			t.Errorf("%q: %+v", content, l)
		}
	}
}
