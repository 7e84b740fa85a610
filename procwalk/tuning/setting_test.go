package tuning

import (
	"strings"
	"testing"
)

// TestLimitTooLarge: a limit that no process can have is told with those that it can.
func TestLimitTooLarge(t *testing.T) {
	for s, want := range map[string]string{"99999999999999999999": "at most 18446744073709551614 are possible",
		"18446744073709551615": "at most 18446744073709551614", "1e5": "neither a whole number nor unlimited"} {
		if got, err := limitValue(s, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %q, %v", s, got, err)
		}
	}
}
