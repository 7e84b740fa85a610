package filetree

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// file copies a regular file.
func (c *Copier) file(e *entry, dir int, name, rel, shown string) error {
	old, err := there(dir, name)
	switch {
	case err != nil:
		return c.leave(shown, err)
	case old != nil && c.New && rel == "":
		return Explain(shown, unix.EEXIST)
	case old != nil && old.isDir():
		return c.leave(shown, fmt.Errorf("a file does not replace the directory that is there: %w", ErrIsDirectory))
	case old != nil && old.same(e):
		return c.leave(shown, errors.New("it is the same file"))
	}
	if e.links > 1 {
		if done, err := c.anotherName(e, dir, name, rel, shown, old); done || err != nil {
			return err
		}
	}
	if c.MayReadFile != nil {
		if err := c.MayReadFile(base(shown)); err != nil {
			return c.leave(shown, err)
		}
	}
	fd, err := e.reopen(unix.O_RDONLY)
	if err != nil {
		return c.leave(shown, err)
	}
	from := os.NewFile(uintptr(fd), "file")
	defer from.Close()
	c.before(rel, dir, name)
	if old != nil && old.kind() == unix.S_IFREG && c.Replace != nil {
		uid, gid := c.owner(e)
		done, err := c.Replace(dir, name, shown, from, c.fileMode(e.mode), e.mtime, uid, gid)
		if err != nil {
			return c.leave(shown, err)
		}
		if done {
			c.made(rel, dir, name)
			return c.copied(e, dir, name, rel)
		}
	}
	temp, err := c.write(e, from, dir, shown)
	if err == nil {
		err = MoveIn(dir, temp, name, old != nil)
	}
	if err != nil {
		return c.leave(shown, err)
	}
	c.made(rel, dir, name)
	return c.copied(e, dir, name, rel)
}

// owner is who a copy belongs to.
func (c *Copier) owner(e *entry) (uid, gid int) {
	if c.Owner == nil {
		return -1, -1
	}
	uid, gid, _ = c.Owner(e.uid, e.gid)
	return uid, gid
}

// copied counts a file, and remembers one with several names.
func (c *Copier) copied(e *entry, dir int, name, rel string) error {
	c.Report.Files++
	c.Report.Bytes += e.size
	switch {
	case e.links < 2 || rel == "":
	case len(c.first) >= maxNames:
		c.note(noteNames, rel)
	default:
		if now, err := stat(dir, name); err == nil {
			c.first[[2]uint64{e.dev, e.ino}] = original{rel, now.dev, now.ino}
		}
	}
	return nil
}

// fileMode is the permissions of the copy of a regular file.
func (c *Copier) fileMode(mode uint32) uint32 {
	if c.Mode != nil {
		mode = *c.Mode
	}
	return mode & 0o7777
}

func temporaryPrefix() string { return ".bones-" + rand.Text() + "-" }

// temporary is a name that nobody has. It is not to be guessed by who would like to be in the way.
func (c *Copier) temporary() string {
	if c.number++; c.number%64 == 0 {
		c.prefix = temporaryPrefix()
	}
	return c.prefix + strconv.Itoa(c.number)
}

// fresh makes an empty file under a name of its own, which discard closes.
func (c *Copier) fresh(dir int) (*os.File, string, error) {
	name := c.temporary()
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	switch {
	case err == unix.EOVERFLOW:
		return nil, "", ErrNotMade
	case err != nil:
		return nil, "", err
	}
	return os.NewFile(uintptr(fd), "file"), name, nil
}

// discard closes a fresh file, and removes it where filling it failed.
func discard(to *os.File, dir int, name string, err error) {
	to.Close()
	if err != nil {
		unix.Unlinkat(dir, name, 0)
	}
}

// write fills a new file under a name of its own. On an error nothing is left of it.
func (c *Copier) write(e *entry, from *os.File, dir int, shown string) (temp string, err error) {
	to, name, err := c.fresh(dir)
	if err != nil {
		return "", err
	}
	defer func() { discard(to, dir, name, err) }()
	fd := int(to.Fd())
	if err = CopyFile(to, from, e.size, base(shown), func(done int64) error {
		return c.check(shown, done, e.size)
	}); err != nil {
		return "", err
	}
	return name, c.attributes(fd, int(from.Fd()), e, c.fileMode(e.mode), shown)
}

// MoveIn gives a file that was written under a name of its own the right one, both in one directory: in place of
// another file where replace is set, and else an error (EEXIST) if there is one. If that fails, the file is removed.
// Where the file system cannot rename without replacing (before Linux 3.15, and on some still), the file gets the
// name by a hard link.
//
// Source: rename(2), RENAME_NOREPLACE.
func MoveIn(dir int, temp, name string, replace bool) error {
	var err error
	if replace {
		err = unix.Renameat(dir, temp, dir, name)
	} else {
		err = unix.Renameat2(dir, temp, dir, name, unix.RENAME_NOREPLACE)
		if err == unix.EINVAL || err == unix.ENOSYS { // file systems without that
			if err = unix.Linkat(dir, temp, dir, name, 0); err == nil {
				unix.Unlinkat(dir, temp, 0)
			}
		}
	}
	if err != nil {
		unix.Unlinkat(dir, temp, 0)
	}
	return err
}

// attributes gives what was made, and is open, what the original has.
func (c *Copier) attributes(to, from int, e *entry, mode uint32, shown string) error {
	if c.Owner != nil {
		uid, gid, ok := c.Owner(e.uid, e.gid)
		if !ok {
			c.note(noteOwner, shown)
		}
		if made, err := stat(to, ""); c.GroupAround && err == nil && made.givenGroup() {
			gid = -1
		}
		if err := unix.Fchown(to, uid, gid); err != nil {
			return NotGiven(shown, err)
		}
	}
	mode &= 0o7777
	if c.OntoHost && mode&0o6000 != 0 {
		c.note(noteSetID, shown)
		mode &^= 0o6000
	}
	if err := Permit(to, mode, !c.Archive); err != nil { // after the owner: that takes set-user-ID away
		return err
	}
	if err := c.extended(to, from, mode, shown); err != nil {
		return err
	}
	return setTimes(to, e.mtime)
}

// Permit gives what is open these permissions. With inherit a directory keeps the set-group-ID that the kernel gave it
// because the one around it has that.
func Permit(fd int, mode uint32, inherit bool) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if inherit && st.Mode&unix.S_IFMT == unix.S_IFDIR {
		mode |= st.Mode & unix.S_ISGID
	}
	if st.Mode&0o7777 == mode {
		return nil
	}
	return unix.Fchmod(fd, mode)
}

// extended copies the extended attributes, ACLs among them. They come after the permissions, of which an ACL is part.
func (c *Copier) extended(to, from int, mode uint32, shown string) error {
	if from < 0 {
		return nil
	}
	if !c.Archive {
		if c.OntoHost && mode&0o111 != 0 {
			if n, err := unix.Fgetxattr(from, fileCapabilities, nil); err == nil && n > 0 {
				c.note(noteCapabilities, shown)
			}
		}
		return nil
	}
	list, err := Attributes(from)
	if err != nil {
		return err
	}
	for name, value := range list {
		switch {
		case name == fileCapabilities && c.OntoHost:
			c.note(noteCapabilities, shown)
			continue
		case strings.HasPrefix(name, "system.posix_acl_") && c.Identity != nil:
			there, ok := translateACL(value, c.Identity)
			if !ok {
				c.note(noteOwner, shown)
				continue
			}
			value = there
		}
		switch err := unix.Fsetxattr(to, name, value, 0); err {
		case nil:
		case unix.EOPNOTSUPP, unix.EPERM, unix.ENOSPC, unix.E2BIG:
			c.note(noteAttributes, shown)
		default:
			return fmt.Errorf("its extended attribute %q cannot be kept: %w", name, err)
		}
	}
	return nil
}

// link copies a link as a link.
func (c *Copier) link(e *entry, dir int, name, rel, shown string) error {
	target, err := readLink(e.fd)
	if err != nil {
		return c.leave(shown, err)
	}
	return c.makeLink(target, e, dir, name, rel, shown)
}

func (c *Copier) makeLink(target string, e *entry, dir int, name, rel, shown string) error {
	old, err := there(dir, name)
	if err != nil {
		return c.leave(shown, err)
	}
	if old != nil && old.isDir() {
		return c.leave(shown, fmt.Errorf("a link does not replace the directory that is there: %w", ErrIsDirectory))
	}
	c.before(rel, dir, name)
	temp := name
	if old != nil {
		temp = c.temporary()
	}
	if err := unix.Symlinkat(target, dir, temp); err != nil {
		if err == unix.EOVERFLOW {
			err = ErrNotMade
		}
		return c.leave(shown, err)
	}
	if err := c.linkAttributes(target, e, dir, temp, shown); err != nil {
		if !errors.Is(err, ErrExchanged) { // what is there then is another's
			unix.Unlinkat(dir, temp, 0)
		}
		return c.leave(shown, err)
	}
	if old != nil {
		if err := MoveIn(dir, temp, name, true); err != nil {
			return c.leave(shown, err)
		}
	}
	c.made(rel, dir, name)
	c.Report.Links++
	return nil
}

// linkAttributes gives a link that was just made owner and time. Whoever may write to the directory can have put
// another file under its name by then, or mounted one there, who would get that file given: only what is held, and is
// that link, is changed.
func (c *Copier) linkAttributes(target string, e *entry, dir int, name, shown string) error {
	made, err := open(dir, name)
	if err == unix.ENOENT {
		return ErrExchanged
	}
	if err != nil {
		return err
	}
	defer made.close()
	mine, _ := unix.SetfsuidRetUid(-1)
	if made.kind() != unix.S_IFLNK || made.uid != uint32(mine) || made.links != 1 {
		return ErrExchanged
	}
	if leads, err := readLink(made.fd); err != nil || leads != target {
		return errors.Join(ErrExchanged, err)
	}
	if c.Owner != nil {
		uid, gid, ok := c.Owner(e.uid, e.gid)
		if !ok {
			c.note(noteOwner, shown)
		}
		if c.GroupAround && made.givenGroup() {
			gid = -1
		}
		if err := unix.Fchownat(made.fd, "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
			return NotGiven(shown, err)
		}
	}
	at, err := unix.TimeToTimespec(e.mtime)
	if err != nil {
		return nil
	}
	// The link of proc leads to what is held, and no further: that works before Linux 5.8, too.
	return unix.UtimesNanoAt(unix.AT_FDCWD, selfFD(made.fd), []unix.Timespec{at, at}, 0)
}

// anotherName makes what was copied before under another name a name of that copy, as it is in the original.
func (c *Copier) anotherName(e *entry, dir int, name, rel, shown string, old *entry) (done bool, _ error) {
	first, ok := c.first[[2]uint64{e.dev, e.ino}]
	if !ok {
		return false, nil
	}
	fd, err := c.below(first.path)
	if err != nil {
		c.note(noteLinks, shown)
		return false, nil
	}
	defer unix.Close(fd)
	copied, err := stat(fd, "")
	if err != nil || copied.dev != first.dev || copied.ino != first.ino {
		c.note(noteLinks, shown)
		return false, nil
	}
	if old != nil && old.same(copied) {
		c.Report.Files++
		return true, nil
	}
	c.before(rel, dir, name)
	temp := c.temporary()
	if err := unix.Linkat(unix.AT_FDCWD, selfFD(fd), dir, temp, unix.AT_SYMLINK_FOLLOW); err != nil {
		c.note(noteLinks, shown)
		return false, nil
	}
	if err := MoveIn(dir, temp, name, old != nil); err != nil {
		return true, c.leave(shown, err)
	}
	c.made(rel, dir, name)
	c.Report.Files++
	return true, nil
}

// below holds what is at a path below the top of the copy, through no link.
func (c *Copier) below(path string) (int, error) { return walk(c.topAt, path) }

// walk holds what is at a path below a directory, through no link.
func walk(at int, path string) (int, error) {
	fd, err := duplicate(at)
	if err != nil {
		return -1, err
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			unix.Close(fd)
			return -1, unix.EINVAL
		}
		next, err := unix.Openat(fd, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		unix.Close(fd)
		if err != nil {
			return -1, err
		}
		fd = next
	}
	return fd, nil
}

func duplicate(fd int) (int, error) { return unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3) }
