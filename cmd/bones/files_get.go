package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func (a *app) filesGet() *cobra.Command {
	c := &cobra.Command{
		Use:   "get TARGET PATH [LOCAL|-]",
		Short: "Copy a file, or a directory, out of the container",
		Long: `Copy a file out of the container, to LOCAL, by default its own name in the current directory; - is standard output. Of a
directory, all that is in it: files and directories with their permissions, links as links. What is neither is named and left out.
What exists already at the destination is not overwritten. A file is there once it is whole, also where others may write to
the directory; a directory that somebody exchanges there meanwhile gets nothing.`,
		Example: "  bones files get memcached /etc/passwd\n  bones files get memcached /var/lib/data ./data\n  bones files get memcached /etc/hosts - | wc -l",
		Args:    cobra.RangeArgs(2, 3),
	}
	c.RunE = a.onFiles(procDirFlag(c), func(ctx context.Context, t *filesTarget, args []string) error {
		path := args[0]
		local := ""
		if len(args) > 1 {
			local = args[1]
		}
		if local == "-" {
			return t.client.Read(ctx, path, 0, 0, a.out)
		}
		i, err := t.client.Stat(ctx, path, true)
		if err != nil {
			return err
		}
		name := i.Name
		if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
			name = "root"
		}
		switch info, err := os.Stat(local); {
		case local == "":
			local = name
		case err == nil && info.IsDir():
			local = filepath.Join(local, name)
		}
		return a.copyOut(t).any(ctx, path, local, i)
	})
	return c
}

// copyOut copies files out of a container.
type copyOut struct {
	client *rootfs.Client
	at     func(path string, done, total int64) // told how far a file is, and at its end -1
	left   func(path, why string)               // told what is left out
}

// copyOut is one that shows its progress on the terminal.
func (a *app) copyOut(t *filesTarget) *copyOut {
	var p *progress
	return &copyOut{t.client,
		func(path string, done, total int64) {
			if p == nil || p.path != path {
				p.end()
				p = a.newProgress(path, total)
			}
			if p.at(done); done < 0 {
				p.end()
			}
		},
		func(path, why string) {
			p.end()
			fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(path), text.Line(why))
		}}
}

// any copies a file or a directory to local, which must not be there yet.
func (c *copyOut) any(ctx context.Context, path, local string, i rootfs.Info) error {
	if i.Kind != rootfs.Directory && i.Kind != rootfs.Regular {
		return fmt.Errorf("%s is a %s: %w", text.Line(path), i.Kind, rootfs.ErrSpecial)
	}
	place, err := newLocalPlace(local)
	if err != nil {
		return err
	}
	defer place.close()
	if i.Kind == rootfs.Directory {
		return c.dir(ctx, path, place, i)
	}
	f, err := place.file(os.FileMode(i.Mode & 0o777))
	if err != nil {
		return err
	}
	if err := c.file(ctx, path, i, f.File); err != nil {
		f.drop()
		return err
	}
	return f.keep()
}

// file copies one file.
func (c *copyOut) file(ctx context.Context, path string, i rootfs.Info, to *os.File) error {
	defer c.at(path, -1, i.Size)
	return c.client.CopyOut(ctx, path, to, func(done int64) { c.at(path, done, i.Size) })
}

// dir copies a directory. Names from inside are only used below an os.Root: none leads out of the destination.
func (c *copyOut) dir(ctx context.Context, path string, place *localPlace, i rootfs.Info) error {
	root, err := place.directory()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := c.into(ctx, path, root, ".", 0); err != nil {
		return fmt.Errorf("%w; what was copied until then stays in %s", err, text.Line(place.path))
	}
	return root.Chmod(".", dirMode(i))
}

// inner copies a file into the directory, in which nobody else may write by now. What was begun and not ended is removed.
func (c *copyOut) inner(ctx context.Context, inside string, root *os.Root, outside string, i rootfs.Info) error {
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

// entries reads a whole directory. One that never ends is an error.
func entries(ctx context.Context, c *rootfs.Client, path string) ([]rootfs.Info, error) {
	var list []rootfs.Info
	err := c.List(ctx, path, maxListed+1, func(some []rootfs.Info) { list = append(list, some...) })
	if err == nil && len(list) > maxListed {
		err = fmt.Errorf("%s: %w: more than %d entries", text.Line(path), rootfs.ErrTooLarge, maxListed)
	}
	return list, err
}

// maxTree bounds how deep directories are copied.
const maxTree = 256

func (c *copyOut) into(ctx context.Context, path string, root *os.Root, at string, depth int) error {
	if depth > maxTree {
		return fmt.Errorf("%s: %w: more than %d directories deep", text.Line(path), rootfs.ErrTooLarge, maxTree)
	}
	list, err := entries(ctx, c.client, path)
	if err != nil {
		return err
	}
	for _, i := range list {
		inside, outside := strings.TrimRight(path, "/")+"/"+i.Name, filepath.Join(at, i.Name)
		var err error
		switch {
		case i.Err != "":
			c.left(inside, i.Err)
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
			c.left(inside, "it is a "+string(i.Kind))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
