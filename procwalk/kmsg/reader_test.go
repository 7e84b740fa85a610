package kmsg

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/fault"
)

// TestNoLog: where the log is not there, as in a container, the error says what would bring it there.
func TestNoLog(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "kmsg"), false)
	if !errors.Is(err, fault.Unsupported) || !strings.Contains(err.Error(), "privileged or is given the device") {
		t.Errorf("%v", err)
	}
}
