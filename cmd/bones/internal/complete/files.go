package complete

import (
	"context"
	"slices"
	"strings"

	"bones/cmd/bones/internal/target"
	"bones/procwalk/rootfs"

	"github.com/spf13/cobra"
)

// completePath offers the files of the target, in the directory that is typed so far. The kernel resolves it within
// the target's root, as it does for the commands.
func (r *resolver) completePath(ctx context.Context, c *cobra.Command, args []string, word string) []candidate {
	where := rootfs.RootDir
	if f := c.Flags().Lookup("proc-dir"); f != nil && f.Value.String() == "true" {
		where = rootfs.ProcDir
	}
	s, x, err := r.Finder().Named(ctx, args[0])
	if err != nil {
		return nil
	}
	p, _, err := target.Backing(x, s, args[0])
	if err != nil {
		return nil
	}
	client := rootfs.NewClient(r.Finder().Proc, p.ID(), where, Within)
	defer client.Close()
	dir := word[:strings.LastIndexByte(word, '/')+1]
	if word == "" {
		dir = "/"
	}
	var list []candidate
	var links []int
	listing, enough := context.WithCancel(ctx)
	defer enough()
	// What came before the time was over is offered.
	client.List(listing, "/"+dir, 0, func(some []rootfs.Info) {
		for _, i := range some {
			x := candidate{dir + i.Name, string(i.Kind)}
			if !strings.HasPrefix(x.word, word) || !harmless(x.word) {
				continue
			}
			if len(list) == MaxCandidates {
				enough()
				return
			}
			switch i.Kind {
			case rootfs.Directory:
				x = candidate{x.word + "/", ""}
			case rootfs.Regular:
				x.does = ""
			case rootfs.Link:
				x.does = "-> " + i.Target
				links = append(links, len(list))
			}
			list = append(list, x)
		}
	})
	for _, at := range links[:min(len(links), maxFollowed)] {
		if ctx.Err() != nil {
			break
		}
		if i, err := client.Stat(ctx, "/"+list[at].word, true); err == nil && i.Kind == rootfs.Directory {
			list[at].word += "/"
		}
	}
	slices.SortFunc(list, func(x, y candidate) int { return strings.Compare(x.word, y.word) })
	return list
}

// maxFollowed is of how many links it is looked up whether they lead to a directory.
const maxFollowed = 64
