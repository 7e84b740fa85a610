package cgroupview

import (
	"errors"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Put writes a value into a file of a group, in one write(2), if the directory still is the one that g was made of, on a
// cgroup file system. It looks at nothing else: whoever changes a limit goes through the package edit.
func (g *Group) Put(file, value string) error {
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
	case errors.Is(err, unix.ENODEV) && g.Same() == nil: // the group is there still: it is not the one that is gone
		device, _, _ := strings.Cut(value, " ")
		why = "there is no disk " + text.Line(device) + " here; `lsblk` lists those that there are"
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

// ByHand is the shell command that does what Put does.
func (g *Group) ByHand(file, value string) string {
	return effect.Command("echo", value) + " > " + effect.Command(g.Dir.Raw()+"/"+file)
}
