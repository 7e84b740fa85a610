package cgroupview

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCPUQuotaOfARealGroup(t *testing.T) {
	h, g := real(t, "cpu")
	if l := h.Effective(g, QuotaFile(g.Hierarchy)); l.Err != nil || !l.Unlimited || l.From != nil {
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
		if l := h.Effective(x, QuotaFile(g.Hierarchy)); l.Err != nil || l.Value != 1500 || l.From == nil ||
			l.From.Ino != g.Ino {
			t.Errorf("%s: %+v", x.Path, l)
		}
	}
	if err := os.WriteFile(filepath.Join(inner, QuotaFile(g.Hierarchy)), []byte("20000"), 0); err != nil {
		t.Fatal(err)
	}
	if l := h.Effective(below, QuotaFile(g.Hierarchy)); l.Value != 200 || l.From.Ino != below.Ino {
		t.Errorf("the tighter one within: %+v", l)
	}
	os.Remove(inner)
	if l := h.Effective(below, QuotaFile(g.Hierarchy)); l.Err == nil {
		t.Errorf("a group that has gone: %+v", l)
	}
}
