package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"bones/cmd/bones/internal/copying"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/procfile"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

func isAny(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}

func (a *app) filesLs() *cobra.Command {
	c := &cobra.Command{
		Use:     "ls TARGET [PATH]",
		Short:   "The entries of a directory, or one file",
		Example: "  bones files ls memcached /etc\n  bones files ls 1234 --json\n  bones files ls self --proc-dir",
		Args:    cobra.RangeArgs(1, 2),
	}
	c.RunE = a.onFiles(procDirFlag(c), func(ctx context.Context, t *filesTarget, args []string) error {
		path := "/"
		if len(args) > 0 {
			path = args[0]
		}
		list, err := copying.Listing(ctx, t.client, path)
		if errors.Is(err, rootfs.ErrNotDirectory) {
			var i rootfs.Info
			if i, err = t.client.Stat(ctx, path, false); err == nil {
				return a.printFiles(1, func(int) rootfs.Info { return i })
			}
		}
		if err != nil {
			return err
		}
		list.Sort()
		return a.printFiles(list.Len(), list.At)
	})
	return c
}

// printFiles prints n entries as ls -l does. at makes one: with very many they are not all there at once.
func (a *app) printFiles(n int, at func(int) rootfs.Info) error {
	if a.json {
		return object.WriteArray(a.out, func(yield func(any) bool) {
			for k := range n {
				if !yield(object.NewFileEntry(at(k))) {
					return
				}
			}
		})
	}
	var widths [5]int
	var line fileLine
	for k := range n {
		line.set(at(k))
		for c, cell := range line.cells {
			widths[c] = max(widths[c], len(cell))
		}
	}
	out := bufio.NewWriterSize(a.out, 64<<10)
	for k := range n {
		line.set(at(k))
		for c, cell := range line.cells {
			out.WriteString(cell)
			for range widths[c] - len(cell) + 1 {
				out.WriteByte(' ')
			}
		}
		out.WriteString(line.name)
		out.WriteByte('\n')
	}
	return out.Flush()
}

// fileLine is a line of `files ls`. All cells are of one byte a column.
type fileLine struct {
	cells [5]string // mode, owner, group, size, time
	name  string

	second int64 // for which cells[4] was made
}

func (l *fileLine) set(i rootfs.Info) {
	l.name = text.Line(i.Name)
	if i.Err != "" {
		l.cells, l.second = [5]string{0: "?"}, 0
		l.name += ": " + text.Line(i.Err)
		return
	}
	if i.Kind == rootfs.Link {
		l.name += " -> " + text.Line(i.Target)
	}
	size := strconv.FormatInt(i.Size, 10)
	if i.Kind == rootfs.Char || i.Kind == rootfs.Block {
		size = fmt.Sprintf("%d,%d", unix.Major(i.Rdev), unix.Minor(i.Rdev))
	}
	if s := i.ModTime.Unix(); s != l.second || l.cells[4] == "" {
		l.second, l.cells[4] = s, i.ModTime.Local().Format("2006-01-02 15:04:05")
	}
	l.cells[0], l.cells[1], l.cells[2], l.cells[3] = rows.FileMode(i), rows.FileOwner(i.UID, i.UIDIn),
		rows.FileOwner(i.GID, i.GIDIn), size
}

func (a *app) filesStat() *cobra.Command {
	c := &cobra.Command{
		Use:     "stat TARGET PATH",
		Short:   "All that is known about a file, and the mount it is on",
		Example: "  bones files stat memcached /etc/passwd\n  bones files stat memcached /data --json",
		Args:    cobra.ExactArgs(2),
	}
	c.RunE = a.onFiles(procDirFlag(c), func(ctx context.Context, t *filesTarget, args []string) error {
		i, err := t.client.Stat(ctx, args[0], false)
		if err != nil {
			return err
		}
		e := object.NewFileEntry(i)
		if m, err := t.client.Mount(ctx, i); err == nil {
			e.Mount = &object.FileMount{Point: text.New(m.Point), FSType: text.New(m.FSType), Source: text.New(m.Source),
				Kind: m.Kind, Does: m.Does()}
		}
		if a.json {
			return object.Write(a.out, e)
		}
		w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "name\t%s\nkind\t%s\nmode\t%s (%s)\nowner\t%s\ngroup\t%s\nsize\t%d\nlinks\t%d\nmodified\t%s\n",
			e.Name, e.Kind, e.Mode, rows.FileMode(i),
			rows.FileOwner(i.UID, i.UIDIn), rows.FileOwner(i.GID, i.GIDIn), i.Size, i.Links,
			i.ModTime.Local().Format("2006-01-02 15:04:05.999999999"))
		if e.Target != nil {
			fmt.Fprintf(w, "leads to\t%s\n", *e.Target)
		}
		if e.Device != nil {
			fmt.Fprintf(w, "device\t%s\n", *e.Device)
		}
		if m := e.Mount; m != nil {
			fmt.Fprintf(w, "mount\t%s (%s, %s from %s)\n", m.Point, m.Does, m.FSType, m.Source)
		}
		return w.Flush()
	})
	return c
}

func (a *app) filesCat() *cobra.Command {
	c := &cobra.Command{
		Use:   "cat TARGET PATH...",
		Short: "The content of regular files, escaped on a terminal, elsewhere unchanged",
		Long: `Print the content of regular files: on a terminal with everything that could attack it escaped,
elsewhere unchanged. The values of an environment (the file environ of a process) may be secrets, so
they are masked unless --reveal is given.`,
		Example: "  bones files cat memcached /etc/passwd\n  bones files cat self /status --proc-dir\n  bones files cat " +
			"self /net/tcp --proc-dir --decoded\n  bones files cat self /environ --proc-dir --reveal\n" +
			"  bones files cat memcached /var/log/big > big",
		Args: cobra.MinimumNArgs(2),
	}
	procDir := procDirFlag(c)
	var decoded, reveal bool
	c.Flags().BoolVar(&decoded, "decoded", false,
		"with --proc-dir: print it in words (flags, masks, addresses, amounts), or as it is if bones has none for it")
	c.Flags().BoolVar(&reveal, "reveal", false, "also print the values of an environment, which may be secrets")
	c.RunE = a.onFiles(procDir, func(ctx context.Context, t *filesTarget, args []string) error {
		if decoded && !*procDir {
			return usage("--decoded is for files of /proc/PID: give --proc-dir too")
		}
		return a.eachPath(args, func(path string) error {
			return a.cat(ctx, t, path, *procDir, decoded, reveal)
		})
	})
	return c
}

// cat prints the content of a file.
func (a *app) cat(ctx context.Context, t *filesTarget, path string, procDir, decoded, reveal bool) error {
	switch {
	case procfile.IsEnviron(path, procDir):
		return a.catEnviron(ctx, t, path, reveal)
	case decoded && procfile.Decodes(path):
		content, cut, err := t.readSome(ctx, path)
		if err != nil {
			return err
		}
		if cut != nil { // no half line: half an address is another one
			content = content[:bytes.LastIndexByte(content, '\n')+1]
		}
		out := bufio.NewWriter(a.out)
		lines, _ := procfile.Decode(path, content)
		for _, line := range lines {
			fmt.Fprintln(out, line)
		}
		return errors.Join(out.Flush(), cut)
	case terminal.IsTerminal(a.out):
		s := &safeLines{out: a.out}
		defer s.flush()
		return t.client.Read(ctx, path, 0, 0, s)
	}
	return t.client.Read(ctx, path, 0, 0, a.out)
}

// catEnviron prints an environment, with the values masked unless they are to be revealed: to a terminal a variable a
// line, else with a NUL after each, as the kernel gives them.
func (a *app) catEnviron(ctx context.Context, t *filesTarget, path string, reveal bool) error {
	content, cut, err := t.readSome(ctx, path)
	if err != nil {
		return err
	}
	out, onTerminal := bufio.NewWriter(a.out), terminal.IsTerminal(a.out)
	for variable := range strings.SplitAfterSeq(string(content), "\x00") {
		variable, ended := strings.CutSuffix(variable, "\x00")
		if !reveal {
			variable = procfile.MaskVariable(variable)
		}
		switch {
		case onTerminal && (ended || variable != ""):
			fmt.Fprintln(out, strings.ReplaceAll(text.Line(variable), `\\`, `\`))
		case ended:
			variable += "\x00"
			fallthrough
		default:
			out.WriteString(variable)
		}
	}
	return errors.Join(out.Flush(), cut)
}

// readSome reads a file that is put into words. cut says that it is longer than that.
func (t *filesTarget) readSome(ctx context.Context, path string) (content []byte, cut, err error) {
	var b bytes.Buffer
	if err := t.client.Read(ctx, path, 0, decodeMax+1, &b); err != nil {
		return nil, nil, err
	}
	if b.Len() > decodeMax {
		b.Truncate(decodeMax)
		cut = fmt.Errorf("%s is longer than %d MiB: what comes after that is not shown", text.Sanitise(path),
			decodeMax>>20)
	}
	return b.Bytes(), cut, nil
}

// decodeMax is how much of a file is put into words, in bytes.
const decodeMax = 16 << 20

// safeLines writes lines to a terminal with nothing in them that it would obey.
type safeLines struct {
	out  io.Writer
	line []byte
}

// maxLine is how long a line may be before it is written as several.
const maxLine = 64 << 10

func (s *safeLines) Write(b []byte) (int, error) {
	for _, c := range b {
		if c == '\n' || len(s.line) >= maxLine {
			if err := s.flush(); err != nil {
				return 0, err
			}
			if c == '\n' {
				if _, err := io.WriteString(s.out, "\n"); err != nil {
					return 0, err
				}
				continue
			}
		}
		s.line = append(s.line, c)
	}
	return len(b), nil
}

func (s *safeLines) flush() error {
	safe := strings.ReplaceAll(text.Line(strings.ReplaceAll(string(s.line), "\t", "    ")), `\\`, `\`)
	s.line = s.line[:0]
	_, err := io.WriteString(s.out, safe)
	return err
}
