package edit

import (
	"testing"
	"unicode/utf8"

	"bones/procwalk/proctest"
)

// TestEveryFieldIsRecorded: what the journal has of a change is the change, also where a value is 0 or empty, or a
// name no UTF-8. Words of the kernel's and of ours are UTF-8.
func TestEveryFieldIsRecorded(t *testing.T) {
	proctest.Recorded(t, nil, func(c recordedChange) bool {
		return utf8.ValidString(c.Hierarchy) && utf8.ValidString(c.File) && utf8.ValidString(c.Unit)
	})
}
