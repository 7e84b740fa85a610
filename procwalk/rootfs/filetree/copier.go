package filetree

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Copier copies a file or a tree. One that vanishes meanwhile, that may not be read or that cannot be made is left out
// and reported, and the copy goes on; Copy fails only where going on makes no sense.
//
// Permissions, times of modification, links, several names of one file within the tree, and holes are kept. A file is
// there under its name once it is whole.
type Copier struct {
	Archive bool // also owners, extended attributes and ACLs
	// OntoHost: set-user-ID, set-group-ID and file capabilities are taken away. Inside a container they are rights
	// within it; out here they would be rights on the host, granted by whoever fills the container.
	OntoHost bool
	New      bool    // what is copied must not be there yet: somebody else made it if it is
	Mode     *uint32 // permissions of regular files, instead of their own; nil: their own
	// Owner gives what is made its owner; from is that of the original, of which ok says that it has a number on this
	// side. -1, and nil for all: what is made belongs to who makes it, and to the group that the directory gives it.
	Owner func(uid, gid uint32) (u, g int, ok bool)
	// GroupAround: what gets its group from the directory around it, because that has set-group-ID, keeps that, and
	// not the one by Owner.
	GroupAround bool
	// Identity is for ACLs; nil: numbers are the same on both sides.
	Identity Identity
	// MayRead is asked before a directory of another file system is read, MayWrite before anything is made in a
	// directory that was there. nil: yes.
	MayRead, MayWrite func(fd int, path string) error
	// MayReadFile is asked by name before a regular file is read. nil: yes.
	MayReadFile func(name string) error
	// Replace puts the content of an open file in place of a regular file that is there, in its own way, and returns
	// whether it did so. uid and gid are the owner by Owner, of which it may make use. nil: a new file takes its place.
	Replace func(dir int, name, path string, from *os.File, mode uint32, modified time.Time, uid,
		gid int) (done bool, err error)
	// Check is told where the copy is, and how many bytes of that file are done; an error gives up. It is called often.
	Check func(path string, done, size int64) error
	// Made is told of what was made, Before of what is there and will be changed or replaced. nil: nobody.
	Made   func(path string, dir int, name string)
	Before func(path string, dir int, name string)

	Report Report

	first  map[[2]uint64]original // files with several names, by device and inode
	top    *entry                 // the directory that is copied into
	topAt  int                    // and its descriptor
	prefix string
	number int
	noted  map[string]*counted
	last   error // why something was left out last
}

// original is the first copy of a file with several names.
type original struct {
	path     string // below the top
	dev, ino uint64 // of the copy
}

// Location is a name in a directory that is held open.
type Location struct {
	Dir  int
	Name string
	Path string // for people; hostile text
}

// maxNames is how many files with several names are remembered, and how many directories of a tar.
const maxNames = 100_000

// maxTree bounds how deep directories are copied: each level holds descriptors.
const maxTree = 256

// Copy copies what from names to the name to. With into, from is a directory whose entries go into the directory that
// to.Dir is, and to.Name does not count.
func (c *Copier) Copy(from, to Location, into bool) error {
	defer c.sayNotes()
	c.first = map[[2]uint64]original{}
	c.prefix = temporaryPrefix()
	e, err := open(from.Dir, from.Name)
	if err != nil {
		return Explain(from.Path, err)
	}
	defer e.close()
	if into {
		if !e.isDir() {
			return Explain(from.Path, unix.ENOTDIR)
		}
		if c.top, err = stat(to.Dir, ""); err != nil {
			return Explain(to.Path, err)
		}
		c.topAt = to.Dir
		fd, err := e.reopen(unix.O_RDONLY | unix.O_DIRECTORY)
		if err != nil {
			return Explain(from.Path, err)
		}
		defer unix.Close(fd)
		return c.entries(fd, e, to.Dir, "", from.Path, 0)
	}
	before := c.Report.LeftOut
	if err := c.one(e, to.Dir, to.Name, "", from.Path, 0); err != nil {
		return err
	}
	if r := &c.Report; r.LeftOut > before && r.Files+r.Directories+r.Links == 0 && len(r.Left) > 0 {
		left := r.Left[0]
		return c.sole(left)
	}
	return nil
}

// sole is the error of a copy of which nothing came about.
func (c *Copier) sole(left LeftOut) error {
	c.Report.Left, c.Report.LeftOut = nil, 0
	if c.last != nil {
		return c.last
	}
	return errors.New(text.Line(left.Path) + ": " + left.Why)
}

// leave leaves a file out, unless the error is one after which there is no going on.
func (c *Copier) leave(path string, err error) error {
	for _, final := range []error{ErrGivenUp, ErrGone, ErrNoSpace, ErrReadOnly, ErrNotMade, unix.ENOSPC, unix.EDQUOT,
		unix.EROFS} {
		if !errors.Is(err, final) {
			continue
		}
		if final != ErrGivenUp && final != ErrGone {
			path += ": where the copy goes" // else one would look at the mount or the disk of the original
		}
		return Explain(path, err)
	}
	if errno := unix.Errno(0); errors.As(err, &errno) && errno == err {
		err = Explain(base(path), err)
	}
	c.last = err
	c.Report.Leave(path, err)
	return nil
}

func base(path string) string {
	path = strings.TrimRight(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

func (c *Copier) check(path string, done, size int64) error {
	if c.Check == nil {
		return nil
	}
	return c.Check(path, done, size)
}

func (c *Copier) made(path string, dir int, name string) {
	if c.Made != nil {
		c.Made(path, dir, name)
	}
}

func (c *Copier) before(path string, dir int, name string) {
	if c.Before != nil {
		c.Before(path, dir, name)
	}
}

// one copies what is held. rel is its path below the top of the copy, shown the one for people.
func (c *Copier) one(e *entry, dir int, name, rel, shown string, depth int) error {
	if err := c.check(shown, 0, e.size); err != nil {
		return err
	}
	switch e.kind() {
	case unix.S_IFREG:
		return c.file(e, dir, name, rel, shown)
	case unix.S_IFDIR:
		return c.directory(e, dir, name, rel, shown, depth)
	case unix.S_IFLNK:
		return c.link(e, dir, name, rel, shown)
	}
	return c.leave(shown, fmt.Errorf("it is a %s: %w", e.kindName(), ErrSpecial))
}

// entries copies what is in a directory.
func (c *Copier) entries(from int, of *entry, to int, rel, shown string, depth int) error {
	if depth > maxTree {
		return c.leave(shown, fmt.Errorf("%w: more than %d directories deep", ErrTooLarge, maxTree))
	}
	unread, failed := names(from, func(name string) error {
		e, err := open(from, name)
		path := strings.TrimRight(shown, "/") + "/" + name
		if err != nil {
			return c.leave(path, err)
		}
		defer e.close()
		if e.isDir() && c.top != nil && e.same(c.top) {
			return c.leave(path, errors.New("it is the directory that is copied into"))
		}
		if e.dev != of.dev && e.isDir() && c.MayRead != nil {
			if err := c.MayRead(e.fd, path); err != nil {
				return c.leave(path, err)
			}
		}
		return c.one(e, to, name, join(rel, name), path, depth+1)
	})
	if unread != nil {
		return c.leave(shown, unread)
	}
	return failed
}

func join(rel, name string) string {
	if rel == "" {
		return name
	}
	return rel + "/" + name
}

// there is what has the name already; nil if nothing has.
func there(dir int, name string) (*entry, error) {
	e, err := stat(dir, name)
	if err == unix.ENOENT {
		return nil, nil
	}
	return e, err
}

// replaced is what a file will replace that gets a name; nil: nothing. A file does not replace a directory.
func replaced(dir int, name string) (*entry, error) {
	old, err := there(dir, name)
	if err == nil && old != nil && old.isDir() {
		return nil, fmt.Errorf("a file does not replace the directory that is there: %w", ErrIsDirectory)
	}
	return old, err
}

// directory copies a directory with all that is in it.
func (c *Copier) directory(e *entry, dir int, name, rel, shown string, depth int) error {
	from, err := e.reopen(unix.O_RDONLY | unix.O_DIRECTORY)
	if err != nil {
		return c.leave(shown, err)
	}
	defer unix.Close(from)
	old, err := there(dir, name)
	if err != nil {
		return c.leave(shown, err)
	}
	if old != nil && c.New && rel == "" {
		return Explain(shown, unix.EEXIST)
	}
	if old != nil && !old.isDir() {
		return c.leave(shown, fmt.Errorf("a directory does not replace the %s that is there", old.kindName()))
	}
	to, err := c.intoDirectory(old, dir, name, rel, shown)
	if err != nil {
		return c.leave(shown, err)
	}
	defer unix.Close(to)
	if c.top == nil {
		if c.top, err = stat(to, ""); err != nil {
			return Explain(shown, err)
		}
		c.topAt = to
	}
	c.Report.Directories++
	failed := c.entries(from, e, to, rel, shown, depth)
	// Also of one that was not finished: it is as open to others as it is meant to be.
	if err := c.attributes(to, from, e, e.mode, shown); err != nil && failed == nil {
		return c.leave(shown, err)
	}
	return failed
}

// intoDirectory opens the directory that is to be copied into, and makes it where there is none.
func (c *Copier) intoDirectory(old *entry, dir int, name, rel, shown string) (int, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if old != nil {
		to, err := unix.Openat(dir, name, flags, 0)
		if err != nil {
			return -1, err
		}
		if c.MayWrite != nil {
			if err := c.MayWrite(to, shown); err != nil {
				unix.Close(to)
				return -1, err
			}
		}
		c.before(rel, dir, name)
		return to, nil
	}
	to, err := makeDirectory(dir, name)
	if err != nil {
		return -1, err
	}
	c.made(rel, dir, name)
	return to, nil
}

// ErrExchanged says that what was made is not what is there under its name.
var ErrExchanged = errors.New("somebody else put something else in its place; bones wrote nothing to it")

// makeDirectory makes a directory that nobody else may enter, and opens it.
func makeDirectory(dir int, name string) (int, error) {
	var began unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &began); err != nil {
		return -1, err
	}
	if err := unix.Mkdirat(dir, name, 0o700); err != nil {
		if err == unix.EOVERFLOW {
			return -1, ErrNotMade
		}
		return -1, err
	}
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ELOOP || err == unix.ENOTDIR || err == unix.ENOENT {
		return -1, ErrExchanged
	}
	if err != nil {
		return -1, err
	}
	if err := justMade(dir, fd, time.Unix(began.Unix())); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// justMade reports with an error that a directory cannot be the one that was made: whoever may rename or mount around
// it can have put another one in its place before it was opened. It must be on the mount of the one around it, as it
// was made, empty, and born since then where the file system knows that.
func justMade(parent, fd int, since time.Time) error {
	out, err := stat(parent, "")
	if err != nil {
		return err
	}
	in, err := stat(fd, "")
	if err != nil {
		return err
	}
	// The group may be that of the directory around it.
	mine, _ := unix.SetfsuidRetUid(-1)
	if in.dev != out.dev || in.mount != out.mount || in.mode&0o777 != 0o700 || in.uid != uint32(mine) ||
		!in.born.IsZero() && in.born.Before(since) {
		return ErrExchanged
	}
	empty := true
	if err, _ := names(fd, func(string) error { empty = false; return nil }); err != nil {
		return err
	}
	if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
		return err
	}
	if !empty {
		return ErrExchanged
	}
	return nil
}
