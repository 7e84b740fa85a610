package filetree

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Side is where a path leads: the root of a process, or this host.
type Side interface {
	// Resolve opens what a path leads to with O_PATH. With O_NOFOLLOW among the flags the last part may be a link,
	// which is then opened itself.
	Resolve(path string, flags int) (fd int, err error)
}

// HostSide is this host, relative paths from the current directory.
type HostSide struct{}

// Resolve implements Side. That a link in a directory like /tmp may not lead root astray, the kernel sees to.
//
// Source: proc_sys_fs(5), protected_symlinks.
func (HostSide) Resolve(path string, flags int) (int, error) {
	if path == "" {
		path = "."
	}
	return unix.Open(path, flags|unix.O_PATH|unix.O_CLOEXEC, 0)
}

// Original is what is to be copied.
type Original struct {
	Location
	Whole     bool   // with its own name; else, of a directory, what is in it
	Base      string // the name that it has where it is put into a directory; empty of a root
	Directory bool
	kind      uint32
	Size      int64
}

// Close gives the descriptor back.
func (o *Original) Close() { unix.Close(o.Dir) }

// isDirectoryPath reports whether a path says by its end that it is about a directory: a/, a/., a/.. and the like.
func isDirectoryPath(path string) bool {
	return path == "" || path == "." || path == ".." || strings.HasSuffix(path, "/") || strings.HasSuffix(path, "/.") ||
		strings.HasSuffix(path, "/..")
}

// Source finds what is to be copied. A link at the end is what is meant itself, as docker cp and cp -a have it, unless
// follow is set or the path ends with a slash. A path that ends with /. means what is in the directory.
func Source(side Side, path string, follow bool) (*Original, error) {
	dirs := isDirectoryPath(path)
	flags := unix.O_NOFOLLOW
	if follow || dirs {
		flags = 0
	}
	fd, err := side.Resolve(path, flags)
	if err != nil {
		return nil, Explain(path, err)
	}
	e, err := stat(fd, "")
	if err != nil {
		unix.Close(fd)
		return nil, Explain(path, err)
	}
	o := &Original{Base: base(path), Directory: e.isDir(), kind: e.kind(), Whole: true, Size: e.size}
	o.Path = path
	switch {
	case !e.isDir() && dirs:
		unix.Close(fd)
		return nil, Explain(path, unix.ENOTDIR)
	case e.isDir():
		// Of a directory the descriptor itself is kept, whatever becomes of its name.
		o.Dir, o.Name = fd, "."
		if path == "" || path == "." || path == ".." || strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..") ||
			strings.Trim(path, "/") == "" {
			o.Whole, o.Base = false, ""
		}
		return o, nil
	}
	defer unix.Close(fd)
	location, err := realPlace(side, path, e)
	if err != nil {
		return nil, err
	}
	o.Dir, o.Name = location.Dir, location.Name
	return o, nil
}

// Destination says where something goes.
type Destination struct {
	Location
	Into   bool   // what is in the directory goes into Dir, which is there; Name does not count
	Exists bool   // there is something with that name
	Final  string // the path that is meant after all, for a message
}

// Close gives the descriptor back.
func (d *Destination) Close() { unix.Close(d.Dir) }

// Target finds where a copy goes, by the rules of cp and docker cp, the same for both directions:
//
//   - a directory that is there takes what is copied under its own name, or what is in it where the original ends with
//     /. or is a root;
//   - a file that is there, or that a link leads to, is replaced by a file, and a directory is refused;
//   - what is not there is made; the directory around it must be there. A path that ends with a slash is a
//
// directory's:
//
//	  a file is refused then;
//	- a link that leads nowhere is refused, as cp does: who made the link would choose where the file goes.
func Target(side Side, path string, o *Original) (*Destination, error) {
	fd, err := side.Resolve(path, 0)
	switch {
	case err == unix.ENOENT:
		return newTarget(side, path, o)
	case err != nil:
		return nil, Explain(path, err)
	}
	e, err := stat(fd, "")
	if err != nil {
		unix.Close(fd)
		return nil, Explain(path, err)
	}
	if e.isDir() {
		if err := othersDirectory(side, path, e); err != nil {
			unix.Close(fd)
			return nil, err
		}
		if !o.Whole || o.Base == "" {
			return &Destination{Location: Location{fd, ".", path}, Into: true, Exists: true, Final: path}, nil
		}
		final := strings.TrimRight(path, "/") + "/" + o.Base
		d := &Destination{Location: Location{fd, o.Base, final}, Final: final}
		old, err := there(fd, o.Base)
		if err != nil {
			unix.Close(fd)
			return nil, Explain(final, err)
		}
		d.Exists = old != nil
		if old != nil && old.isDir() != o.Directory {
			unix.Close(fd)
			return nil, fmt.Errorf("%s: a %s does not replace the %s that is there", shownName(final), o.kindName(),
				old.kindName())
		}
		return d, nil
	}
	unix.Close(fd)
	switch {
	case isDirectoryPath(path):
		return nil, Explain(path, unix.ENOTDIR)
	case o.Directory:
		return nil, fmt.Errorf("%s: a directory does not replace the %s that is there: %w", shownName(path), e.kindName(),
			ErrNotDirectory)
	case e.kind() != unix.S_IFREG:
		return nil, fmt.Errorf("%s is a %s: %w", shownName(path), e.kindName(), ErrSpecial)
	}
	if o.kind == unix.S_IFLNK { // a link takes the place of a link
		p, err := parent(side, path)
		if err != nil {
			return nil, err
		}
		return &Destination{Location: *p, Exists: true, Final: path}, nil
	}
	p, err := realPlace(side, path, e)
	if err != nil {
		return nil, err
	}
	return &Destination{Location: *p, Exists: true, Final: p.Path}, nil
}

// othersDirectory refuses a directory of this host that another user put where several may make something, as in /tmp:
// whoever meant to make a new one there would hand the files over. With a slash at the end it is said to be there.
func othersDirectory(side Side, path string, e *entry) error {
	if _, host := side.(HostSide); !host || isDirectoryPath(path) || e.uid == 0 || int(e.uid) == os.Geteuid() {
		return nil
	}
	p, err := parent(side, path)
	if err != nil {
		return err
	}
	defer unix.Close(p.Dir)
	parent, err := stat(p.Dir, "")
	if err == nil && parent.mode&0o022 != 0 {
		return fmt.Errorf("%s belongs to user %d, and is where others may make something, too; "+
			"write %s/ to copy into it: %w",
			shownName(path), e.uid, shownName(path), ErrExchanged)
	}
	return Explain(path, err)
}

func (o *Original) kindName() string { return (&entry{mode: o.kind}).kindName() }

// newTarget is Target for a path that leads to nothing.
func newTarget(side Side, path string, o *Original) (*Destination, error) {
	if fd, err := side.Resolve(strings.TrimRight(path, "/"), unix.O_NOFOLLOW); err == nil &&
		strings.Trim(path, "/") != "" {
		unix.Close(fd)
		return nil, fmt.Errorf("%s is a link that leads nowhere, and is not written through: %w", shownName(path),
			ErrNotFound)
	}
	if isDirectoryPath(path) && !o.Directory {
		return nil, &fault.Error{Kind: fault.Broken, What: path, Why: "there is no such directory", Err: ErrNotFound}
	}
	p, err := parent(side, path)
	if err != nil {
		return nil, err
	}
	return &Destination{Location: *p, Final: p.Path}, nil
}

// parent opens the directory around a path.
func parent(side Side, path string) (*Location, error) {
	trimmed := strings.TrimRight(path, "/")
	for strings.HasSuffix(trimmed, "/.") {
		trimmed = strings.TrimRight(trimmed[:len(trimmed)-2], "/")
	}
	name := base(trimmed)
	if name == "" || name == "." || name == ".." || len(name) > unix.NAME_MAX {
		return nil, fmt.Errorf("%s names no file that could be made", shownName(path))
	}
	parent := trimmed[:len(trimmed)-len(name)]
	dir, err := side.Resolve(parent, unix.O_DIRECTORY)
	if err != nil {
		return nil, Explain(parent, err)
	}
	return &Location{dir, name, trimmed}, nil
}

// maxLinks is how many links are followed, as in the kernel (MAXSYMLINKS).
const maxLinks = 40

// realPlace finds the name, and the directory around it, under which a file is that a path leads to.
func realPlace(side Side, path string, e *entry) (*Location, error) {
	for range maxLinks {
		p, err := parent(side, path)
		if err != nil {
			return nil, err
		}
		at, err := open(p.Dir, p.Name)
		if err != nil {
			unix.Close(p.Dir)
			return nil, Explain(path, err)
		}
		if at.same(e) {
			at.close()
			return p, nil
		}
		target, err := "", error(unix.ESTALE)
		if at.kind() == unix.S_IFLNK {
			target, err = readLink(at.fd)
		}
		at.close()
		unix.Close(p.Dir)
		switch {
		case err == unix.ESTALE:
			return nil, fmt.Errorf("%s: %w", shownName(path), ErrMoved)
		case err != nil:
			return nil, Explain(path, err)
		case strings.HasPrefix(target, "/"):
			path = target
		default:
			path = p.Path[:len(p.Path)-len(p.Name)] + target
		}
	}
	return nil, errors.Join(Explain(path, unix.ELOOP))
}
