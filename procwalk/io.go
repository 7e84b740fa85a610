package procwalk

import (
	"bytes"
	"errors"
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
	CancelledWriteBytes uint64
	Err                 error
}

func parseIO(b []byte) *IO {
	io := &IO{}
	for line := range bytes.Lines(b) {
		key, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			return &IO{Err: errors.New("io does not have the form that is known, or is cut off")}
		}
		f := fields{rest: value, bad: len(bytes.TrimSpace(value)) == 0 || line[len(line)-1] != '\n'}
		switch string(key) {
		case "rchar":
			io.RChar = f.uint()
		case "wchar":
			io.WChar = f.uint()
		case "syscr":
			io.SyscR = f.uint()
		case "syscw":
			io.SyscW = f.uint()
		case "read_bytes":
			io.ReadBytes = f.uint()
		case "write_bytes":
			io.WriteBytes = f.uint()
		case "cancelled_write_bytes":
			io.CancelledWriteBytes = f.uint()
		}
		if f.bad {
			return &IO{Err: errors.New("io does not have the form that is known, or is cut off")}
		}
	}
	return io
}
