package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/host"
	"bones/procwalk/bounded"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// changeFlags are those of all commands that change files.
type changeFlags struct {
	yes, dryRun bool
	kernelFiles bool
	mode, owner string
	said        effect.Said
}

func (f *changeFlags) register(c *cobra.Command, attributes bool) {
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the command that does it by hand, and do nothing")
	kernelFilesFlag(c, &f.kernelFiles)
	if attributes {
		c.Flags().StringVar(&f.mode, "mode", "",
			"set the permissions `MODE`, in octal (default: those of what is replaced, else 644, directories 755); a "+
				"directory keeps its set-group-ID, as with chmod, unless MODE has five digits")
		c.Flags().StringVar(&f.owner, "owner", "",
			"set the owner and group `UID:GID` of this host (default: those of what is replaced, else the container's "+
				"root)")
	}
}

// attributes puts mode and owner into an Op, and whether the file may be the kernel itself.
func (f *changeFlags) attributes(op *rootfs.Op) error {
	op.KernelFiles = f.kernelFiles
	if f.mode != "" {
		n, err := strconv.ParseUint(f.mode, 8, 32)
		if err != nil || n > 0o7777 {
			return usage("--mode %s: give permissions in octal, like 644", text.Sanitise(f.mode))
		}
		mode := uint32(n)
		op.Mode, op.KeepSetID = &mode, len(f.mode) < 5
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
func (a *app) change(ctx context.Context, t *filesTarget, op rootfs.Op, from *rootfs.Content, f *changeFlags) error {
	if err := f.attributes(&op); err != nil {
		return err
	}
	e, err := rootfs.NewChange(ctx, t.client, op, t.name, from)
	if err != nil {
		return err
	}
	_, err = a.perform(ctx, e, f.dryRun, sure(f.yes, f.said))
	return err
}

// eachPath does something with each of several paths. Where one is not there or refused, the others have their turn
// all the same, as with rm and touch; the last error is returned, and those before it are said.
func (a *app) eachPath(paths []string, do func(path string) error) error {
	var last error
	for _, path := range paths {
		err := do(path)
		if err == nil {
			continue
		}
		if last != nil {
			fmt.Fprintln(a.err, "bones: "+fault.Line(a.filesFailed(last)))
		}
		if last = err; !isAny(err, rootfs.ErrNotFound, rootfs.ErrExists, rootfs.ErrNotPermitted, rootfs.ErrReadOnly,
			rootfs.ErrNotEmpty, rootfs.ErrIsDirectory, rootfs.ErrNotDirectory, rootfs.ErrSpecial, rootfs.ErrLoop,
			rootfs.ErrMoved) {
			return err
		}
	}
	return last
}

func (a *app) filesTouch() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use: "touch TARGET PATH...", Short: "Create empty files, or update the time of existing ones",
		Example: "  bones files touch memcached /tmp/hello\n  bones files touch memcached /tmp/mine --owner 1000:1000 " +
			"--mode 600", Args: cobra.MinimumNArgs(2),
	}
	f.register(c, true)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		return a.eachPath(args, func(path string) error {
			return a.change(ctx, t, rootfs.Op{Kind: "touch", Path: path}, nil, &f)
		})
	})
	return c
}

func (a *app) filesMkdir() *cobra.Command {
	var f changeFlags
	var parents bool
	c := &cobra.Command{
		Use: "mkdir TARGET PATH...", Short: "Create directories",
		Example: "  bones files mkdir memcached /tmp/new\n  bones files mkdir memcached /a/b/c -p",
		Args:    cobra.MinimumNArgs(2),
	}
	f.register(c, true)
	c.Flags().BoolVarP(&parents, "parents", "p", false, "create missing parents, too; do not fail if a directory exists")
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		return a.eachPath(args, func(path string) error {
			return a.change(ctx, t, rootfs.Op{Kind: "mkdir", Path: path, Parents: parents}, nil, &f)
		})
	})
	return c
}

func (a *app) filesMv() *cobra.Command {
	var f changeFlags
	c := &cobra.Command{
		Use: "mv TARGET FROM TO", Short: "Rename a file or a directory within one mount; never replaces anything",
		Example: "  bones files mv memcached /tmp/hello /tmp/world\n  bones undo", Args: cobra.ExactArgs(3),
	}
	f.register(c, false)
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		return a.change(ctx, t, rootfs.Op{Kind: "mv", Path: args[0], To: args[1]}, nil, &f)
	})
	return c
}

func (a *app) filesRm() *cobra.Command {
	var f changeFlags
	var recursive bool
	c := &cobra.Command{
		Use: "rm TARGET PATH...", Short: "Remove files and directories; bones undo brings small ones back",
		Example: "  bones files rm memcached /tmp/hello --yes\n  bones files rm memcached /tmp/dir -r",
		Args:    cobra.MinimumNArgs(2),
	}
	f.register(c, false)
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "remove directories with everything in them")
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		return a.eachPath(args, func(path string) error {
			return a.change(ctx, t, rootfs.Op{Kind: "rm", Path: path, Recursive: recursive}, nil, &f)
		})
	})
	return c
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
	c.Flags().Lookup("dry-run").Usage = "open the editor on the copy, then print the command that writes it, " +
		"and write nothing"
	c.RunE = a.onFiles(nil, func(ctx context.Context, t *filesTarget, args []string) error {
		if a.readonly {
			return failed(host.ErrReadonly)
		}
		if len(editor()) == 0 && !term.IsTerminal(int(os.Stdin.Fd())) {
			return failed(errors.New("files edit: there is no terminal here for vi; set EDITOR to a program that needs " +
				"none, or use `bones files get` and `put`"))
		}
		// Whatever is refused is refused before somebody has edited it.
		if _, err := rootfs.NewChange(ctx, t.client, rootfs.Op{Kind: "put", Path: args[0], KernelFiles: f.kernelFiles},
			t.name, nil); err != nil {
			return err
		}
		before, err := a.smallFile(ctx, t, args[0])
		if err != nil && !errors.Is(err, rootfs.ErrNotFound) {
			return err
		}
		was, statErr := t.client.Stat(ctx, args[0], true)
		return a.editCopy(ctx, t, args[0], before, &f, func() error {
			if now, err := t.client.Stat(ctx, args[0], true); statErr == nil && (err != nil || now.Ino != was.Ino ||
				!now.ModTime.Equal(was.ModTime) || now.Size != was.Size) {
				return cmp.Or(err, errors.New("somebody else changed it meanwhile; bones wrote nothing"))
			}
			return nil
		}, statErr == nil)
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

// editCopy has the user edit a private copy, and writes what came of it unless the check fails. Whatever goes wrong
// from there on, what the user wrote stays, and the message says where.
func (a *app) editCopy(ctx context.Context, t *filesTarget, path string, before []byte, f *changeFlags,
	check func() error, there bool) error {
	e, err := copying.NewEditCopy(path, before)
	if err != nil {
		return err
	}
	after, err := edited(e)
	switch {
	case err == nil && bytes.Equal(before, after) && there && f.mode == "" && f.owner == "":
		e.Remove()
		fmt.Fprintln(a.err, "bones: not changed")
		return nil
	case err != nil && after != nil && bytes.Equal(before, after):
		e.Remove()
		return err
	case err == nil:
		if err = check(); err == nil {
			f.said = effect.Named // whoever saved it in the editor has said so
			err = a.change(ctx, t, rootfs.Op{Kind: "put", Path: path, Content: after}, nil, f)
		}
		if err == nil {
			e.Remove()
			return nil
		}
	}
	fmt.Fprintf(a.err, "bones: %s was not saved; what you wrote is in %s\n", text.Line(path), text.Line(e.Path))
	return err
}

// editor is the editor that the environment names, with its arguments, or nothing.
func editor() []string {
	if words := strings.Fields(os.Getenv("VISUAL")); len(words) > 0 {
		return words
	}
	return strings.Fields(os.Getenv("EDITOR"))
}

// edited runs the editor on a private copy, and returns what is in it then, also where the editor failed; nil if it
// cannot be read whole.
func edited(e *copying.EditCopy) ([]byte, error) {
	editor := editor()
	if len(editor) == 0 {
		editor = []string{"vi"}
	}
	c := exec.Command(editor[0], append(editor[1:], e.Path)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	ran := c.Run()
	after, err := e.Read(maxEdit)
	if err != nil {
		after = nil // the beginning may be all that was there before, and what follows it what the user wrote
	}
	switch {
	case ran != nil:
		return after, fmt.Errorf("the editor %s: %w; nothing was written", text.Line(editor[0]), ran)
	case errors.Is(err, bounded.ErrTooLong):
		return nil, fmt.Errorf("%w: more than %d MiB are not saved", rootfs.ErrTooLarge, maxEdit>>20)
	}
	return after, err
}
