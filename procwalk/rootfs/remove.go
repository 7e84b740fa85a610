package rootfs

import (
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// remove takes a file or a directory away. Of a small regular file the content is kept for undo.
func (r *Root) remove(dir int, name string, old Info, op Op, progress func(int64)) (Result, error) {
	res := Result{Info: old}
	around, err := r.info(dir, ".")
	if err != nil {
		return res, err
	}
	if old.MountID != around.MountID {
		return res, fmt.Errorf("%q is a mount; umount it first: %w", name, ErrNotPermitted)
	}
	switch {
	case old.Kind == Directory && op.Recursive:
		res.NoUndo = "what was in the directory is not kept"
		done := int64(0)
		check := r.checked(progress)
		if err := r.empty(dir, name, old, 0, func() error {
			done++
			return check(done)
		}); err != nil {
			return res, err
		}
		return res, explain(name, unix.Unlinkat(dir, name, unix.AT_REMOVEDIR))
	case old.Kind == Directory:
		res.Inverse = &Op{Kind: "mkdir", Path: op.Path, Mode: &old.Mode, UID: &old.UID, GID: &old.GID,
			Expect: &Expect{Absent: true}}
		if err := unix.Unlinkat(dir, name, unix.AT_REMOVEDIR); err != nil {
			return Result{}, explain(name, err)
		}
		return res, nil
	case old.Kind == Regular && old.Size <= maxKept && old.Links == 1:
		if f, err := sameFile(dir, name, old, unix.O_RDONLY); err == nil {
			kept, err := io.ReadAll(io.LimitReader(f, maxKept+1))
			f.Close()
			if err == nil && len(kept) <= maxKept {
				res.Inverse = &Op{Kind: "put", Path: op.Path, Content: kept, Mode: &old.Mode, UID: &old.UID, GID: &old.GID,
					Expect: &Expect{Absent: true}}
			}
		}
		res.NoUndo = "its content could not be read"
	default:
		res.NoUndo = fmt.Sprintf("a %s of this size is not kept", old.Kind)
	}
	if now, err := r.at(dir, name); err != nil || !expect(old).met(now) {
		return Result{}, fmt.Errorf("%q: %w", name, ErrMoved)
	}
	if err := unix.Unlinkat(dir, name, 0); err != nil {
		return Result{}, explain(name, err)
	}
	if res.Inverse != nil {
		res.NoUndo = ""
	}
	return res, nil
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
