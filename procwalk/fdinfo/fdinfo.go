// Package fdinfo reads what the kernel tells of an open descriptor in /proc/PID/fdinfo/FD.
package fdinfo

import (
	"errors"
	"strconv"
	"strings"
)

// Info is what every such file begins with, and the process that a pidfd stands for.
//
// Source: proc_pid_fdinfo(5).
type Info struct {
	Pos     int64 // offset in bytes
	Flags   int   // open(2)
	MountID int   // as in mountinfo; since Linux 3.15, 0 before
	// PID is whom a pidfd stands for, by the number that the /proc has for it: 0 if it has none, -1 if the process has
	// been waited for. 0 for every other descriptor. Since Linux 5.2.
	PID int
}

var errForm = errors.New("fdinfo does not have the form that bones knows")

// Parse reads the file, of which the first kilobyte is enough. An error says that a line has an unknown form, or that
// the flags, which every kernel tells, are not there.
func Parse(b []byte) (Info, error) {
	i := Info{Flags: -1}
	for line := range strings.Lines(string(b)) {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "pos":
			i.Pos, err = strconv.ParseInt(value, 10, 64)
		case "flags":
			i.Flags, err = number(value, 8)
		case "mnt_id":
			i.MountID, err = number(value, 10)
		case "Pid":
			i.PID, err = strconv.Atoi(value)
		}
		if err != nil {
			return Info{Flags: -1}, errForm
		}
	}
	if i.Flags < 0 {
		return Info{Flags: -1}, errForm
	}
	return i, nil
}

func number(s string, base int) (int, error) {
	n, err := strconv.ParseUint(s, base, 31)
	return int(n), err
}
