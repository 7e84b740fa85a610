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
What exists already at the destination is not overwritten.`,
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
		if i.Kind == rootfs.Directory {
			return a.getDir(ctx, t, path, local, i)
		}
		if i.Kind != rootfs.Regular {
			return fmt.Errorf("%s is a %s: %w", text.Line(path), i.Kind, rootfs.ErrSpecial)
		}
		return a.getFile(ctx, t, path, i, func() (*os.File, error) {
			return os.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(i.Mode&0o777))
		})
	})
	return c
}

// getFile copies one file. What was begun and not ended is removed.
func (a *app) getFile(ctx context.Context, t *filesTarget, path string, i rootfs.Info, create func() (*os.File, error)) (err error) {
	f, err := create()
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	p := a.newProgress(path, i.Size)
	defer p.end()
	return t.client.CopyOut(ctx, path, f, p.at)
}

// getDir copies a directory. Names from inside are only used below an os.Root: none leads out of the destination.
func (a *app) getDir(ctx context.Context, t *filesTarget, path, local string, i rootfs.Info) error {
	if err := os.Mkdir(local, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(local)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := a.getInto(ctx, t, path, root, ".", 0); err != nil {
		return err
	}
	return os.Chmod(local, os.FileMode(i.Mode&0o777))
}

// maxTree bounds how deep directories are copied.
const maxTree = 256

func (a *app) getInto(ctx context.Context, t *filesTarget, path string, root *os.Root, at string, depth int) error {
	if depth > maxTree {
		return fmt.Errorf("%s: %w: more than %d directories deep", text.Line(path), rootfs.ErrTooLarge, maxTree)
	}
	var list []rootfs.Info
	if err := t.client.List(ctx, path, 0, func(some []rootfs.Info) { list = append(list, some...) }); err != nil {
		return err
	}
	for _, i := range list {
		inside, outside := strings.TrimRight(path, "/")+"/"+i.Name, filepath.Join(at, i.Name)
		var err error
		switch {
		case i.Err != "":
			fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(inside), text.Line(i.Err))
		case i.Kind == rootfs.Directory:
			if err = root.Mkdir(outside, 0o700); err == nil {
				if err = a.getInto(ctx, t, inside, root, outside, depth+1); err == nil {
					err = root.Chmod(outside, os.FileMode(i.Mode&0o777))
				}
			}
		case i.Kind == rootfs.Regular:
			err = a.getFile(ctx, t, inside, i, func() (*os.File, error) {
				return root.OpenFile(outside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, os.FileMode(i.Mode&0o777))
			})
		case i.Kind == rootfs.Link:
			err = root.Symlink(i.Target, outside)
		default:
			fmt.Fprintf(a.err, "bones: %s: left out: it is a %s\n", text.Line(inside), i.Kind)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
