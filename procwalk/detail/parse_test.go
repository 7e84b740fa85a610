package detail

import (
	"strings"
	"testing"

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
