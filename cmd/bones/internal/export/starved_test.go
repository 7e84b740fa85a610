package export

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFewDescriptorsAreSaid: containers whose metrics are missing because no more files may be opened make the page
// incomplete.
func TestFewDescriptorsAreSaid(t *testing.T) {
	why := fmt.Errorf("memory.current: %w", unix.EMFILE)
	whole, sampled, unread := moment(one{name: "web", id: "a"}), moment(one{name: "web", id: "a"}), moment()
	sampled.Usage[0].Sample.CPU.Err = why
	unread.UsageErr = why
	if starved(whole) || !starved(sampled) || !starved(unread) {
		t.Errorf("%v, %v, %v", starved(whole), starved(sampled), starved(unread))
	}
}
