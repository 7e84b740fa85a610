package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"bones/cmd/bones/internal/copying"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func (a *app) filesPut() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use:   "put TARGET LOCAL|- PATH",
		Short: "Copy a file, or a directory, of ours into the container: each file whole or not at all",
		Example: "  bones files put memcached hosts /etc/hosts\n  bones files put memcached - /tmp/hello < hello\n  " +
			"bones files put memcached conf.d /etc/conf.d",
		Args: cobra.ExactArgs(3),
	}
	f.register(c, true)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		local, path := args[0], args[1]
		if local == "-" {
			return a.putInput(ctx, t, path, &f)
		}
		var p *progress
		in := &copying.In{Client: t.client, Name: t.name, Attributes: f.attributes,
			At: func(path string, done, total int64) {
				if p == nil || p.path != path {
					p.end()
					p = a.newProgress(path, total)
				}
				p.at(done)
			},
			Left: func(path, why string) { fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(path), why) }}
		defer func() { p.end() }()
		return in.Each(ctx, local, path, func(e *rootfs.Change) error {
			_, err := a.perform(ctx, e, f.dryRun, sure(f.yes, f.said))
			p.end()
			return err
		})
	})
	return c
}

// putInput writes what comes on standard input. What is short is read first: then the journal, and what is done by
// hand from it, have it too.
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
