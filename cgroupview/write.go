package cgroupview

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Put writes a value into a file of a group, in one write(2), if the directory still is the one that g was made of, on
// a cgroup file system. It looks at nothing else: whoever changes a limit goes through the package edit.
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
	case disk(g, file, value) != "" && (errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EINVAL)):
		why = disk(g, file, value) // the group is there still: it is not the one that is gone
	case errors.Is(err, unix.EACCES) && strings.HasPrefix(file, "cpuset."):
		why = "the group around it does not have all of these"
	case errors.Is(err, unix.ERANGE):
		why = "this machine does not have that many"
		if !strings.HasPrefix(file, "cpuset.") {
			why = "it is outside the range that this kernel accepts"
		}
	case errors.Is(err, unix.EBUSY):
		why = "the kernel could not make it fit: more is in use than that, or a group below has it"
	case errors.Is(err, unix.EINVAL):
		why = "the kernel does not take the value here; a group around it may not allow it"
	case errors.Is(err, unix.ENOSPC):
		why = "tasks in the group would be left without any"
	default:
		return failed(g, file, err)
	}
	return &fault.Error{Kind: fault.Of(err), What: fmt.Sprintf("%s: %s was not set to %s", g.Dir, text.Line(file),
		text.Line(value)), Why: why, Err: err}
}

// disk is why a limit of a disk cannot be set: there is no such disk, or it is part of one. Empty if it is a disk, or
// the group has gone.
//
// Source: Documentation/ABI/stable/sysfs-block: /sys/dev/block.
func disk(g *Group, file, value string) string {
	s := spec.Of(g.Hierarchy.Version, file)
	if s == nil || !spec.ByDevice(s) || g.Same() != nil {
		return ""
	}
	device, _, _ := strings.Cut(value, " ")
	if !strings.Contains(device, ":") || strings.ContainsAny(device, "/.") {
		return ""
	}
	if _, err := os.Stat("/sys/dev/block"); err != nil {
		return "this kernel does not take the disk " + text.Line(device)
	}
	if _, err := os.Stat("/sys/dev/block/" + device); err != nil {
		return "there is no disk " + text.Line(device) + " here; `lsblk` lists them"
	}
	if _, err := os.Stat("/sys/dev/block/" + device + "/partition"); err == nil {
		return text.Line(device) + " is a partition, and limits are those of whole disks"
	}
	return ""
}

// ByHand is the shell command that does what Put does.
func (g *Group) ByHand(file, value string) string {
	return effect.Command("echo", value) + " > " + effect.Command(g.Dir.Raw()+"/"+file)
}
