// Package copying copies files and directories between this host and a container, one file after another: for the
// commands files get and files put, and for the terminal UI.
package copying

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
)

// Out copies files out of a container.
type Out struct {
	Client *rootfs.Client
	At     func(path string, done, total int64) // told how far a file is, and at its end -1
	Left   func(path, why string)               // told what is left out
}

// Copy copies a file or a directory to local, which must not be there yet.
func (c *Out) Copy(ctx context.Context, path, local string, i rootfs.Info) error {
	if i.Kind != rootfs.Directory && i.Kind != rootfs.Regular {
		return fmt.Errorf("%s is a %s: %w", text.Line(path), i.Kind, rootfs.ErrSpecial)
	}
	place, err := NewPlace(local)
	if err != nil {
		return err
	}
	defer place.Close()
	if i.Kind == rootfs.Directory {
		return c.dir(ctx, path, place, i)
	}
	f, err := place.File(os.FileMode(i.Mode & 0o777))
	if err != nil {
		return err
	}
	if err := c.file(ctx, path, i, f.File); err != nil {
		f.Drop()
		return err
	}
	return f.Keep()
}

// file copies one file.
func (c *Out) file(ctx context.Context, path string, i rootfs.Info, to *os.File) error {
	defer c.At(path, -1, i.Size)
	return c.Client.CopyOut(ctx, path, to, func(done int64) { c.At(path, done, i.Size) })
}

// dir copies a directory. Names from inside are only used below an os.Root: none leads out of the destination.
func (c *Out) dir(ctx context.Context, path string, place *LocalParent, i rootfs.Info) error {
	root, err := place.Directory()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := c.into(ctx, path, root, ".", 0); err != nil {
		return fmt.Errorf("%w; what was copied until then stays in %s", err, text.Line(place.path))
	}
	return root.Chmod(".", dirMode(i))
}

// inner copies a file into the directory, in which nobody else may write by now. What was begun and not ended is
// removed.
func (c *Out) inner(ctx context.Context, inside string, root *os.Root, outside string, i rootfs.Info) error {
	f, err := root.OpenFile(outside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(i.Mode&0o777))
	if err != nil {
		return err
	}
	err = c.file(ctx, inside, i, f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		root.Remove(outside)
	}
	return err
}

// dirMode is the permissions of a copied directory: nobody else may write to it out here, whatever it is for inside.
func dirMode(i rootfs.Info) os.FileMode { return os.FileMode(i.Mode & 0o755) }

// maxListed bounds how many entries of a directory are held at once.
const maxListed = 1_000_000

// Entries reads a whole directory. One that never ends is an error.
func Entries(ctx context.Context, c *rootfs.Client, path string) ([]rootfs.Info, error) {
	var list []rootfs.Info
	err := c.List(ctx, path, maxListed+1, func(some []rootfs.Info) { list = append(list, some...) })
	if err == nil && len(list) > maxListed {
		err = fmt.Errorf("%s: %w: more than %d entries", text.Line(path), rootfs.ErrTooLarge, maxListed)
	}
	return list, err
}

// maxTree bounds how deep directories are copied.
const maxTree = 256

func (c *Out) into(ctx context.Context, path string, root *os.Root, at string, depth int) error {
	if depth > maxTree {
		return fmt.Errorf("%s: %w: more than %d directories deep", text.Line(path), rootfs.ErrTooLarge, maxTree)
	}
	list, err := Entries(ctx, c.Client, path)
	if err != nil {
		return err
	}
	for _, i := range list {
		inside, outside := strings.TrimRight(path, "/")+"/"+i.Name, filepath.Join(at, i.Name)
		var err error
		switch {
		case i.Err != "":
			c.Left(inside, i.Err)
		case i.Kind == rootfs.Directory:
			if err = root.Mkdir(outside, 0o700); err == nil {
				if err = c.into(ctx, inside, root, outside, depth+1); err == nil {
					err = root.Chmod(outside, dirMode(i))
				}
			}
		case i.Kind == rootfs.Regular:
			err = c.inner(ctx, inside, root, outside, i)
		case i.Kind == rootfs.Link:
			err = root.Symlink(i.Target, outside)
		default:
			c.Left(inside, "it is a "+string(i.Kind))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
