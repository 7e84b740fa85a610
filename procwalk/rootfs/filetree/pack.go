package filetree

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// packer writes a tree as tar.
type packer struct {
	*Copier
	w     *tar.Writer
	first map[[2]uint64]string
	seen  func(e *entry, path string) // told of each name of a file that has several; may be nil
}

// Pack writes what from is, a tree or one file, to w as tar, under the name that cp would give it: a directory of
// which only what is in it is meant is ".". Owners have the numbers that Owner gives them. Of c, Archive, Owner,
// Identity, MayRead, Check and Report count. Holes become zeros, because tar's one way to keep them is not
// everybody's.
//
// Source: tar(5).
func (c *Copier) Pack(from *Original, w io.Writer) error {
	defer c.sayNotes()
	p := &packer{Copier: c, w: tar.NewWriter(w), first: map[[2]uint64]string{}}
	e, err := open(from.Dir, from.Name)
	if err != nil {
		return Explain(from.Path, err)
	}
	defer e.close()
	name := from.Base
	if name == "" {
		name = "."
	}
	if err := p.add(e, name, from.Path, 0); err != nil {
		return err
	}
	return p.w.Close()
}

// errOutput is what fails where the tar goes to: nothing else can be written then.
var errOutput = errors.New("writing the tar")

func (p *packer) add(e *entry, name, shown string, depth int) error {
	if err := p.check(shown, 0, e.size); err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: int64(e.mode & 0o7777), ModTime: e.mtime, Uid: int(e.uid), Gid: int(e.gid),
		Format: tar.FormatPAX}
	if p.Owner != nil {
		uid, gid, ok := p.Owner(e.uid, e.gid)
		if h.Uid, h.Gid = max(uid, 0), max(gid, 0); !ok {
			p.note(noteOwner, shown)
		}
	}
	if p.OntoHost && h.Mode&0o6000 != 0 && e.kind() != unix.S_IFLNK {
		p.note(noteSetID, shown)
		h.Mode &^= 0o6000
	}
	switch e.kind() {
	case unix.S_IFREG:
		return p.addFile(e, h, shown)
	case unix.S_IFDIR:
		return p.addDirectory(e, h, shown, depth)
	case unix.S_IFLNK:
		target, err := readLink(e.fd)
		if err != nil {
			return p.leave(shown, err)
		}
		h.Typeflag, h.Linkname = tar.TypeSymlink, target
		p.Report.Links++
		return p.header(h)
	}
	return p.leave(shown, fmt.Errorf("it is a %s: %w", e.kindName(), ErrSpecial))
}

func (p *packer) header(h *tar.Header) error {
	if strings.ContainsRune(h.Name+h.Linkname, 0) {
		return fmt.Errorf("%w: a name with a NUL", errOutput)
	}
	if err := p.w.WriteHeader(h); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}

// pax gives a header the extended attributes of an open file.
func (p *packer) pax(fd int, h *tar.Header, shown string) {
	if !p.Archive {
		return
	}
	list, err := Attributes(fd)
	if err != nil {
		p.note(noteAttributes, shown)
	}
	for name, value := range list {
		if name == fileCapabilities && p.OntoHost {
			p.note(noteCapabilities, shown)
			continue
		}
		if strings.HasPrefix(name, "system.posix_acl_") && p.Identity != nil {
			there, ok := translateACL(value, p.Identity)
			if !ok {
				p.note(noteOwner, shown)
				continue
			}
			value = there
		}
		if h.PAXRecords == nil {
			h.PAXRecords = map[string]string{}
		}
		h.PAXRecords[paxAttribute+name] = string(value)
	}
}

// paxAttribute begins the name of a record with an extended attribute, as in star, GNU tar and docker.
const paxAttribute = "SCHILY.xattr."

func (p *packer) addFile(e *entry, h *tar.Header, shown string) error {
	key := [2]uint64{e.dev, e.ino}
	if e.links > 1 && p.seen != nil {
		p.seen(e, shown)
	}
	if len(p.first) > 0 { // also where it is the last name by now: undo removes the others before
		if first, ok := p.first[key]; ok {
			h.Typeflag, h.Linkname = tar.TypeLink, first
			p.Report.Files++
			return p.header(h)
		}
	}
	if p.MayReadFile != nil {
		if err := p.MayReadFile(base(shown)); err != nil {
			return p.leave(shown, err)
		}
	}
	fd, err := e.reopen(unix.O_RDONLY)
	if err != nil {
		return p.leave(shown, err)
	}
	from := os.NewFile(uintptr(fd), "file")
	defer from.Close()
	p.pax(fd, h, shown)
	h.Typeflag, h.Size = tar.TypeReg, e.size
	if err := p.header(h); err != nil {
		return err
	}
	n, err := io.Copy(p.w, &checkedReader{io.LimitReader(from, e.size), func(done int64) error {
		return p.check(shown, done, e.size)
	}, 0})
	if err == nil && n < e.size {
		err = fmt.Errorf("it became shorter while it was read: zeros stand for the last %d bytes", e.size-n)
	}
	if n < e.size { // the tar must go on with what the header says
		if errors.Is(err, ErrGivenUp) || errors.Is(err, ErrGone) {
			return err
		}
		if err := p.leave(shown, Unwrap(err)); err != nil {
			return err
		}
		if _, err := io.CopyN(p.w, zeros{}, e.size-n); err != nil {
			return fmt.Errorf("%w: %w", errOutput, err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	switch {
	case e.links < 2:
	case len(p.first) >= maxNames:
		p.note(noteNames, shown)
	default:
		p.first[key] = h.Name
	}
	p.Report.Files++
	p.Report.Bytes += e.size
	return nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// checkedReader tells how much was read.
type checkedReader struct {
	io.Reader
	check func(int64) error
	done  int64
}

func (r *checkedReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.done += int64(n)
	if n > 0 {
		if e := r.check(r.done); e != nil {
			return n, e
		}
	}
	return n, err
}

func (p *packer) addDirectory(e *entry, h *tar.Header, shown string, depth int) error {
	if depth > maxTree {
		return p.leave(shown, fmt.Errorf("%w: more than %d directories deep", ErrTooLarge, maxTree))
	}
	fd, err := e.reopen(unix.O_RDONLY | unix.O_DIRECTORY)
	if err != nil {
		return p.leave(shown, err)
	}
	defer unix.Close(fd)
	p.pax(fd, h, shown)
	h.Typeflag = tar.TypeDir
	h.Name += "/"
	if err := p.header(h); err != nil {
		return err
	}
	p.Report.Directories++
	unread, failed := names(fd, func(name string) error {
		path := strings.TrimRight(shown, "/") + "/" + name
		in, err := open(fd, name)
		if err != nil {
			return p.leave(path, err)
		}
		defer in.close()
		if in.dev != e.dev && in.isDir() && p.MayRead != nil {
			if err := p.MayRead(in.fd, path); err != nil {
				return p.leave(path, err)
			}
		}
		return p.add(in, h.Name+name, path, depth+1)
	})
	if unread != nil {
		return p.leave(shown, unread)
	}
	return failed
}
