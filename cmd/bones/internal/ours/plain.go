package ours

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// What is wrong with a file that is to be read, whoever it belongs to.
var (
	ErrNotPlain = errors.New("not a regular file")
	ErrLink     = errors.New("it is a link, and none is followed there")
)

// OpenPlain opens a regular file for reading that somebody else may have put there, and nothing else: what it is,
// is known before it is opened. Opening a device can do something (/dev/watchdog restarts the machine), and opening
// a pipe waits for ever. In a directory that is held open no link is followed; dir is unix.AT_FDCWD for a path that
// the user has named. path is for messages.
func OpenPlain(dir int, name, path string) (*os.File, error) {
	flags := unix.O_PATH | unix.O_CLOEXEC
	if dir != unix.AT_FDCWD {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Openat(dir, name, flags, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: text.Line(path), Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, &os.PathError{Op: "open", Path: text.Line(path), Err: err}
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		return nil, fmt.Errorf("%s: %w", text.Line(path), ErrLink)
	default:
		return nil, fmt.Errorf("%s: %w", text.Line(path), ErrNotPlain)
	}
	r, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: text.Line(path), Err: err}
	}
	return os.NewFile(uintptr(r), path), nil
}
