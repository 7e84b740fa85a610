package storage

import (
	"context"
	"fmt"
	"os"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Command makes `bones storage`, which lists the mounts of a container or process.
func Command(p command.Program) *cobra.Command {
	var size, all bool
	c := &cobra.Command{
		Use:   "storage TARGET",
		Short: "Mounts and volumes of a container or process, each with its device and how full it is",
		Long: `Show what a container or process has mounted: its root, volumes, and file systems in memory, each
with its type, its device, and how full the file system is. If a file system does not answer, bones
says so, and does not hang. --size measures the writable layer, that is, the upper directory of the
overlay at /: what the container has written on top of its image, in bytes on the disk, with hard
links counted once, like du -sx. ^C stops that.

All mounts of one file system show the same numbers, because they belong to the file system. The
path of the layer is the one in the overlay's mount options; whoever may mount in the container
chose it.`,
		Example: "  bones storage web\n  bones storage web --size\n  bones storage 1234 --all --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return command.Failed(run(c.Context(), p, args[0], size, all))
		},
	}
	c.Flags().BoolVar(&size, "size", false, "measure the writable layer")
	c.Flags().BoolVar(&all, "all", false, "also show the file systems of the kernel: proc, sysfs, cgroups")
	return c
}

func run(ctx context.Context, p command.Program, word string, size, all bool) error {
	s, err := Read(ctx, p.Targets(), word)
	if err != nil {
		return err
	}
	var use *filetree.TreeUse
	if size {
		u, err := s.Measure(ctx, progress(p))
		if err != nil {
			return err
		}
		use = &u
	}
	if p.JSON() {
		return object.Write(p.Out(), s.object(use))
	}
	var t tint.Table
	t.Plain("KIND", "MOUNTED ON", "TYPE", "DEVICE", "SIZE", "USED", "FREE", "USE%", "SOURCE")
	for i := range s.Mounts {
		m := &s.Mounts[i]
		if m.Kind == "kernel" && !all {
			continue
		}
		var line []tint.Cell
		for n, c := range m.cells() {
			cell := tint.Cell{Text: c}
			if n == 7 {
				cell.Style = m.style()
			}
			line = append(line, cell)
		}
		t.Row(line...)
	}
	if err := t.Print(p.Out(), p.Colours()); err != nil {
		return err
	}
	if s.Cut != nil {
		p.Complain(s.Cut)
	}
	switch {
	case use != nil:
		fmt.Fprintf(p.Out(), "writable layer: %s, at %s\n", sizeLine(*use), text.Line(s.Upper))
	case s.Upper == "":
		fmt.Fprintf(p.Out(), "writable layer: %s\n", s.NoUpper)
	default:
		fmt.Fprintf(p.Out(), "writable layer: at %s; --size measures it\n", text.Line(s.Upper))
	}
	for _, line := range s.ByHand() {
		fmt.Fprintf(p.Out(), "by hand: %s\n", line)
	}
	return nil
}

// progress shows how far it is, on a terminal.
func progress(p command.Program) func(filetree.TreeUse) {
	if f, ok := p.Err().(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(u filetree.TreeUse) {
		fmt.Fprintf(p.Err(), "\r%s in %d entries\x1b[K\r", rows.Size(u.Bytes), u.Files)
	}
}
