package privilege

import (
	"slices"
	"strings"
	"testing"
)

// TestRightsWithinAUserNamespace: who has all capabilities in a user namespace has them over nothing outside of it,
// and bones says so, where it said that nothing is missing.
func TestRightsWithinAUserNamespace(t *testing.T) {
	says := func(s string) bool { return strings.HasPrefix(s, "rights outside of the user namespace") }
	if in, out := missing(true), missing(false); !slices.ContainsFunc(in, says) || slices.ContainsFunc(out, says) {
		t.Errorf("in a user namespace %q is missing, and outside %q", in, out)
	}
}
