package filetree

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// What is kept for undo at most, as tar in memory and then in the journal.
const (
	maxKeptBytes   = 16 << 20 // of all files
	maxKeptFile    = 1 << 20  // of one
	maxKeptEntries = 20_000
)

// MadeFile is a file that a change made, by which undo knows it again: what somebody changed since then is left alone.
type MadeFile struct {
	Path  text.Exact `json:"path"` // below the directory
	Ino   uint64     `json:"ino"`
	Dir   bool       `json:"dir"`
	Size  int64      `json:"size"`
	MTime int64      `json:"mtime"` // nanoseconds since 1970
}

func (m *MadeFile) is(e *entry) bool {
	return e.ino == m.Ino && e.isDir() == m.Dir && (m.Dir || e.size == m.Size && e.mtime.UnixNano() == m.MTime)
}

// Keeper keeps what undo takes: what was there, with all its attributes, and what was made.
type Keeper struct {
	Made   []MadeFile
	NoUndo string // why undo is not possible; empty if it is

	b       bytes.Buffer
	z       *gzip.Writer
	p       packer
	entries int
	names   map[[2]uint64]*otherNames
	started bool
}

// otherNames counts the names of a file that were kept.
type otherNames struct {
	kept, all uint32
	path      string
}

// NewKeeper makes a Keeper that has kept nothing.
func NewKeeper() *Keeper {
	k := &Keeper{names: map[[2]uint64]*otherNames{}}
	k.z, _ = gzip.NewWriterLevel(&k.b, gzip.BestSpeed)
	k.p = packer{Copier: &Copier{Archive: true}, w: tar.NewWriter(k.z), first: map[[2]uint64]string{}}
	k.p.Check = k.limit
	k.p.MayRead = func(int, string) error { return errors.New("it is another file system") }
	return k
}

var errTooMuch = errors.New("more than is kept")

func (k *Keeper) limit(path string, done, size int64) error {
	switch k.entries++; {
	case k.NoUndo != "":
		return errTooMuch
	case done > 0: // told again and again while one is read
		k.entries--
	case size > maxKeptFile:
		return k.not("%s is larger than the %d MiB that bones keeps", shownName(base(path)), maxKeptFile>>20)
	case k.entries > maxKeptEntries:
		return k.not("there are more than the %d files that bones keeps", maxKeptEntries)
	case k.p.Report.Bytes+size > maxKeptBytes:
		return k.not("there are more than the %d MiB in all that bones keeps", maxKeptBytes>>20)
	}
	return nil
}

func (k *Keeper) not(format string, args ...any) error {
	if k.NoUndo == "" {
		k.NoUndo = fmt.Sprintf(format, args...)
	}
	return errTooMuch
}

// Keep keeps a name in a directory: a file or a link, and of a directory all that is in it, or with alone itself only.
// path is below the directory that undo will start from.
func (k *Keeper) Keep(dir int, name, path string, alone bool) {
	if k.NoUndo != "" {
		return
	}
	e, err := open(dir, name)
	if err == unix.ENOENT {
		return
	}
	if err == nil {
		defer e.close()
		k.started = true
		err = k.keep(e, path, alone)
	}
	if err != nil {
		k.not("bones could not keep what was there: %v", Explain(base(path), err))
	}
	if r := &k.p.Report; r.LeftOut > 0 {
		k.not("%s is not kept: %s", shownName(r.Left[0].Path), r.Left[0].Why)
	}
}

func (k *Keeper) keep(e *entry, path string, alone bool) error {
	if e.isDir() && alone {
		fd, err := e.reopen(unix.O_RDONLY | unix.O_DIRECTORY)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		h := &tar.Header{Name: path + "/", Typeflag: tar.TypeDir, Mode: int64(e.mode & 0o7777), ModTime: e.mtime,
			Uid: int(e.uid), Gid: int(e.gid), Format: tar.FormatPAX}
		k.p.pax(fd, h, path)
		return k.p.header(h)
	}
	k.p.seen = func(e *entry, path string) {
		n := k.names[[2]uint64{e.dev, e.ino}]
		if n == nil {
			n = &otherNames{all: e.links, path: path}
			k.names[[2]uint64{e.dev, e.ino}] = n
		}
		n.kept++
	}
	return k.p.add(e, path, path, 0)
}

// keepDirectory is Keep for a directory alone that is found by its path.
func (k *Keeper) keepDirectory(top int, path string) {
	path, err := safeName(path)
	if err != nil {
		return
	}
	at := strings.LastIndexByte(path, '/')
	parent, err := duplicate(top)
	if at > 0 && err == nil {
		unix.Close(parent)
		parent, err = walk(top, path[:at])
	}
	if err != nil {
		return // it is gone, and nothing of it is taken away
	}
	defer unix.Close(parent)
	k.Keep(parent, path[at+1:], path, true)
}

// Removed says that what was kept is gone: of a file with other names that are not, undo would make another file.
func (k *Keeper) Removed() {
	for _, n := range k.names {
		if n.kept < n.all {
			k.not("%s has other names, and would come back as another file", shownName(base(n.path)))
		}
	}
}

// Note records what was made.
func (k *Keeper) Note(path string, dir int, name string) {
	if k.NoUndo != "" {
		return
	}
	if len(k.Made) >= maxKeptEntries {
		k.not("bones takes back %d files at most", maxKeptEntries)
		return
	}
	e, err := stat(dir, name)
	if err != nil {
		k.not("%s is not there any more", shownName(base(path)))
		return
	}
	k.Made = append(k.Made, MadeFile{text.Exact(path), e.ino, e.isDir(), e.size, e.mtime.UnixNano()})
}

// Kept is all that was kept, as a compressed tar; nil if nothing was.
func (k *Keeper) Kept() []byte {
	if !k.started || k.NoUndo != "" {
		return nil
	}
	if k.p.w.Close() != nil || k.z.Close() != nil {
		k.not("bones could not keep what was there")
		return nil
	}
	return k.b.Bytes()
}

// Recorder has a Copier tell a Keeper what it makes and what it replaces. prefix comes before each path.
func (k *Keeper) Recorder(c *Copier, prefix string) {
	at := func(path string) string {
		if prefix == "" || path == "" {
			return prefix + path
		}
		return prefix + "/" + path
	}
	c.Before = func(path string, dir int, name string) { k.Keep(dir, name, at(path), true) }
	c.Made = func(path string, dir int, name string) { k.Note(at(path), dir, name) }
}

// Restore takes what was made away, as far as it is what was made, and puts back what was kept. How that is undone,
// keeper knows then. c says who may write where; of what somebody changed meanwhile its Report says that it stays.
func (c *Copier) Restore(dir int, made []MadeFile, kept []byte, keeper *Keeper) error {
	defer c.sayNotes()
	c.Archive = true
	c.Owner = func(uid, gid uint32) (int, int, bool) { return int(uid), int(gid), true }
	c.prefix = temporaryPrefix()
	keeper.Recorder(c, "")
	back, err := namesKept(kept)
	if err != nil {
		return err
	}
	u := &unpacker{Copier: c, top: dir, skip: map[string]bool{}}
	for _, m := range made { // before what is in it is removed, which changes its time
		if m.Dir && m.Path != "" {
			keeper.keepDirectory(dir, string(m.Path))
		}
	}
	for n := len(made) - 1; n >= 0; n-- {
		m := &made[n]
		if err := c.takeAway(u, m, back[strings.TrimRight(string(m.Path), "/")]); err != nil {
			return err
		}
	}
	if len(kept) == 0 {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return fmt.Errorf("bones cannot read what it kept: %w", err)
	}
	t := tar.NewReader(io.LimitReader(z, 2*maxKeptBytes+maxKeptEntries*4096))
	for {
		h, err := t.Next()
		if err == io.EOF {
			return u.finish()
		}
		if err != nil {
			return fmt.Errorf("bones cannot read what it kept: %w", err)
		}
		if u.skip[strings.TrimRight(h.Name, "/")] {
			continue
		}
		if err := u.member(h, t); err != nil {
			u.finish()
			return err
		}
	}
}

// namesKept are the paths of what was kept.
func namesKept(kept []byte) (map[string]bool, error) {
	list := map[string]bool{}
	if len(kept) == 0 {
		return list, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(kept))
	if err != nil {
		return nil, fmt.Errorf("bones cannot read what it kept: %w", err)
	}
	t := tar.NewReader(io.LimitReader(z, 2*maxKeptBytes+maxKeptEntries*4096))
	for len(list) <= maxKeptEntries {
		h, err := t.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("bones cannot read what it kept: %w", err)
		}
		list[strings.TrimRight(h.Name, "/")] = true
	}
	return nil, fmt.Errorf("what was kept: %w", ErrTooLarge)
}

// takeAway removes what was made. What will be replaced stays until then.
func (c *Copier) takeAway(u *unpacker, m *MadeFile, comesBack bool) error {
	shown := string(m.Path)
	if err := c.check(shown, 0, 0); err != nil {
		return err
	}
	path, err := safeName(shown)
	if err != nil || path == "" {
		return c.leave(shown, errors.Join(errors.New("the record has no path of what bones made"), err))
	}
	at := strings.LastIndexByte(path, '/')
	dir, err := duplicate(u.top)
	if at > 0 && err == nil {
		unix.Close(dir)
		dir, err = walk(u.top, path[:at])
	}
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return c.leave(shown, err)
	}
	defer unix.Close(dir)
	if c.MayWrite != nil {
		if err := c.MayWrite(dir, shown); err != nil {
			return c.leave(shown, err)
		}
	}
	name := path[at+1:]
	now, err := there(dir, name)
	switch {
	case err != nil:
		return c.leave(shown, err)
	case now == nil:
		return nil
	case !m.is(now):
		u.skip[path] = true
		return c.leave(shown, errors.New("somebody changed it since, and it stays"))
	case comesBack:
		return nil
	}
	flags := 0
	if now.isDir() {
		flags = unix.AT_REMOVEDIR
	} else {
		c.before(path, dir, name)
	}
	switch err := unix.Unlinkat(dir, name, flags); err {
	case nil:
		return nil
	case unix.ENOTEMPTY:
		return c.leave(shown, errors.New("somebody put something into it, and it stays"))
	default:
		return c.leave(shown, err)
	}
}
