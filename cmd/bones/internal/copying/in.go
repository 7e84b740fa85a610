package copying

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// In makes the changes that copy files of ours into a container.
type In struct {
	Client     *rootfs.Client
	Name       text.Text
	Attributes func(*rootfs.Op) error               // gives an Op its mode and owner; may be nil
	At         func(path string, done, total int64) // told how far a file is
	Left       func(path, why string)               // told what is left out
}

// Each gives do the change for a file, or for a directory and all that is in it one after the other, as they are met.
func (c *In) Each(ctx context.Context, local, path string, do func(*rootfs.Change) error) error {
	info, err := os.Stat(local)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %w", text.Line(local), rootfs.ErrSpecial)
		}
		if i, err := c.Client.Stat(ctx, path, true); err == nil && i.Kind == rootfs.Directory {
			path = strings.TrimRight(path, "/") + "/" + info.Name()
		}
		return c.change(ctx, rootfs.Op{Kind: "put", Path: path}, local, info.Size(), uint32(info.Mode().Perm()), false, do)
	}
	return filepath.WalkDir(local, func(at string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(local, at)
		if err != nil {
			return err
		}
		to := strings.TrimRight(path, "/")
		if rel != "." {
			to += "/" + rel
		}
		switch {
		case d.IsDir():
			if i, err := c.Client.Stat(ctx, to, true); err == nil && i.Kind == rootfs.Directory {
				return nil
			}
			return c.change(ctx, rootfs.Op{Kind: "mkdir", Path: to, Parents: rel == "."}, "", 0, 0, false, do)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			return c.change(ctx, rootfs.Op{Kind: "put", Path: to}, at, info.Size(), uint32(info.Mode().Perm()), true, do)
		}
		c.Left(at, rootfs.ErrSpecial.Error())
		return nil
	})
}

func (c *In) change(ctx context.Context, op rootfs.Op, local string, size int64, mode uint32, walked bool,
	do func(*rootfs.Change) error) error {
	if c.Attributes != nil {
		if err := c.Attributes(&op); err != nil {
			return err
		}
	}
	var from *rootfs.Source
	if op.Kind == "put" {
		whole, err := filepath.Abs(local) // for the journal, which is read elsewhere
		if err != nil {
			return err
		}
		from = &rootfs.Source{Local: whole, Mode: &mode, Open: func() (*os.File, error) { return openLocal(local, walked) },
			Progress: func(done int64) { c.At(local, done, size) }}
	}
	e, err := rootfs.NewChange(ctx, c.Client, op, c.Name, from)
	if err != nil {
		return err
	}
	return do(e)
}

// openLocal opens a file of ours that was looked at before: what is a FIFO by now is not waited for, and what was met
// in a directory and is a link by now is not followed. That it is a regular file is looked at after.
func openLocal(path string, walked bool) (*os.File, error) {
	flags := os.O_RDONLY | unix.O_NONBLOCK
	if walked {
		flags |= unix.O_NOFOLLOW
	}
	return os.OpenFile(path, flags, 0)
}
