package procroot

import (
	"bytes"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"bones/procwalk/fields"
)

// LastGiven reads from loadavg which number was given to a task last in our pid namespace: the next one is higher, or
// the lowest that is free. tasks is how many there are in all namespaces. false: it cannot be told.
//
// Source: proc_loadavg(5); fs/proc/loadavg.c.
func LastGiven(loadavg []byte) (number, tasks int, ok bool) {
	b := bytes.TrimSpace(loadavg)
	at := bytes.LastIndexByte(b, ' ') + 1
	last, all := fields.Line{Rest: b[at:]}, fields.Line{Rest: bytes.TrimSpace(b[bytes.IndexByte(b[:at], '/')+1 : at])}
	n, of := last.Uint(), all.Uint()
	return int(n), int(of), !last.Bad && !all.Bad && n > 0 && n < 1<<30 && of > 0 && of < 1<<30
}

// ParseUptime reads the first number of uptime: the time since boot in this time namespace, to 10 ms.
//
// Source: proc_uptime(5).
func ParseUptime(b []byte) (time.Duration, error) {
	whole, rest, _ := bytes.Cut(b, []byte{'.'})
	seconds, ok := fields.ParseUint(whole)
	if !ok || len(rest) < 2 {
		return 0, errors.New("not a time")
	}
	hundredths, ok := fields.ParseUint(rest[:2])
	if !ok {
		return 0, errors.New("not a time")
	}
	return time.Duration(seconds)*time.Second + time.Duration(hundredths)*10*time.Millisecond, nil
}

// SinceBoot is what uptime says, for where that is left out (subset=pid).
func SinceBoot() time.Duration {
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Duration(now.Nano()).Truncate(10 * time.Millisecond)
}
