package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// changeFlags are those of all commands that change files.
type changeFlags struct {
	yes, dryRun bool
	mode, owner string
}

func (f *changeFlags) register(c *cobra.Command, attributes bool) {
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	if attributes {
		c.Flags().StringVar(&f.mode, "mode", "", "permissions, in octal (default: those of what is replaced, else 644, directories 755)")
		c.Flags().StringVar(&f.owner, "owner", "", "UID:GID on this host (default: those of what is replaced, else the container's root)")
	}
}

// attributes puts mode and owner into an Op.
func (f *changeFlags) attributes(op *rootfs.Op) error {
	if f.mode != "" {
		n, err := strconv.ParseUint(f.mode, 8, 32)
		if err != nil || n > 0o7777 {
			return usage("--mode %s: give permissions in octal, like 644", text.Sanitise(f.mode))
		}
		mode := uint32(n)
		op.Mode = &mode
	}
	if f.owner != "" {
		u, g, ok := strings.Cut(f.owner, ":")
		uid, err1 := strconv.ParseUint(u, 10, 32)
		gid, err2 := strconv.ParseUint(g, 10, 32)
		if !ok || err1 != nil || err2 != nil {
			return usage("--owner %s: give UID:GID, two numbers", text.Sanitise(f.owner))
		}
		owner, group := uint32(uid), uint32(gid)
		op.UID, op.GID = &owner, &group
	}
	return nil
}

// change asks where it is risky, and has the host carry it out.
func (a *app) change(ctx context.Context, t *filesTarget, op rootfs.Op, from *rootfs.Source, f *changeFlags) error {
	if err := f.attributes(&op); err != nil {
		return err
	}
	e, err := rootfs.NewChange(ctx, t.client, op, t.name, from)
	if err != nil {
		return err
	}
	if err := a.confirmed(e, f.dryRun, f.yes); err != nil {
		return err
	}
	return a.perform(ctx, e, f.dryRun, true)
}

func (a *app) filesTouch() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use: "touch TARGET PATH...", Short: "Make empty files, or set the time of those that there are",
		Example: "  bones files touch memcached /tmp/hello\n  bones files touch memcached /tmp/mine --owner 1000:1000 --mode 600", Args: cobra.MinimumNArgs(2),
	}
	f.register(c, true)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		for _, path := range args {
			if err := a.change(ctx, t, rootfs.Op{Kind: "touch", Path: path}, nil, &f); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func (a *app) filesMkdir() *cobra.Command {
	var f changeFlags
	var parents bool
	c := &cobra.Command{
		Use: "mkdir TARGET PATH...", Short: "Make directories",
		Example: "  bones files mkdir memcached /tmp/new\n  bones files mkdir memcached /a/b/c -p", Args: cobra.MinimumNArgs(2),
	}
	f.register(c, true)
	c.Flags().BoolVarP(&parents, "parents", "p", false, "also those around; that one exists is no error")
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		for _, path := range args {
			if err := a.change(ctx, t, rootfs.Op{Kind: "mkdir", Path: path, Parents: parents}, nil, &f); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

func (a *app) filesRm() *cobra.Command {
	var f changeFlags
	var recursive bool
	c := &cobra.Command{
		Use: "rm TARGET PATH...", Short: "Remove files and directories; small files can be had back with bones undo",
		Example: "  bones files rm memcached /tmp/hello --yes\n  bones files rm memcached /tmp/dir -r", Args: cobra.MinimumNArgs(2),
	}
	f.register(c, false)
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "a directory with all that is in it")
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		for _, path := range args {
			if err := a.change(ctx, t, rootfs.Op{Kind: "rm", Path: path, Recursive: recursive}, nil, &f); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

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
		info, err := os.Stat(local)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return a.putDir(ctx, t, local, path, &f)
		}
		return a.putFile(ctx, t, local, path, &f)
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

func (a *app) putFile(ctx context.Context, t *filesTarget, local, path string, f *changeFlags) error {
	file, err := os.Open(local)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", text.Line(local), rootfs.ErrSpecial)
	}
	if i, err := t.client.Stat(ctx, path, true); err == nil && i.Kind == rootfs.Directory {
		path = strings.TrimRight(path, "/") + "/" + info.Name()
	}
	p := a.newProgress(local, info.Size())
	defer p.end()
	whole, err := filepath.Abs(local) // for the journal, which is read elsewhere
	if err != nil {
		return err
	}
	return a.change(ctx, t, rootfs.Op{Kind: "put", Path: path}, &rootfs.Source{Local: whole, Mode: uint32(info.Mode().Perm()), Content: file, Size: info.Size(), Progress: p.at}, f)
}

// putDir copies a directory of ours. What is neither a file nor a directory is named and left out.
func (a *app) putDir(ctx context.Context, t *filesTarget, local, path string, f *changeFlags) error {
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
			if i, err := t.client.Stat(ctx, to, true); err == nil && i.Kind == rootfs.Directory {
				return nil
			}
			return a.change(ctx, t, rootfs.Op{Kind: "mkdir", Path: to, Parents: rel == "."}, nil, f)
		case d.Type().IsRegular():
			return a.putFile(ctx, t, at, to, f)
		}
		fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(at), rootfs.ErrSpecial)
		return nil
	})
}

func (a *app) filesEdit() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use:     "edit TARGET PATH",
		Short:   "Edit a file with $VISUAL, $EDITOR or vi, which gets a private copy",
		Example: "  bones files edit memcached /etc/hosts\n  bones files edit memcached /etc/motd --mode 600",
		Args:    cobra.ExactArgs(2),
	}
	f.register(c, true)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		if a.readonly {
			return &statusError{exitPermission, errReadonly}
		}
		before, err := a.smallFile(ctx, t, args[0])
		if err != nil && !errors.Is(err, rootfs.ErrNotFound) {
			return err
		}
		was, statErr := t.client.Stat(ctx, args[0], true)
		after, err := edited(before, filepath.Base(args[0]))
		if err != nil {
			return err
		}
		if bytes.Equal(before, after) && statErr == nil {
			fmt.Fprintln(a.err, "bones: not changed")
			return nil
		}
		op := rootfs.Op{Kind: "put", Path: args[0], Content: after}
		if now, err := t.client.Stat(ctx, args[0], true); statErr == nil && (err != nil || now.Ino != was.Ino || !now.ModTime.Equal(was.ModTime) || now.Size != was.Size) {
			return fmt.Errorf("%s was changed by somebody else meanwhile; nothing was written", text.Line(args[0]))
		}
		f.yes = true // whoever saved it in the editor has said so
		return a.change(ctx, t, op, nil, &f)
	})
	return c
}

// maxEdit bounds what is edited, in bytes.
const maxEdit = 16 << 20

func (a *app) smallFile(ctx context.Context, t *filesTarget, path string) ([]byte, error) {
	var b bytes.Buffer
	if err := t.client.Read(ctx, path, 0, maxEdit+1, &b); err != nil {
		return nil, err
	}
	if b.Len() > maxEdit {
		return nil, fmt.Errorf("%s: %w: an editor gets at most %d MiB", text.Line(path), rootfs.ErrTooLarge, maxEdit>>20)
	}
	return b.Bytes(), nil
}

// edited runs the editor on a private copy, which is gone afterwards.
func edited(content []byte, name string) ([]byte, error) {
	editor := strings.Fields(os.Getenv("VISUAL"))
	if len(editor) == 0 {
		editor = strings.Fields(os.Getenv("EDITOR"))
	}
	if len(editor) == 0 {
		editor = []string{"vi"}
	}
	dir, err := os.MkdirTemp("", "bones-edit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// The name helps the editor to know the language; nothing else of it is wanted.
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '_'
	}, name)
	file := filepath.Join(dir, "edit-"+safe)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, err
	}
	c := exec.Command(editor[0], append(editor[1:], file)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("the editor %s: %w; nothing was written", text.Line(editor[0]), err)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxEdit+1))
}

// progress shows how far a copy is, on a terminal and once it has taken a second.
type progress struct {
	out   io.Writer
	name  string
	total int64
	begun time.Time
	last  time.Time
	shown bool
}

func (a *app) newProgress(name string, total int64) *progress {
	p := &progress{name: text.Line(filepath.Base(name)), total: total, begun: time.Now()}
	if f, ok := a.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.out = a.err
	}
	return p
}

func (p *progress) at(done int64) {
	now := time.Now()
	if p.out == nil || now.Sub(p.begun) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	share := ""
	if p.total > 0 {
		share = fmt.Sprintf(" %3d%%", done*100/p.total)
	}
	fmt.Fprintf(p.out, "\r%s%s %d MiB, %.0f MiB/s; ^C gives up\x1b[K", p.name, share, done>>20, float64(done)/(1<<20)/now.Sub(p.begun).Seconds())
}

func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
