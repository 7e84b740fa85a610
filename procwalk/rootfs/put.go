package rootfs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"bones/procwalk/bounded"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
func isExists(err error) bool   { return errors.Is(err, ErrExists) }

// putNew writes a file that was not there: whole, under a name of its own, which then becomes the right one.
func (r *Root) putNew(dir int, name string, op Op, content io.Reader, progress func(int64)) (OpResult, error) {
	temp, err := r.write(dir, op, 0o644, nil, content, progress)
	if err != nil {
		return OpResult{}, err
	}
	// Without replacing: somebody may have made it meanwhile.
	if err := filetree.MoveIn(dir, temp, name, false); err != nil {
		return OpResult{}, explain(op.Path, err)
	}
	r.sync(dir)
	return r.made(dir, name, op.Path)
}

// write makes a file under a name of its own in the directory and fills it. Nothing is left of it on an error.
func (r *Root) write(dir int, op Op, mode uint32, like *os.File, content io.Reader,
	progress func(int64)) (temp string, err error) {
	name := ".bones-" + rand.Text()
	f, err := r.newFile(dir, name, op.Path, op, mode)
	if err != nil {
		return "", err
	}
	defer func() {
		f.Close()
		if err != nil {
			unix.Unlinkat(dir, name, 0)
		}
	}()
	source, _ := content.(*os.File)
	if source != nil && op.Size > 0 { // holes stay holes
		err = filetree.CopyFile(f, source, op.Size, op.Path, r.checked(progress))
	} else {
		err = filetree.CopyAll(f, content, op.Size, r.checked(progress))
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", text.Line(op.Path), err)
	}
	if op.Archive && source != nil {
		like = source
	}
	if like != nil {
		if err = r.copyAttributes(f, like, op.Archive && source != nil && !r.translated); err != nil {
			return "", err
		}
	}
	if op.MTime != nil {
		at := unix.NsecToTimespec(*op.MTime)
		if err = unix.UtimesNanoAt(unix.AT_FDCWD, selfFD(int(f.Fd())), []unix.Timespec{at, at}, 0); err != nil {
			return "", explain(op.Path, err)
		}
	}
	if err = r.sync(int(f.Fd())); err != nil {
		return "", explain(op.Path, err)
	}
	if err = r.alive(); err != nil {
		return "", err
	}
	if err = r.checked(nil)(0); err != nil {
		return "", err
	}
	return name, nil
}

// replace writes over a file that is there. One with other names, and one that is a mount itself, is written in place:
// the others are to see it too. Else a new file takes its place, with owner, mode and attributes of the old.
func (r *Root) replace(dir int, name string, old Info, op Op, content io.Reader, progress func(int64)) (OpResult,
	error) {
	if old.Kind == Link {
		return OpResult{}, fmt.Errorf("%q is a link; name the file that it leads to: %w", name, ErrSpecial)
	}
	if old.Kind != Regular {
		return OpResult{}, fmt.Errorf("%q is a %s: %w", name, old.Kind, ErrSpecial)
	}
	f, err := sameFile(dir, name, old, unix.O_RDONLY)
	if err != nil {
		return OpResult{}, err
	}
	defer f.Close()
	var kept []byte
	undo := "the old content is larger than is kept"
	if old.Size <= maxKept {
		switch kept, err = bounded.ReadAll(f, maxKept); {
		case err == nil:
			undo = ""
		case !errors.Is(err, bounded.ErrTooLong):
			undo = "the old content could not be read: " + filetree.Unwrap(err).Error()
		}
	}
	parent, err := r.info(dir, ".")
	if err != nil {
		return OpResult{}, err
	}
	if old.Links > 1 || old.MountID != parent.MountID || op.KernelFiles && r.isKernelFile(f) {
		if err := r.inPlace(dir, name, old, kept, undo == "", op, content, progress); err != nil {
			return OpResult{}, err
		}
	} else {
		if op.Mode == nil {
			op.Mode = &old.Mode
		}
		if op.UID == nil && op.GID == nil {
			op.UID, op.GID = &old.UID, &old.GID
		}
		temp, err := r.write(dir, op, old.Mode, f, content, progress)
		if err != nil {
			return OpResult{}, err
		}
		if now, err := r.at(dir, name); err != nil || !expect(old).met(now) {
			unix.Unlinkat(dir, temp, 0)
			return OpResult{}, fmt.Errorf("%q has changed while it was written: %w", op.Path, ErrMoved)
		}
		if err := unix.Renameat(dir, temp, dir, name); err != nil {
			unix.Unlinkat(dir, temp, 0)
			return OpResult{}, explain(op.Path, err)
		}
		r.sync(dir)
	}
	i, err := r.at(dir, name)
	if err != nil {
		return OpResult{}, err
	}
	res := OpResult{Info: i, NoUndo: undo}
	if undo == "" {
		mtime := old.ModTime.UnixNano()
		res.Inverse = &Op{Kind: "put", Path: op.Path, Content: kept, Mode: &old.Mode, UID: &old.UID, GID: &old.GID,
			MTime: &mtime, Expect: expect(i)}
	}
	return res, nil
}

// isKernelFile reports whether an open file is the kernel itself: no other can take its place, it is written to.
func (r *Root) isKernelFile(f *os.File) bool {
	fs, err := kernelFS(int(f.Fd()))
	return err == nil && fs != ""
}

// sameFile opens the regular file that was looked at.
func sameFile(dir int, name string, was Info, flags int) (*os.File, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, explain(name, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, explain(name, err)
	}
	if st.Dev != was.Dev || st.Ino != was.Ino || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("%q: %w", name, ErrMoved)
	}
	real, err := unix.Open(selfFD(fd), flags|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, explain(name, err)
	}
	return os.NewFile(uintptr(real), "file"), nil
}

// maxInPlace is how much is written into a file itself, in bytes.
const maxInPlace = 64 << 20

// inPlace writes into the file itself. All that is to be written is read before the first byte is: from then on it is
// not given up any more. What was there comes back if the file system refuses; where it is too large to be kept, it is
// refused before.
func (r *Root) inPlace(dir int, name string, old Info, kept []byte, whole bool, op Op, content io.Reader,
	progress func(int64)) error {
	size := op.Size
	if !whole {
		return fmt.Errorf("%q has other names, or is a mount, and is too large to be written in place: %w", op.Path,
			ErrTooLarge)
	}
	tooLong := fmt.Errorf("%q has other names, or is a mount: it is written in place, and at most %d MiB are: %w",
		op.Path, maxInPlace>>20, ErrTooLarge)
	if size > maxInPlace {
		return tooLong
	}
	var all filetree.Pieces
	if err := filetree.CopyAll(&all, io.LimitReader(content, maxInPlace+1), -1, r.checked(progress)); err != nil {
		return err
	}
	switch {
	case all.Length > maxInPlace:
		return tooLong
	case size >= 0 && all.Length != size:
		return fmt.Errorf("the content broke off after %d of %d bytes", all.Length, size)
	}
	f, err := sameFile(dir, name, old, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := errors.Join(r.alive(), r.checked(nil)(0)); err != nil {
		return err
	}
	_, err = all.WriteTo(f)
	if err == nil {
		err = f.Truncate(all.Length)
	}
	if err == nil {
		if err = r.sync(int(f.Fd())); err == unix.EINVAL && r.isKernelFile(f) {
			err = nil // most of them have nothing that a disk could write down
		}
	}
	if err == nil && (op.Mode != nil || op.UID != nil || op.MTime != nil) && !r.isKernelFile(f) {
		if err = setAttributes(int(f.Fd()), op, old); err != nil {
			return fmt.Errorf("%q was written, but keeps its owner, permissions or time: %w", op.Path, explain(op.Path, err))
		}
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: writing: %w", text.Line(op.Path), filetree.Unwrap(err))
	_, back := f.WriteAt(kept, 0)
	if back == nil {
		back = f.Truncate(int64(len(kept)))
	}
	if back != nil {
		return fmt.Errorf("%w; and the old content could not be put back: %w", err, filetree.Unwrap(back))
	}
	return err
}

// copyAttributes gives a file the extended attributes of another, which is one of this host where local is set.
func (r *Root) copyAttributes(to, from *os.File, local bool) error {
	list, err := filetree.Attributes(int(from.Fd()))
	if err != nil {
		return err
	}
	if local {
		if list, err = filetree.Translate(list, r.identity(true)); err != nil {
			return err
		}
	}
	return filetree.SetAttributes(int(to.Fd()), list)
}
