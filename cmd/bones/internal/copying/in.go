package copying

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// In makes the change that copies a file or a tree of ours into a container.
type In struct {
	Client     *rootfs.Client
	Name       text.Text              // whose files they are
	Follow     bool                   // where the local path is a link, what it leads to is meant
	Archive    bool                   // also owners, extended attributes and ACLs
	Attributes func(*rootfs.Op) error // gives an Op the mode and owner that were asked for; may be nil
	At         func(rootfs.Progress)  // told how far the copy is
}

// Plan makes the change. One file goes like any other put; a directory, or a link, is one change as a whole.
func (c *In) Plan(ctx context.Context, local, path string) (*rootfs.Change, error) {
	placed, err := c.Client.FindDestination(ctx, local, path, c.Follow)
	if err != nil {
		return nil, err
	}
	i := placed.Local
	whole, err := filepath.Abs(local) // for the journal, which is read elsewhere
	if err != nil {
		return nil, err
	}
	switch i.Kind {
	case rootfs.Directory, rootfs.Link:
		op := rootfs.Op{Kind: "copy", Path: placed.Path, Local: whole, Follow: c.Follow || local != filepath.Clean(local),
			Archive: c.Archive, Into: placed.Into}
		if err := c.attributes(&op); err != nil {
			return nil, err
		}
		return rootfs.NewChange(ctx, c.Client, op, c.Name, &rootfs.Content{Local: whole, At: c.At})
	case rootfs.Regular:
	default:
		return nil, fmt.Errorf("%s is a %s: %w", text.Line(local), i.Kind, rootfs.ErrSpecial)
	}
	mtime := i.ModTime.UnixNano()
	op := rootfs.Op{Kind: "put", Path: placed.Path, MTime: &mtime, Archive: c.Archive}
	if c.Archive && placed.UID != nil && placed.GID != nil {
		op.UID, op.GID = placed.UID, placed.GID
	}
	if err := c.attributes(&op); err != nil {
		return nil, err
	}
	if op.Mode == nil {
		op.Mode = &i.Mode
	}
	return rootfs.NewChange(ctx, c.Client, op, c.Name, &rootfs.Content{Local: whole, Mode: &i.Mode,
		Open: func() (*os.File, error) { return openLocal(local, !c.Follow, &i) },
		Progress: func(done int64) {
			if c.At != nil {
				c.At(rootfs.Progress{Path: local, Done: done, Total: i.Size})
			}
		}})
}

func (c *In) attributes(op *rootfs.Op) error {
	if c.Attributes == nil {
		return nil
	}
	return c.Attributes(op)
}

// openLocal opens the file of ours that was looked at before. Whoever may write to a directory on its way can have put
// another one there meanwhile, one that only we may read among them, or a device or FIFO, of which opening it does
// something already.
func openLocal(path string, noLink bool, was *rootfs.Info) (*os.File, error) {
	flags := unix.O_PATH | unix.O_CLOEXEC
	if noLink {
		flags |= unix.O_NOFOLLOW
	}
	held, err := unix.Open(path, flags, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(held)
	var now unix.Stat_t
	if err := unix.Fstat(held, &now); err != nil {
		return nil, &os.PathError{Op: "fstat", Path: path, Err: err}
	}
	if now.Dev != was.Dev || now.Ino != was.Ino || now.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("%s: %w", text.Line(path), rootfs.ErrMoved)
	}
	fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(held), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC,
		0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// LeftOutError is an error that says how many files a copy left out, and nil if it left out none.
func LeftOutError(n int) error {
	switch n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("one file was not copied")
	}
	return fmt.Errorf("%d files were not copied", n)
}
