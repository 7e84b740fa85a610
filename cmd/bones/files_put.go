package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"bones/cmd/bones/internal/copying"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"

	"github.com/spf13/cobra"
)

func (a *app) filesPut() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use:   "put TARGET LOCAL|- PATH",
		Short: "Copy a file or a directory into the container: each file whole or not at all",
		Long: `Copy a file or a directory from the host into the container. If LOCAL is -, standard input is the
content of a file or, if PATH is a directory, a tar that is unpacked there.

` + destinations + `

New files belong to the container's root or, if you are not root, to you; replaced files keep their
owner. With -a both get the user and group that have the same numbers inside, and extended
attributes and ACLs. When bones unpacks a tar, it leaves out names that are absolute or lead through
.., and follows no link. Copying a directory is one change, which bones undo takes back as a whole:
it restores what was replaced, and leaves alone what somebody has changed since.`,
		Example: "  bones files put memcached hosts /etc/hosts\n  bones files put memcached - /tmp/hello < hello\n  " +
			"bones files put memcached conf.d /etc/conf.d\n  bones files put memcached - /srv/ < site.tar",
		Args: cobra.ExactArgs(3),
	}
	f.register(c, true)
	c.Flags().Lookup("mode").Usage = "set the permissions `MODE` of files, in octal (default: those that they have here)"
	archive, follow := archiveFlags(c)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		local, path := args[0], args[1]
		var p shownProgress
		defer func() { p.end() }()
		if local == "-" {
			return a.putInput(ctx, t, path, &f, *archive, a.showing(&p))
		}
		in := &copying.In{Client: t.client, Name: t.name, Attributes: f.attributes, Follow: *follow, Archive: *archive,
			At: a.showing(&p)}
		e, err := in.Plan(ctx, local, path)
		if err != nil {
			return err
		}
		out, err := a.perform(ctx, e, f.dryRun, sure(f.yes, f.said))
		p.end()
		return a.put(out, err)
	})
	return c
}

// put says what a copy into the container left out, and how it broke off.
func (a *app) put(out effect.Outcome, err error) error {
	if err != nil {
		return err
	}
	res, ok := out.Result.(rootfs.OpResult)
	if !ok || res.Report == nil {
		return nil
	}
	err = a.leftOut(*res.Report)
	if res.Broke != "" {
		stays := "; what was copied until then stays, and bones undo takes it back"
		if res.Inverse == nil {
			stays = "; what was copied until then stays"
		}
		err = errors.New(res.Broke + stays)
	}
	return failed(err)
}

// putInput writes what comes on standard input: into a file, or where the path is a directory, what a tar holds. What
// is short is read first: then the journal, and what is done by hand from it, have it too.
func (a *app) putInput(ctx context.Context, t *filesTarget, path string, f *changeFlags, archive bool,
	at func(rootfs.Progress)) error {
	if i, err := t.client.Stat(ctx, path, true); err == nil && i.Kind == rootfs.Directory {
		return a.putTar(ctx, t, path, f, archive, at)
	}
	op, from := rootfs.Op{Kind: "put", Path: path}, &rootfs.Content{Local: "-", Content: a.in, Size: -1,
		Progress: func(done int64) { at(rootfs.Progress{Path: path, Done: done}) }}
	if !f.dryRun && !a.readonly {
		begin, err := io.ReadAll(io.LimitReader(a.in, rootfs.MaxByHand+1))
		if from.Content = io.MultiReader(bytes.NewReader(begin), a.in); err == nil && len(begin) <= rootfs.MaxByHand {
			op.Content, from = begin, nil
		}
	}
	return a.change(ctx, t, op, from, f)
}

func (a *app) putTar(ctx context.Context, t *filesTarget, path string, f *changeFlags, archive bool,
	at func(rootfs.Progress)) error {
	op := rootfs.Op{Kind: "unpack", Path: path, Into: true, Archive: archive}
	if err := f.attributes(&op); err != nil {
		return err
	}
	e, err := rootfs.NewChange(ctx, t.client, op, t.name, &rootfs.Content{Local: "-", Content: struct{ io.Reader }{a.in},
		Size: -1, At: at})
	if err != nil {
		return err
	}
	said := f.said
	if a.in == os.Stdin { // nobody can be asked: the tar is there, where the answer would come from
		said = effect.Typed
	}
	out, err := a.perform(ctx, e, f.dryRun, sure(f.yes, said))
	return a.put(out, err)
}
