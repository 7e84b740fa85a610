package rows

import (
	"strings"
	"testing"
)

// TestFilterIsBounded: a filter that is too long is refused, with the reason, however it came.
func TestFilterIsBounded(t *testing.T) {
	for _, s := range []string{strings.Repeat("x ", 100_000), "re:" + strings.Repeat("(a|b)*", 10_000),
		"cgroup:/" + strings.Repeat("x", 5000)} {
		if f, err := ParseFilter(s); err == nil || f != nil || !strings.Contains(err.Error(), "at most ") {
			t.Errorf("%.20s...: %v, %v", s, f, err)
		}
	}
	if _, err := ParseFilter(strings.Repeat("x ", 500)); err != nil {
		t.Error(err)
	}
}
