package procwalk

import (
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// SignalUndoneBy reports with an error that one recorded signal cannot be the inverse of another: only SIGSTOP is
// undone, by SIGCONT to the same process.
func SignalUndoneBy(signal, inverse json.RawMessage) error {
	var a, b recordedSignal
	if json.Unmarshal(signal, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.PID < 1 {
		return errors.New("the record of the signal is not understood")
	}
	switch {
	case a.PID != b.PID || a.Start != b.Start:
		return errors.New("it is about another process than the change")
	case unix.Signal(a.Signal) != unix.SIGSTOP || unix.Signal(b.Signal) != unix.SIGCONT:
		return fmt.Errorf("SIG%s is not undone by SIG%s", SignalName(unix.Signal(a.Signal)),
			SignalName(unix.Signal(b.Signal)))
	}
	return nil
}

// PresentSignal says, a line each, whether the process of a recorded Signal still runs; root is its proc file system.
func PresentSignal(root string, record json.RawMessage) []string {
	var r recordedSignal
	if json.Unmarshal(record, &r) != nil || r.PID < 1 {
		return nil
	}
	switch start, err := StartTime(root, r.PID); {
	case errors.Is(err, ErrGone), err == nil && start != r.Start:
		return []string{fmt.Sprintf("PID %d has ended", r.PID)}
	case err != nil:
		return []string{fmt.Sprintf("whether PID %d has ended cannot be told: %v", r.PID, err)}
	}
	return []string{fmt.Sprintf("PID %d is still there", r.PID)}
}
