package signals

import (
	"encoding/json"
	"errors"
	"fmt"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// UndoneBy reports with an error that one recorded signal cannot be the inverse of another: only SIGSTOP is
// undone, by SIGCONT to the same process.
func UndoneBy(signal, inverse json.RawMessage) error {
	var a, b recorded
	if json.Unmarshal(signal, &a) != nil || json.Unmarshal(inverse, &b) != nil || a.PID < 1 {
		return errors.New("the record of the signal is not one that this version of bones can read")
	}
	switch {
	case a.PID != b.PID || a.Start != b.Start:
		return errors.New("it is about another process than the change")
	case unix.Signal(a.Signal) != unix.SIGSTOP || unix.Signal(b.Signal) != unix.SIGCONT:
		return fmt.Errorf("SIG%s is not undone by SIG%s", Name(unix.Signal(a.Signal)),
			Name(unix.Signal(b.Signal)))
	}
	return nil
}

// Present says, a line each, whether the process of a recorded Signal still runs; root is its proc file system.
func Present(root string, record json.RawMessage) []string {
	var r recorded
	if json.Unmarshal(record, &r) != nil || r.PID < 1 {
		return nil
	}
	switch start, err := procwalk.StartTime(root, r.PID); {
	case errors.Is(err, procwalk.ErrGone), err == nil && start != r.Start:
		return []string{fmt.Sprintf("PID %d has ended", r.PID)}
	case err != nil:
		return []string{fmt.Sprintf("whether PID %d has ended cannot be told: %v", r.PID, err)}
	}
	return []string{fmt.Sprintf("PID %d is still there", r.PID)}
}
