package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func (a *app) filesPut() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use:     "put TARGET LOCAL|- PATH",
		Short:   "Copy a file, or a directory, of ours into the container: each file whole or not at all",
		Example: "  bones files put memcached hosts /etc/hosts\n  bones files put memcached - /tmp/hello < hello\n  bones files put memcached conf.d /etc/conf.d",
		Args:    cobra.ExactArgs(3),
	}
	f.register(c, true)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		local, path := args[0], args[1]
		if local == "-" {
			return a.putInput(ctx, t, path, &f)
		}
		var p *progress
		in := &copyIn{client: t.client, name: t.name, attributes: f.attributes,
			at: func(path string, done, total int64) {
				if p == nil || p.path != path {
					p.end()
					p = a.newProgress(path, total)
				}
				p.at(done)
			},
			left: func(path, why string) { fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(path), why) }}
		defer func() { p.end() }()
		return in.each(ctx, local, path, func(e *rootfs.Change) error {
			_, err := a.perform(ctx, e, f.dryRun, sure(f.yes, f.said))
			p.end()
			return err
		})
	})
	return c
}

// putInput writes what comes on standard input. What is short is read first: then the journal, and what is done by hand
// from it, have it too.
func (a *app) putInput(ctx context.Context, t *filesTarget, path string, f *changeFlags) error {
	op, from := rootfs.Op{Kind: "put", Path: path}, &rootfs.Source{Local: "-", Content: a.in, Size: -1}
	if !f.dryRun && !a.readonly {
		begin, err := io.ReadAll(io.LimitReader(a.in, rootfs.MaxByHand+1))
		if from.Content = io.MultiReader(bytes.NewReader(begin), a.in); err == nil && len(begin) <= rootfs.MaxByHand {
			op.Content, from = begin, nil
		}
	}
	return a.change(ctx, t, op, from, f)
}

// copyIn makes the changes that copy files of ours into a container.
type copyIn struct {
	client     *rootfs.Client
	name       text.Text
	attributes func(*rootfs.Op) error               // gives an Op its mode and owner; may be nil
	at         func(path string, done, total int64) // told how far a file is
	left       func(path, why string)               // told what is left out
}

// each gives do the change for a file, or for a directory and all that is in it one after the other, as they are met.
func (c *copyIn) each(ctx context.Context, local, path string, do func(*rootfs.Change) error) error {
	info, err := os.Stat(local)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s: %w", text.Line(local), rootfs.ErrSpecial)
		}
		if i, err := c.client.Stat(ctx, path, true); err == nil && i.Kind == rootfs.Directory {
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
			if i, err := c.client.Stat(ctx, to, true); err == nil && i.Kind == rootfs.Directory {
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
		c.left(at, rootfs.ErrSpecial.Error())
		return nil
	})
}

func (c *copyIn) change(ctx context.Context, op rootfs.Op, local string, size int64, mode uint32, walked bool, do func(*rootfs.Change) error) error {
	if c.attributes != nil {
		if err := c.attributes(&op); err != nil {
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
			Progress: func(done int64) { c.at(local, done, size) }}
	}
	e, err := rootfs.NewChange(ctx, c.client, op, c.name, from)
	if err != nil {
		return err
	}
	return do(e)
}

// openLocal opens a file of ours that was looked at before: what is a FIFO by now is not waited for, and what was met in a directory and
// is a link by now is not followed. That it is a regular file is looked at after.
func openLocal(path string, walked bool) (*os.File, error) {
	flags := os.O_RDONLY | unix.O_NONBLOCK
	if walked {
		flags |= unix.O_NOFOLLOW
	}
	return os.OpenFile(path, flags, 0)
}
