package nsview

import (
	"context"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/fields"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Who is what the table of namespaces shows about a leader. It is read for the leaders only: there are few
// namespaces, and many processes.
type Who struct {
	UID     uint32 // effective
	UIDErr  error
	Command text.Text // the arguments, joined by blanks; the name in brackets if there are none
	Err     error     // why the arguments could not be read; Command is the name then
}

// WhoOf takes it from a snapshot that has Status and Cmdline, without reading anything.
func WhoOf(p *procwalk.Process) Who {
	w := Who{UIDErr: procwalk.ErrUnsupported}
	if p.Status != nil {
		w.UID, w.UIDErr = p.Status.EUID, p.Status.Err
	}
	var line string
	if p.Cmdline != nil {
		line, w.Err = p.Cmdline.Raw.Raw(), p.Cmdline.Err
	}
	w.Command = command(p, line)
	return w
}

func command(p *procwalk.Process, line string) text.Text {
	line = strings.TrimRight(line, "\x00 \n")
	if line == "" {
		return text.New("[" + p.Comm.Raw() + "]")
	}
	return text.New(strings.ReplaceAll(line, "\x00", " "))
}

// commandMax is how much of a command line is read, in bytes: more than any line of the table shows.
const commandMax = 4 << 10

const (
	commandPatience = 150 * time.Millisecond // for one command line
	stuckMax        = 8                      // command lines left behind before none is read any more
)

// Who reads about the processes in these rows. One that has ended meanwhile keeps what the snapshot says.
func (r *Reader) Who(ctx context.Context, s *procwalk.Snapshot, rows []int32) map[int32]Who {
	all := make(map[int32]Who, len(rows))
	stuck := 0
	for _, row := range rows {
		p := &s.Processes[row]
		if _, done := all[row]; done {
			continue
		}
		w := WhoOf(p)
		if p.Status == nil || p.Cmdline == nil {
			w = r.who(ctx, p, &stuck)
		}
		all[row] = w
	}
	return all
}

func (r *Reader) who(ctx context.Context, p *procwalk.Process, stuck *int) Who {
	w := Who{Command: command(p, "")}
	dir, err := r.openProcess(p.ID())
	if err != nil {
		w.UIDErr, w.Err = err, err
		return w
	}
	defer unix.Close(dir)
	w.UID, w.UIDErr = effectiveUID(dir)
	if p.KernelThread() || p.State == 'Z' || p.VSize == 0 {
		return w
	}
	if *stuck >= stuckMax {
		w.Err = procwalk.ErrStuck
		return w
	}
	// Reading the arguments takes the lock of the process's memory, which it may hold for ever.
	own, err := unix.FcntlInt(uintptr(dir), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		w.Err = err
		return w
	}
	line, err := within(ctx, commandPatience, func() ([]byte, error) {
		defer unix.Close(own)
		return readBeginningAt(own, "cmdline", commandMax)
	}, nil)
	if err == ErrDeadline {
		*stuck++
		err = procwalk.ErrStuck
	}
	w.Command, w.Err = command(p, string(line)), err
	return w
}

// effectiveUID reads it from status.
func effectiveUID(dir int) (uint32, error) {
	b, err := readFileAt(dir, "status", 1<<20)
	if err != nil {
		if gone(err) {
			err = procwalk.ErrGone
		}
		return 0, err
	}
	if _, told := fields.Value(b, "Uid"); !told {
		return 0, unix.EINVAL
	}
	st := procwalk.ParseStatus(b)
	return st.EUID, st.Err
}
