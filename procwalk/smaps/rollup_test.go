package smaps

import (
	"strings"
	"testing"
)

const file = `55d0c0e6a000-7ffe4f5f1000 ---p 00000000 00:00 0                          [rollup]
Rss:                4012 kB
Pss:                 943 kB
Pss_Dirty:           512 kB
Shared_Clean:       3100 kB
Shared_Dirty:          0 kB
Private_Clean:       400 kB
Private_Dirty:       512 kB
Referenced:         4012 kB
Anonymous:           512 kB
KSM:                   0 kB
Swap:                 12 kB
SwapPss:               6 kB
Locked:                0 kB
`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(file))
	want := Rollup{RSS: 4012 << 10, PSS: 943 << 10, SharedClean: 3100 << 10, PrivateClean: 400 << 10,
		PrivateDirty: 512 << 10, Referenced: 4012 << 10, Anonymous: 512 << 10, Swap: 12 << 10, SwapPSS: 6 << 10}
	if err != nil || got != want || got.USS() != 912<<10 {
		t.Errorf("%+v, %v", got, err)
	}
	for name, s := range map[string]string{"empty": "", "of another file": "Name:\tsh\n",
		"cut off in the number": file[:strings.Index(file, "943")+1],
		"cut off in the unit":   file[:strings.Index(file, "943 k")+5],
		"negative":              strings.Replace(file, "943", "-43", 1),
		"beyond 64 bits":        strings.Replace(file, "943", "99999999999999999999", 1)} {
		if got, err := Parse([]byte(s)); err != ErrForm || got != (Rollup{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(file))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := Parse(b); err != nil && r != (Rollup{}) {
			t.Errorf("an error, and %+v", r)
		}
	})
}
