package rows

import (
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/detail"
)

// TestDevicesThatWereNotRead: that a sum lacks devices is said beside it.
func TestDevicesThatWereNotRead(t *testing.T) {
	for _, more := range []bool{false, true} {
		d := &detail.Detail{Net: detail.Field[detail.Net]{Value: detail.Net{More: more}}}
		said := false
		for _, s := range Details(&procwalk.Process{}, nil, d, DetailOptions{}) {
			for _, l := range s.Lines {
				said = said || strings.Contains(l.Value, "the sum lacks them")
			}
		}
		if said != more {
			t.Errorf("more devices: %v, said: %v", more, said)
		}
	}
}
