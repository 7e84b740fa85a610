package rootfs

import (
	"fmt"

	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// remove takes a file or a directory away. What is kept of it for undo, filetree.Keeper says.
func (r *Root) remove(dir int, name string, old Info, op Op, progress func(int64)) (OpResult, error) {
	res := OpResult{Info: old}
	parent, err := r.info(dir, ".")
	if err != nil {
		return res, err
	}
	if old.MountID != parent.MountID {
		return res, fmt.Errorf("%q is a mount; umount it first: %w", op.Path, ErrNotPermitted)
	}
	inverse, noUndo := r.keep(dir, name, old, op)
	if old.Kind == Directory && op.Recursive {
		done := int64(0)
		check := r.checked(progress)
		if err := r.empty(dir, name, old, 0, func() error {
			done++
			return check(done)
		}); err != nil {
			if done > 1 {
				err = fmt.Errorf("%w; %d files are removed already", err, done-1)
			}
			return res, err
		}
	} else if now, err := r.at(dir, name); err != nil || !expect(old).met(now) {
		return OpResult{}, fmt.Errorf("%q: %w", op.Path, ErrMoved)
	}
	flags := 0
	if old.Kind == Directory {
		flags = unix.AT_REMOVEDIR
	}
	if err := unix.Unlinkat(dir, name, flags); err != nil {
		return OpResult{}, explain(op.Path, err)
	}
	res.Inverse, res.NoUndo = inverse, noUndo
	return res, nil
}

// keep makes what brings back a file or a directory that is about to be removed, or says why nothing does.
func (r *Root) keep(dir int, name string, old Info, op Op) (*Op, string) {
	absent := &Expect{Absent: true}
	if fs, _ := kernelFS(dir); fs != "" {
		if old.Kind != Directory || op.Recursive {
			return nil, "it is the kernel's own"
		}
		return &Op{Kind: "mkdir", Path: op.Path, Mode: &old.Mode, UID: &old.UID, GID: &old.GID, Expect: absent}, ""
	}
	k := filetree.NewKeeper()
	k.Keep(dir, name, name, old.Kind == Directory && !op.Recursive)
	k.Removed()
	kept := k.Kept()
	if k.NoUndo != "" {
		return nil, k.NoUndo
	}
	return &Op{Kind: "restore", Path: op.Path, Content: kept, Expect: absent}, ""
}

// lookKept says why a removal could not be undone; empty if it could.
func (r *Root) lookKept(op Op) string {
	if op.Kind != "rm" {
		return ""
	}
	dir, name, err := r.parentFor(&op, op.Path)
	if err != nil {
		return ""
	}
	defer unix.Close(dir)
	old, err := r.at(dir, name)
	if err != nil {
		return ""
	}
	_, why := r.keep(dir, name, old, op)
	return why
}

// maxDepth bounds how deep directories are emptied: each level holds a descriptor.
const maxDepth = 512

// empty takes away all that is in a directory. It goes down through descriptors of what it saw, never through a link,
// and stops at what is mounted there.
func (r *Root) empty(dir int, name string, was Info, depth int, one func() error) error {
	if depth > maxDepth {
		return fmt.Errorf("%q: more than %d directories deep: %w", name, maxDepth, ErrTooLarge)
	}
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return explain(name, err)
	}
	defer unix.Close(fd)
	now, err := r.info(fd, name)
	if err != nil {
		return err
	}
	if now.Dev != was.Dev || now.Ino != was.Ino {
		return fmt.Errorf("%q: %w", name, ErrMoved)
	}
	var failed error
	err = r.list(fd, name, func(i Info) bool {
		switch {
		case i.Name == "." || i.Name == "..":
		case i.Err != "":
			if !isNotFound(explain(i.Name, unix.ENOENT)) {
				failed = fmt.Errorf("%q: %s", i.Name, i.Err)
			}
		case i.MountID != now.MountID:
			failed = fmt.Errorf("%q is a mount; umount it first: %w", i.Name, ErrNotPermitted)
		case i.Kind == Directory:
			if failed = r.empty(fd, i.Name, i, depth+1, one); failed == nil {
				failed = explain(i.Name, unix.Unlinkat(fd, i.Name, unix.AT_REMOVEDIR))
			}
		default:
			failed = explain(i.Name, unix.Unlinkat(fd, i.Name, 0))
		}
		if err := one(); failed == nil {
			failed = err
		}
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}
