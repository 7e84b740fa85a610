package rootfs

import (
	"errors"
	"fmt"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// ErrKernelFile says that a change would be one of the kernel and not of a file, see Op.KernelFiles.
var ErrKernelFile = error(fault.New(fault.NotPermitted,
	"a change there changes the kernel, perhaps for the whole host, and not a file of the container"))

// HowToChange adds to ErrKernelFile what makes the change all the same, like "--kernel-files makes the change"; other
// errors stay as they are.
func HowToChange(err error, does string) error {
	if !errors.Is(err, ErrKernelFile) {
		return err
	}
	return fmt.Errorf("%w; %s all the same", err, does)
}

// kernelFS returns the name of the kernel's own file system that a descriptor is on; empty if it is on another one.
func kernelFS(fd int) (string, error) { return filetree.KernelFS(fd) }

// mayChange refuses a change of what a descriptor stands for where that is the kernel itself.
func (o *Op) mayChange(fd int, name string) error {
	if o.KernelFiles {
		return nil
	}
	fs, err := kernelFS(fd)
	switch {
	case err != nil:
		return explain(name, err)
	case fs != "":
		return fmt.Errorf("%s is on %s: %w", text.Line(name), fs, ErrKernelFile)
	}
	return nil
}

// parentFor opens the directory around a path that an Op is to change something in.
func (r *Root) parentFor(op *Op, path string) (dir int, name string, err error) {
	dir, name, err = r.parent(path)
	if err != nil {
		return -1, "", err
	}
	if err := op.mayChange(dir, path); err != nil {
		unix.Close(dir)
		return -1, "", err
	}
	return dir, name, nil
}

// inspect describes what an Op is about, a link itself, and refuses what Do would refuse because of the file system:
// nobody is to be asked for what is not done then.
func (r *Root) inspect(op Op) (Info, error) {
	paths := []string{op.Path}
	if op.Kind == "mv" {
		paths = append(paths, op.To)
	}
	for _, path := range paths {
		if err := r.lookAround(&op, path); err != nil {
			return Info{}, err
		}
	}
	return r.Stat(op.Path, false)
}

// lookAround looks at a path, and at the innermost directory around it that there is.
func (r *Root) lookAround(op *Op, path string) error {
	for parent := strings.TrimRight(path, "/"); ; {
		fd, err := r.open(parent, unix.O_NOFOLLOW)
		if err == nil {
			err = op.mayChange(fd, path)
			unix.Close(fd)
			if err != nil {
				return err
			}
			if parent != strings.TrimRight(path, "/") {
				return nil
			}
		}
		if parent == "" {
			return nil
		}
		parent = strings.TrimRight(parent[:strings.LastIndexByte(parent, '/')+1], "/")
	}
}
