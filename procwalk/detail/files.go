package detail

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fdinfo"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Link is where exe, cwd, root or a descriptor leads, as seen from our own root.
type Link struct {
	Target  text.Text // without the kernel's " (deleted)"
	Deleted bool
}

func readLink(folder *procwalk.Folder, name string) Field[Link] {
	target, err := folder.Link(name)
	if err != nil {
		return Field[Link]{Err: err}
	}
	return Field[Link]{Value: newLink(target)}
}

// newLink takes the mark of the kernel off. A file may also be called that: it is only told apart by looking.
func newLink(target text.Text) Link {
	path, deleted := strings.CutSuffix(target.Raw(), " (deleted)")
	return Link{text.New(path), deleted}
}

// FDsListed is how many descriptors are described, the lowest first; fdsCounted is how many are counted.
const (
	FDsListed  = 256
	fdsCounted = 1 << 20
)

// FDs are the open descriptors.
//
// Source: proc_pid_fd(5), proc_pid_fdinfo(5).
type FDs struct {
	Count int
	More  bool // Count is only as far as was counted
	List  []FD // the lowest, FDsListed at most
}

// FD is an open descriptor.
type FD struct {
	Num     int
	Kind    string // "file", "pipe", "socket", "device", "memfd", "namespace", "eventfd" and others of their kind
	Link    Link
	Flags   int   // open(2); -1 if not told
	Pos     int64 // offset in bytes
	MountID int   // 0 if not told
	Err     error // of the link
}

func readFDs(ctx context.Context, folder *procwalk.Folder) Field[FDs] {
	numbers, more, err := folder.Numbers("fd", fdsCounted)
	if err != nil {
		return Field[FDs]{Err: err}
	}
	slices.Sort(numbers) // they ascend in the kernel's own, not in every copy of it
	f := FDs{Count: len(numbers), More: more}
	// Who may not look at one descriptor of a process may look at none of it: to ask for each would take as long as the
	// rest of a refresh. Source: fs/proc/base.c, proc_fd_access_allowed; fs/proc/fd.c, proc_fdinfo_permission.
	var refused error
	told := true
	for _, n := range numbers[:min(len(numbers), FDsListed)] {
		if err := ctx.Err(); err != nil {
			return Field[FDs]{Value: f, Err: err}
		}
		fd := FD{Num: n, Flags: -1}
		target, err := text.Text{}, refused
		if err == nil {
			target, err = folder.Link("fd/" + strconv.Itoa(n))
		}
		switch {
		case errors.Is(err, os.ErrPermission):
			fd.Err, refused = err, err
		case err != nil && folder.Alive():
			continue // closed meanwhile
		case err != nil:
			fd.Err = err
		default:
			fd.Kind, fd.Link = kindOf(target)
		}
		// procfs would read up to a megabyte for each; what is wanted stands in the first lines.
		if told {
			info, _, err := folder.Read("fdinfo/"+strconv.Itoa(n), 1<<10)
			if told = !errors.Is(err, os.ErrPermission); err == nil {
				of, _ := fdinfo.Parse(info)
				fd.Pos, fd.Flags, fd.MountID = of.Pos, of.Flags, of.MountID
			}
		}
		f.List = append(f.List, fd)
	}
	return Field[FDs]{Value: f}
}

// kindOf tells from the link alone what a descriptor is: to look at the file itself could hang.
func kindOf(target text.Text) (string, Link) {
	s := target.Raw()
	if strings.HasPrefix(s, "/") {
		link := newLink(target)
		switch {
		case strings.HasPrefix(s, "/memfd:"):
			return "memfd", link
		case strings.HasPrefix(s, "/dev/") && !strings.HasPrefix(s, "/dev/shm/") && !strings.HasPrefix(s, "/dev/mqueue/"):
			return "device", link
		}
		return "file", link
	}
	link := Link{Target: target}
	kind, rest, _ := strings.Cut(s, ":")
	switch kind {
	case "pipe", "socket":
		return kind, link
	case "anon_inode":
		return strings.Trim(text.Sanitise(rest), "[]"), link
	}
	for ns := range procwalk.NSTypes {
		if kind == ns.String() {
			return "namespace", link
		}
	}
	return "other", link
}

func closeFD(fd int) { unix.Close(fd) }

// readSelf reads a file about ourselves.
func readSelf(name string) ([]byte, error) {
	b, err := os.ReadFile("/proc/self/" + name)
	if err != nil {
		return nil, procwalk.WithoutPath(err)
	}
	return b, nil
}
