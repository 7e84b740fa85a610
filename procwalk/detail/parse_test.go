package detail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

func FuzzParsers(f *testing.F) {
	for _, s := range []string{"A=b\x00C\x00",
		"0 0 4294967295\n",
		"head\nMax open files            1024                 524288               files     \n",
		"36 35 98:0 / / rw - ext3 x rw\n", "1 2 3\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ParseSchedstat([]byte(s))
		kindOf(text.New(s))
		if limits, err := ParseLimits([]byte(s)); err == nil && len(limits) > strings.Count(s, "\n")+1 {
			t.Errorf("%d limits in %q", len(limits), s)
		}
		n := 0
		for _, v := range parseEnviron([]byte(s)) {
			n += v.Name.Len() + v.Value.Len()
		}
		if n > len(s) {
			t.Errorf("the environment grew: %q", s)
		}
	})
}

// TestLongVMStat: a counter beyond what is read is not taken for one that the kernel does not have.
func TestLongVMStat(t *testing.T) {
	root := t.TempDir()
	long := strings.Repeat("nr_pages 1\n", maxVMStat/11+1) + "oom_kill 7\n"
	if err := os.WriteFile(filepath.Join(root, "vmstat"), []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if v := ReadVM(root); v.Err == nil || errors.Is(v.Err, procwalk.ErrUnsupported) {
		t.Errorf("%+v", v)
	}
	if err := os.WriteFile(filepath.Join(root, "vmstat"), []byte("oom_kill 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v := ReadVM(root); v.Err != nil || v.Value.OOMKills.Value != 7 {
		t.Errorf("%+v", v)
	}
}
