package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/crash"
	"bones/procwalk/rootfs"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

// destinations is the part of the help that get and put share: they have the same rules.
const destinations = `The destination follows the rules of cp and docker cp. If it is an existing directory, the copy
goes into it under the source's own name or, if the source ends with /., only the source's
content goes into it. An existing file is replaced. If the destination does not exist, it is
created; the directory that it is in must exist. A directory does not replace a file, nor a
file a directory. A symbolic link is copied as a link; with -L, or with a slash at its end,
bones copies what it leads to.

Permissions, times, links, hard links and holes are kept. What cannot be copied (it vanished, may
not be read, or is a device node, FIFO or socket) is named and left out; the copy goes on, and the
exit status is 1.`

func (a *app) filesGet() *cobra.Command {
	c := &cobra.Command{
		Use:   "get TARGET PATH [LOCAL|-]",
		Short: "Copy a file or a directory out of the container",
		Long: `Copy a file or a directory out of the container, to LOCAL, by default into the current directory;
- is standard output, on which a directory is a tar.

` + destinations + `

The copy belongs to whoever runs bones; with -a it belongs to the user and group of the same
numbers, and keeps extended attributes and ACLs. Set-user-ID and set-group-ID bits and file
capabilities are never copied out; bones says where it removed them. A file appears under its name
only when it is complete. A directory that somebody swaps for another one meanwhile gets nothing.`,
		Example: "  bones files get memcached /etc/passwd\n  bones files get memcached /var/lib/data ./data\n  bones " +
			"files get memcached /etc/hosts - | wc -l\n  bones files get memcached /etc - | tar t",
		Args: cobra.RangeArgs(2, 3),
	}
	archive, follow := archiveFlags(c)
	procDir := procDirFlag(c)
	c.RunE = a.onFiles(procDir, func(ctx context.Context, t *filesTarget, args []string) error {
		path, local := args[0], "."
		if len(args) > 1 {
			local = args[1]
		}
		transfer := rootfs.Transfer{Path: path, Local: local, Follow: *follow, Archive: *archive}
		var p shownProgress
		defer func() { p.end() }()
		if local == "-" {
			return a.getOutput(ctx, t, transfer, *procDir, a.showing(&p))
		}
		if len(args) == 1 {
			if i, err := t.client.Stat(ctx, path, true); err == nil && i.Kind == rootfs.Directory && rootfs.IsRootPath(path) {
				transfer.Local = "root" // and not all over the current directory
			}
		}
		report, final, err := t.client.Get(ctx, transfer, a.showing(&p))
		p.end()
		return a.got(report, final, err)
	})
	return c
}

// archiveFlags are those that get and put share.
func archiveFlags(c *cobra.Command) (archive, follow *bool) {
	archive = c.Flags().BoolP("archive", "a", false, "also keep owners, extended attributes and ACLs")
	follow = c.Flags().BoolP("follow-link", "L", false, "if the source is a link, copy what it leads to")
	return archive, follow
}

// getOutput writes a file as it is, and a directory as tar, to standard output.
func (a *app) getOutput(ctx context.Context, t *filesTarget, transfer rootfs.Transfer, procDir bool,
	at func(rootfs.Progress)) error {
	i, err := t.client.Stat(ctx, transfer.Path, true)
	if err != nil {
		return err
	}
	if i.Kind != rootfs.Directory && terminal.IsTerminal(a.out) {
		return a.cat(ctx, t, transfer.Path, procDir, false, false)
	}
	if i.Kind != rootfs.Directory {
		return t.client.Read(ctx, transfer.Path, 0, 0, a.out)
	}
	if terminal.IsTerminal(a.out) {
		return usage("a directory is written as a tar, which does not belong on a terminal: add | tar t, or > FILE")
	}
	transfer.Follow = true
	if f, ok := a.out.(*os.File); ok {
		report, err := t.client.Pack(ctx, transfer, f, at)
		return a.got(report, "", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	copied := make(chan error, 1)
	crash.Go(func() {
		_, err := io.Copy(a.out, r)
		r.Close()
		copied <- err
	})
	report, err := t.client.Pack(ctx, transfer, w, at)
	w.Close()
	if wrote := <-copied; wrote != nil {
		err = wrote // that nobody reads what is packed follows from it
	}
	return a.got(report, "", err)
}

// got says what became of a copy that is over, and returns its error.
func (a *app) got(report filetree.Report, final string, err error) error {
	for _, note := range report.Notes {
		fmt.Fprintf(a.err, "bones: %s\n", note)
	}
	left := a.leftOut(report)
	if err != nil && report.Files+report.Directories+report.Links > 0 && final != "" {
		if isAny(err, context.Canceled, rootfs.ErrGivenUp) {
			return failed(fmt.Errorf("bones gave up; what it had copied stays in %s", text.Line(final)))
		}
		return fmt.Errorf("%w; what was copied until then stays in %s", err, text.Line(final))
	}
	if err == nil {
		err = left
	}
	return err
}

// leftOut names what a copy left out, and counts those that are too many to be named.
func (a *app) leftOut(report filetree.Report) error {
	for _, l := range report.Left {
		fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(l.Path), l.Why)
	}
	if more := report.LeftOut - len(report.Left); more > 0 {
		fmt.Fprintf(a.err, "bones: and %d more were left out\n", more)
	}
	return copying.LeftOutError(report.LeftOut)
}
