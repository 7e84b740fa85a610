package address

import (
	"slices"
	"strings"
	"testing"
)

// TestAliasesAreWhole: a long line does not hide those behind it, and a name that is not read to its end is not
// offered.
func TestAliasesAreWhole(t *testing.T) {
	long := "# " + strings.Repeat("x", 100_000) + "\nHost db1\r\n"
	if names, more := aliases(strings.NewReader(long)); !slices.Equal(names, []string{"db1"}) || more {
		t.Errorf("behind a long line: %q, more %v", names, more)
	}
	begun := "Host db1\n" + strings.Repeat("#\n", (MaxAliases-len("Host db1\n")-len("Host prod"))/2)
	begun += strings.Repeat("\n", MaxAliases-len(begun)-len("Host prod")) + "Host production\n"
	if names, more := aliases(strings.NewReader(begun)); !slices.Equal(names, []string{"db1"}) || !more {
		t.Errorf("a name that is cut: %q, more %v", names, more)
	}
}
