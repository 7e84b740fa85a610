package procwalk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"bones/procwalk/bounded"
	"bones/procwalk/dirfile"
	"bones/procwalk/fields"
	"bones/procwalk/procroot"
	"bones/procwalk/taskio"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Folder is the directory of one process in /proc, held open. Whatever is read through it is of that process: once
// it has ended everything fails, also when its PID is in use again.
type Folder struct {
	fd   int
	root string
	Stat Stat // as it was when the folder was opened
}

// ErrNone says that the process, although it lives, has no such thing: a kernel thread or a zombie has no memory, no
// program and no files.
var ErrNone = errors.New("a process in this state has none")

// OpenFolder opens the directory of the process with this identity below root, "/proc" as a rule. The error is
// ErrGone if the process has ended.
func OpenFolder(root string, id ID) (*Folder, error) {
	fd, err := dirfile.Open(unix.AT_FDCWD, root+"/"+strconv.Itoa(id.PID), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if gone(err) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("%s/%d: %w", root, id.PID, err)
	}
	f := &Folder{fd: fd, root: root}
	if err := f.readStat(&f.Stat); err != nil {
		f.Close()
		return nil, err
	}
	if f.Stat.StartTime != id.Start {
		f.Close()
		return nil, ErrGone
	}
	return f, nil
}

// Close gives back the descriptor.
func (f *Folder) Close() error { return unix.Close(f.fd) }

// FD returns the descriptor of the directory, which was opened with O_PATH. It is the Folder's.
func (f *Folder) FD() int { return f.fd }

// Clone returns the same directory under a descriptor of its own.
func (f *Folder) Clone() (*Folder, error) {
	fd, err := unix.FcntlInt(uintptr(f.fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return &Folder{fd: fd, root: f.root, Stat: f.Stat}, nil
}

// Living returns the folder of a thread that still has what the process shares: the process's own, as a clone, or, if
// its first thread has ended while others go on, that of one of those.
func (f *Folder) Living() (*Folder, error) {
	if f.Stat.State != 'Z' || f.Stat.NumThreads < 2 {
		return f.Clone()
	}
	tids, _, err := f.Numbers("task", 64)
	if err != nil {
		return nil, err
	}
	for _, tid := range tids {
		fd, err := dirfile.Open(f.fd, "task/"+strconv.Itoa(tid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
		if err != nil {
			continue
		}
		thread := &Folder{fd: fd, root: f.root}
		if thread.readStat(&thread.Stat) == nil && thread.Stat.State != 'Z' && thread.Stat.State != 'X' {
			return thread, nil
		}
		thread.Close()
	}
	return f.Clone()
}

func (f *Folder) readStat(s *Stat) error {
	b, err := dirfile.Read(f.fd, "stat", make([]byte, 4<<10))
	if gone(err) {
		return ErrGone
	}
	if err != nil {
		return err
	}
	return ParseStat(b, s)
}

// Alive reports whether the process has not ended. A zombie has not, nor one that cannot be asked.
func (f *Folder) Alive() bool {
	var s Stat
	return f.readStat(&s) != ErrGone
}

// Read returns the content of a file of the folder, max bytes of it at most.
func (f *Folder) Read(name string, max int) (b []byte, truncated bool, err error) {
	fd, err := dirfile.Open(f.fd, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOCTTY)
	if err != nil {
		return nil, false, f.Explain(err)
	}
	defer unix.Close(fd)
	if b, err = bounded.ReadAll(bounded.FD(fd), int64(max)); errors.Is(err, bounded.ErrTooLong) {
		return b, true, nil
	}
	if err != nil {
		return nil, false, f.Explain(err)
	}
	return b, false, nil
}

// whole is Read of a file that is an error if it is longer than max bytes.
func (f *Folder) whole(name string, max int) ([]byte, error) {
	b, truncated, err := f.Read(name, max)
	if truncated {
		return nil, bounded.ErrTooLong
	}
	return b, err
}

// Link returns where a link of the folder leads, as the kernel words it.
func (f *Folder) Link(name string) (text.Text, error) {
	b := make([]byte, 4<<10) // the kernel gives a page at most
	n, err := unix.Readlinkat(f.fd, name, b)
	if err != nil {
		return text.Text{}, f.Explain(err)
	}
	return text.New(string(b[:n])), nil
}

// Numbers returns the names in a directory of the folder that are numbers, in the kernel's order; more says that there
// are more than max, of which the rest was not listed. Descriptors ascend. Threads stand as they joined their process:
// of two that are started at the same time the one with the higher number may have joined first.
func (f *Folder) Numbers(name string, max int) (numbers []int, more bool, err error) {
	fd, err := dirfile.Open(f.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC)
	if err != nil {
		return nil, false, f.Explain(err)
	}
	dir := os.NewFile(uintptr(fd), name)
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(1024)
		for _, name := range names {
			n, ok := fields.ParseUint([]byte(name))
			if !ok {
				continue
			}
			if len(numbers) == max {
				return numbers, true, nil
			}
			numbers = append(numbers, int(n))
		}
		if err == io.EOF {
			return numbers, false, nil
		}
		if err != nil {
			return nil, false, f.Explain(err)
		}
	}
}

// Explain tells what is gone from what was never there, in the error of a file of the folder. Permissions stay as the
// kernel said them.
func (f *Folder) Explain(err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.ESRCH, unix.ENOENT, unix.EINVAL:
	default:
		return errno
	}
	var now Stat
	switch err := f.readStat(&now); {
	case err != nil: // ErrGone, or why that cannot be told
		return err
	case now.State == 'Z' || now.State == 'X' || now.KernelThread() || errno == unix.ESRCH:
		return ErrNone
	case errno == unix.EINVAL:
		return errno
	}
	return ErrUnsupported
}

// Status reads /proc/PID/status, however many groups it lists.
func (f *Folder) Status() *Status { return f.StatusOf("status") }

// StatusOf reads a file of that form, as each thread has one: task/TID/status.
func (f *Folder) StatusOf(name string) *Status {
	b, err := f.whole(name, fileMax)
	if err != nil {
		return &Status{Err: err, Umask: -1, Seccomp: -1}
	}
	return ParseStatus(b)
}

// Cgroups reads /proc/PID/cgroup.
func (f *Folder) Cgroups() *Cgroups {
	b, err := f.whole("cgroup", fileMax)
	if err != nil {
		return &Cgroups{Err: err}
	}
	return ParseCgroup(b).On(procroot.Groups(f.root))
}

// IO reads /proc/PID/io.
func (f *Folder) IO() *IO {
	b, err := f.whole("io", 4<<10)
	if err != nil {
		return &IO{Err: err}
	}
	return taskio.Parse(b)
}

// Cmdline reads cmdline. It may hang: call it through Within.
func (f *Folder) Cmdline() *Cmdline {
	b, truncated, err := f.Read("cmdline", CmdlineMax)
	if err != nil {
		return &Cmdline{Err: err}
	}
	return &Cmdline{Raw: text.New(string(b)), Truncated: truncated}
}

// ThreadStat reads /proc/PID/task/TID/stat.
func (f *Folder) ThreadStat(tid int) (Stat, error) {
	var s Stat
	b, err := f.whole("task/"+strconv.Itoa(tid)+"/stat", 4<<10)
	if err != nil {
		return s, err
	}
	err = ParseStat(b, &s)
	return s, err
}

// OpenPath returns an O_PATH descriptor of what a link of the folder leads to. It may hang on a network file system:
// call it through Within.
func (f *Folder) OpenPath(name string) (int, error) {
	fd, err := dirfile.Open(f.fd, name, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return -1, f.Explain(err)
	}
	return fd, nil
}

// WithoutPath returns the cause of an error that names a path: one of ours leads through /proc/self/fd, which tells
// nobody anything.
func WithoutPath(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
