package cgroupview

import (
	"errors"
	"fmt"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// write carries out one change: the directory must be the one that was shown, on a cgroup file system, and the file
// must hold what was shown. It returns what the file holds then.
func (h *FileSystem) write(c Change) (string, error) {
	now, err := h.value(c.Group, c.File)
	if err != nil {
		return "", err
	}
	if now != c.Old {
		return "", fmt.Errorf("%s holds %s now, no longer %s; nothing was written", text.Line(c.File), text.Line(now),
			text.Line(c.Old))
	}
	if err := c.Group.put(c.File, c.New); err != nil {
		return "", err
	}
	now, err = h.value(c.Group, c.File)
	if err != nil {
		return "", fmt.Errorf("written, but what came of it cannot be read: %w", err)
	}
	return now, nil
}

// put writes a value in one write(2).
func (g *Group) put(file, value string) error {
	dir, err := g.openSame()
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	var fs unix.Statfs_t
	if err := unix.Fstatfs(dir, &fs); err != nil {
		return failed(g, file, err)
	}
	magic := int64(unix.CGROUP_SUPER_MAGIC)
	if g.Hierarchy.Version == 2 {
		magic = unix.CGROUP2_SUPER_MAGIC
	}
	if int64(fs.Type) != magic {
		return fmt.Errorf("%s: %w; nothing was written", g.Dir, ErrNotCgroup)
	}
	fd, err := openBelow(dir, file, unix.O_WRONLY)
	if err != nil {
		return failed(g, file, err)
	}
	defer unix.Close(fd)
	if value == "" { // a write of nothing would not reach the file
		value = "\n"
	}
	if _, err := unix.Write(fd, []byte(value)); err != nil {
		return refused(g, file, value, err)
	}
	return nil
}

// refused says what an error of the kernel means for a value.
func refused(g *Group, file, value string, err error) error {
	why := ""
	switch {
	case errors.Is(err, unix.EBUSY):
		why = "the kernel could not make it fit: more is in use than that, or a group below has it"
	case errors.Is(err, unix.EINVAL):
		why = "the kernel does not take the value here; a group around it may not allow it"
	case errors.Is(err, unix.ENOSPC):
		why = "tasks in the group would be left without any"
	default:
		return failed(g, file, err)
	}
	return fmt.Errorf("%s: %s was not set to %s: %s (%w)", g.Dir, text.Line(file), text.Line(value), why, err)
}
