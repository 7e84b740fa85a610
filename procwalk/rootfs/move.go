package rootfs

import (
	"fmt"

	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// move gives a file or a directory another name, also in another directory of the same mount. Nothing is replaced by
// it.
//
// Source: renameat2(2).
func (r *Root) move(dir int, name string, old Info, op Op) (OpResult, error) {
	parent, err := r.info(dir, ".")
	if err != nil {
		return OpResult{}, err
	}
	// The kernel would only refuse it for a mount of our own namespace, not for one of the process's.
	if old.MountID != parent.MountID {
		return OpResult{}, fmt.Errorf("%q is a mount; umount it first: %w", op.Path, ErrNotPermitted)
	}
	to, toName, err := r.parentFor(&op, op.To)
	if err != nil {
		return OpResult{}, err
	}
	defer unix.Close(to)
	if now, err := r.at(dir, name); err != nil || !expect(old).met(now) {
		return OpResult{}, fmt.Errorf("%q: %w", op.Path, ErrMoved)
	}
	err = unix.Renameat2(dir, name, to, toName, unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS { // file systems without that; also a directory into itself
		if old.Kind == Directory {
			return OpResult{}, fmt.Errorf("%q cannot become %q: into itself, or the file system cannot rename without "+
				"replacing (%s)", op.Path, op.To, unix.ErrnoName(err.(unix.Errno)))
		}
		if err = unix.Linkat(dir, name, to, toName, 0); err == nil {
			if err = unix.Unlinkat(dir, name, 0); err != nil {
				unix.Unlinkat(to, toName, 0)
			}
		}
	}
	switch err {
	case nil:
	case unix.EXDEV:
		return OpResult{}, fmt.Errorf("%q and %q are on different mounts (EXDEV): copy it, then remove it", op.Path, op.To)
	case unix.EBUSY:
		return OpResult{}, fmt.Errorf("%q is a mount, or in use (EBUSY): %w", op.Path, ErrNotPermitted)
	case unix.EEXIST:
		return OpResult{}, explain(op.To, err)
	default:
		return OpResult{}, filetree.NotMade(op.Path, err)
	}
	r.sync(to)
	i, err := r.at(to, toName)
	if err != nil { // it is done all the same
		return OpResult{Info: old, NoUndo: "it is no longer where it was put"}, nil
	}
	return OpResult{Info: i, Inverse: &Op{Kind: "mv", Path: op.To, To: op.Path, Expect: expect(i)}}, nil
}
