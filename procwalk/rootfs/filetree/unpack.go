package filetree

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// unpacker makes the files that a tar holds.
type unpacker struct {
	*Copier
	top  int
	late []lateDirectory
	skip map[string]bool // paths that stay as they are; may be nil
}

// lateDirectory is a directory that gets its permissions and time at the end: what comes into it changes the time.
type lateDirectory struct {
	path string
	ino  uint64
	h    *tar.Header
}

// Unpack makes what a tar holds in a directory. Whoever made the tar may be an enemy: a name that is absolute or has
// ".." in it is left out, no link is followed, neither one that was there nor one of the tar, and device nodes, FIFOs
// and the like are not made. Of c, all but OntoHost counts as for Copy.
func (c *Copier) Unpack(r io.Reader, to Location) error {
	defer c.sayNotes()
	c.prefix = temporaryPrefix()
	u := &unpacker{Copier: c, top: to.Dir}
	input := bufio.NewReader(r)
	r = input
	if magic, _ := input.Peek(2); string(magic) == "\x1f\x8b" { // as docker cp takes it, too
		z, err := gzip.NewReader(input)
		if err != nil {
			return fmt.Errorf("the input is not a tar archive: %w", err)
		}
		r = z
	}
	t := tar.NewReader(r)
	any := false
	for {
		h, err := t.Next()
		if err == io.EOF {
			if !any {
				return errors.New("the input is not a tar archive, or the archive is empty")
			}
			return u.finish()
		}
		if err != nil {
			if !any && (errors.Is(err, tar.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF)) {
				return fmt.Errorf("the input is not a tar archive, which a directory takes; for the content of a file, "+
					"name the file: %w", err)
			}
			u.finish()
			return fmt.Errorf("the tar broke off; what came before it did stays: %w", err)
		}
		any = true
		if err := u.member(h, t); err != nil {
			u.finish()
			return err
		}
	}
}

// safeName is the path of a member below the directory; "" for that directory itself.
func safeName(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return "", errors.New("its name is absolute")
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			return "", errors.New("its name leads through .. and out of its directory")
		default:
			parts = append(parts, part)
		}
	}
	path := strings.Join(parts, "/")
	if len(parts) > maxTree || len(path) >= unix.PathMax || strings.ContainsRune(path, 0) {
		return "", fmt.Errorf("its name: %w", ErrTooLarge)
	}
	return path, nil
}

func (u *unpacker) member(h *tar.Header, content io.Reader) error {
	if err := u.check(h.Name, 0, h.Size); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	path, err := safeName(h.Name)
	if err != nil {
		return u.leave(h.Name, err)
	}
	if path == "" {
		return nil // the directory itself, which stays as it is
	}
	at := strings.LastIndexByte(path, '/')
	dir, err := u.parentDir(path[:max(at, 0)])
	if err != nil {
		return u.leave(h.Name, err)
	}
	defer unix.Close(dir)
	name := path[at+1:]
	e := &entry{mode: uint32(h.Mode & 0o7777), uid: uint32(h.Uid), gid: uint32(h.Gid), size: h.Size, links: 1,
		mtime: h.ModTime}
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		e.mode |= unix.S_IFREG
		return u.file(h, e, content, dir, name, path)
	case tar.TypeDir:
		return u.directory(h, dir, name, path)
	case tar.TypeSymlink:
		if len(h.Linkname) >= unix.PathMax || strings.ContainsRune(h.Linkname, 0) {
			return u.leave(h.Name, fmt.Errorf("where the link leads: %w", ErrTooLarge))
		}
		return u.makeLink(h.Linkname, e, dir, name, path, h.Name)
	case tar.TypeLink:
		return u.name(h, dir, name, path)
	}
	return u.leave(h.Name, fmt.Errorf("it is a device node, a FIFO or the like: %w", ErrSpecial))
}

// parentDir holds the directory parentDir a member, open for what is made in it, and makes those that are not there.
func (u *unpacker) parentDir(path string) (int, error) {
	fd, err := duplicate(u.top)
	if err != nil || path == "" {
		return fd, err
	}
	at := ""
	for name := range strings.SplitSeq(path, "/") {
		at = join(at, name)
		next, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		switch err {
		case nil:
			if u.MayWrite != nil {
				if err := u.MayWrite(next, at); err != nil {
					unix.Close(fd)
					unix.Close(next)
					return -1, err
				}
			}
		case unix.ENOENT:
			if next, err = makeDirectory(fd, name); err == nil {
				u.made(at, fd, name)
				err = u.attributes(next, -1, &entry{mtime: time.Now()}, 0o755, at)
				u.Report.Directories++
			}
			if err != nil {
				unix.Close(fd)
				return -1, err
			}
		case unix.ENOTDIR, unix.ELOOP:
			unix.Close(fd)
			return -1, fmt.Errorf("%s is in the way: a link, or no directory: %w", shownName(at), ErrNotDirectory)
		default:
			unix.Close(fd)
			return -1, err
		}
		unix.Close(fd)
		fd = next
	}
	return fd, nil
}

func (u *unpacker) directory(h *tar.Header, dir int, name, path string) error {
	old, err := there(dir, name)
	if err != nil {
		return u.leave(h.Name, err)
	}
	if old != nil && !old.isDir() {
		return u.leave(h.Name, fmt.Errorf("a directory does not replace the %s that is there", old.kindName()))
	}
	fd, err := u.intoDirectory(old, dir, name, path, h.Name)
	if err != nil {
		return u.leave(h.Name, err)
	}
	defer unix.Close(fd)
	u.Report.Directories++
	if now, err := stat(fd, ""); err == nil && len(u.late) < maxNames {
		u.late = append(u.late, lateDirectory{path, now.ino, h})
		return nil
	}
	u.note(noteTimes, h.Name)
	return u.finishOne(fd, h)
}

func (u *unpacker) finish() error {
	for n := len(u.late) - 1; n >= 0; n-- {
		l := u.late[n]
		held, err := walk(u.top, l.path)
		if err != nil {
			continue // it was taken away again
		}
		e, err := stat(held, "")
		if err == nil && e.ino == l.ino && e.isDir() {
			e.fd = held
			var fd int
			if fd, err = e.reopen(unix.O_RDONLY | unix.O_DIRECTORY); err == nil {
				err = u.finishOne(fd, l.h)
				unix.Close(fd)
			}
		}
		unix.Close(held)
		if err != nil {
			if err := u.leave(l.h.Name, err); err != nil {
				return err
			}
		}
	}
	u.late = nil
	return nil
}

func (u *unpacker) finishOne(fd int, h *tar.Header) error {
	e := &entry{uid: uint32(h.Uid), gid: uint32(h.Gid), mtime: h.ModTime}
	if err := u.attributes(fd, -1, e, uint32(h.Mode&0o7777), h.Name); err != nil {
		return err
	}
	return u.fromPAX(fd, h)
}

// fromPAX gives a file the extended attributes of its header.
func (u *unpacker) fromPAX(fd int, h *tar.Header) error {
	if !u.Archive {
		return nil
	}
	for key, value := range h.PAXRecords {
		name, ok := strings.CutPrefix(key, paxAttribute)
		if !ok {
			continue
		}
		b := []byte(value)
		if strings.HasPrefix(name, "system.posix_acl_") && u.Identity != nil {
			if b, ok = translateACL(b, u.Identity); !ok {
				u.note(noteOwner, h.Name)
				continue
			}
		}
		if err := unix.Fsetxattr(fd, name, b, 0); err != nil {
			u.note(noteAttributes, h.Name)
		}
	}
	return setTimes(fd, h.ModTime)
}

// file makes a regular file.
func (u *unpacker) file(h *tar.Header, e *entry, content io.Reader, dir int, name, path string) error {
	old, err := replaced(dir, name)
	if err != nil {
		return u.leave(h.Name, err)
	}
	temp, err := u.fill(h, e, content, dir)
	if err != nil {
		return u.leave(h.Name, err)
	}
	u.before(path, dir, name)
	if old != nil && old.kind() == unix.S_IFREG && u.Replace != nil {
		done, err := u.replace(h, e, dir, temp, name)
		if done || err != nil {
			unix.Unlinkat(dir, temp, 0)
			if err != nil {
				return u.leave(h.Name, err)
			}
			u.made(path, dir, name)
			return u.copied(e, dir, name, path)
		}
	}
	if err := MoveIn(dir, temp, name, old != nil); err != nil {
		return u.leave(h.Name, err)
	}
	u.made(path, dir, name)
	return u.copied(e, dir, name, path)
}

func (u *unpacker) replace(h *tar.Header, e *entry, dir int, temp, name string) (bool, error) {
	fd, err := unix.Openat(dir, temp, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	from := os.NewFile(uintptr(fd), "file")
	defer from.Close()
	uid, gid := u.owner(e)
	return u.Replace(dir, name, h.Name, from, u.fileMode(e.mode), e.mtime, uid, gid)
}

// fill writes the content of a member into a new file; what is zero for long becomes a hole.
func (u *unpacker) fill(h *tar.Header, e *entry, content io.Reader, dir int) (temp string, err error) {
	to, name, err := u.fresh(dir)
	if err != nil {
		return "", err
	}
	defer func() { discard(to, dir, name, err) }()
	fd := int(to.Fd())
	if err = copyWithHoles(to, content, func(done int64) error { return u.check(h.Name, done, h.Size) }); err != nil {
		return "", err
	}
	if err = u.attributes(fd, -1, e, u.fileMode(e.mode), h.Name); err != nil {
		return "", err
	}
	return name, u.fromPAX(fd, h)
}

// name makes another name of a member that came before.
func (u *unpacker) name(h *tar.Header, dir int, name, path string) error {
	target, err := safeName(h.Linkname)
	if err != nil || target == "" {
		return u.leave(h.Name, fmt.Errorf("another name of %s: %w", shownName(h.Linkname), errors.Join(err)))
	}
	fd, err := walk(u.top, target)
	if err != nil {
		return u.leave(h.Name, Explain(h.Linkname, err))
	}
	defer unix.Close(fd)
	e, err := stat(fd, "")
	if err == nil && e.kind() != unix.S_IFREG {
		err = fmt.Errorf("another name of a %s: %w", e.kindName(), ErrSpecial)
	}
	if err == nil && u.MayWrite != nil {
		err = u.MayWrite(fd, h.Linkname)
	}
	if err != nil {
		return u.leave(h.Name, err)
	}
	old, err := replaced(dir, name)
	switch {
	case err != nil:
		return u.leave(h.Name, err)
	case old != nil && old.same(e):
		return nil
	}
	u.before(path, dir, name)
	temp := u.temporary()
	if err = unix.Linkat(unix.AT_FDCWD, selfFD(fd), dir, temp, unix.AT_SYMLINK_FOLLOW); err == nil {
		err = MoveIn(dir, temp, name, old != nil)
	}
	if err != nil {
		return u.leave(h.Name, err)
	}
	u.made(path, dir, name)
	u.Report.Files++
	return nil
}
