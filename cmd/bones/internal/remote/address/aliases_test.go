package address

import (
	"strings"
	"testing"
)

// TestAliasesOfALongConfiguration: what is behind the first 64 KiB is offered, and what is not read is told of.
func TestAliasesOfALongConfiguration(t *testing.T) {
	comments := strings.Repeat("# a comment\n", 10_000)
	if names, more := aliases(strings.NewReader(comments + "Host last\n")); len(names) != 1 || more {
		t.Errorf("%q, more %v", names, more)
	}
	if _, more := aliases(strings.NewReader(strings.Repeat(comments, 10) + "Host last\n")); !more {
		t.Error("that there is more is not said")
	}
}
