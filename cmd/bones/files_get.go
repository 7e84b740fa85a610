package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bones/cmd/bones/internal/copying"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
)

func (a *app) filesGet() *cobra.Command {
	c := &cobra.Command{
		Use:   "get TARGET PATH [LOCAL|-]",
		Short: "Copy a file, or a directory, out of the container",
		Long: `Copy a file out of the container, to LOCAL, by default its own name in the current directory; - is
standard output. Of a directory, all that is in it: files and directories with their permissions,
links as links. What is neither is named and left out. What exists already at the destination is not
overwritten. A file is there once it is whole, also where others may write to the directory; a
directory that somebody exchanges there meanwhile gets nothing.`,
		Example: "  bones files get memcached /etc/passwd\n  bones files get memcached /var/lib/data ./data\n  bones " +
			"files get memcached /etc/hosts - | wc -l",
		Args: cobra.RangeArgs(2, 3),
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
		return a.copyOut(t).Copy(ctx, path, local, i)
	})
	return c
}

// copyOut is one that shows its progress on the terminal.
func (a *app) copyOut(t *filesTarget) *copying.Out {
	var p *progress
	return &copying.Out{Client: t.client,
		At: func(path string, done, total int64) {
			if p == nil || p.path != path {
				p.end()
				p = a.newProgress(path, total)
			}
			if p.at(done); done < 0 {
				p.end()
			}
		},
		Left: func(path, why string) {
			p.end()
			fmt.Fprintf(a.err, "bones: %s: left out: %s\n", text.Line(path), text.Line(why))
		}}
}
