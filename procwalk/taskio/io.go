// Package taskio reads what a process has read and written, as /proc/PID/io counts it.
package taskio

import (
	"bytes"
	"errors"

	"bones/procwalk/fields"
)

// IO is /proc/PID/io: bytes since the process started, its ended threads included. Only the owner with ptrace
// permission, or root, may read it.
//
// Source: proc_pid_io(5); fs/proc/base.c, do_io_accounting.
type IO struct {
	RChar, WChar        uint64 // bytes passed to read(2), write(2) and the like, whatever served them
	SyscR, SyscW        uint64 // number of such calls
	ReadBytes           uint64 // bytes fetched from storage
	WriteBytes          uint64 // bytes sent towards storage
	CancelledWriteBytes uint64 // of WriteBytes: dropped from the page cache again before they were written
	Err                 error  // why the file could not be read, or that its form is not known
}

// Parse reads the lines of /proc/PID/io; Err is set, and nothing else, where they have another form.
func Parse(b []byte) *IO {
	io := &IO{}
	for line := range bytes.Lines(b) {
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			return &IO{Err: errors.New("io does not have the form that bones knows, or is cut off")}
		}
		f := fields.Line{Rest: value, Bad: len(bytes.TrimSpace(value)) == 0 || line[len(line)-1] != '\n'}
		switch string(key) {
		case "rchar":
			io.RChar = f.Uint()
		case "wchar":
			io.WChar = f.Uint()
		case "syscr":
			io.SyscR = f.Uint()
		case "syscw":
			io.SyscW = f.Uint()
		case "read_bytes":
			io.ReadBytes = f.Uint()
		case "write_bytes":
			io.WriteBytes = f.Uint()
		case "cancelled_write_bytes":
			io.CancelledWriteBytes = f.Uint()
		}
		if f.Bad {
			return &IO{Err: errors.New("io does not have the form that bones knows, or is cut off")}
		}
	}
	return io
}
