package copying

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/bounded"
	"bones/procwalk/fault"
	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// Whoever may write to a directory in which root makes something can exchange it at any moment, and the directory
// itself where he may write to the one around it. So nothing here goes by path a second time: the directory is held
// open, a file has no name before it is whole, and a directory that was made is looked at before anything is put into
// it.

// LocalParent is where something of ours is to be made: a name in a directory that is held open.
type LocalParent struct {
	dir  *os.File
	name string
	path string // for people
}

// destination is whatever we write files of ours into: see ours.Purpose.Reach.
var destination = ours.Purpose{What: "the file", Help: "name the directory by a path without it"}

// NewPlace opens the directory around a path. Links of other users are not followed on the way there.
func NewPlace(path string) (*LocalParent, error) {
	path = filepath.Clean(path)
	dir, err := destination.ReachDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return &LocalParent{dir, filepath.Base(path), path}, nil
}

// Close gives the descriptor back.
func (p *LocalParent) Close() error { return p.dir.Close() }

func (p *LocalParent) fd() int { return int(p.dir.Fd()) }

func (p *LocalParent) failed(op string, err error) error {
	return &os.PathError{Op: op, Path: p.path, Err: err}
}

// free fails if the name is taken.
func (p *LocalParent) free() error {
	var st unix.Stat_t
	switch err := unix.Fstatat(p.fd(), p.name, &st, unix.AT_SYMLINK_NOFOLLOW); err {
	case nil:
		return p.failed("open", unix.EEXIST)
	case unix.ENOENT:
		return nil
	default:
		return p.failed("open", err)
	}
}

// Pending is a file that is being written. It is there under its name once it is kept.
type Pending struct {
	*os.File
	parent *LocalParent
	named  bool // it has its name already, because the file system knows no files without one
}

// File begins a new file. Nothing is overwritten.
//
// Source: open(2), O_TMPFILE.
func (p *LocalParent) File(mode os.FileMode) (*Pending, error) {
	if err := p.free(); err != nil {
		return nil, err
	}
	bits := uint32(mode.Perm())
	fd, err := unix.Openat(p.fd(), ".", unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, bits)
	if err == nil {
		return &Pending{os.NewFile(uintptr(fd), p.path), p, false}, nil
	}
	if err != unix.EOPNOTSUPP && err != unix.EISDIR && err != unix.EINVAL && err != unix.ENOENT {
		return nil, p.failed("open", err)
	}
	return p.Visible(mode)
}

// Visible begins a new file that is there under its name at once: one that grows for long, and is read meanwhile.
// Nothing is overwritten.
func (p *LocalParent) Visible(mode os.FileMode) (*Pending, error) {
	fd, err := unix.Openat(p.fd(), p.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC,
		uint32(mode.Perm()))
	if err != nil {
		return nil, p.failed("open", err)
	}
	return &Pending{os.NewFile(uintptr(fd), p.path), p, true}, nil
}

// Keep gives the file its name and closes it.
func (f *Pending) Keep() error {
	var err error
	if !f.named {
		self := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
		if err = unix.Linkat(unix.AT_FDCWD, self, f.parent.fd(), f.parent.name, unix.AT_SYMLINK_FOLLOW); err != nil {
			err = f.parent.failed("open", err)
		}
	}
	return errors.Join(err, f.Close())
}

// Drop closes the file, and nothing stays of it.
func (f *Pending) Drop() {
	defer f.Close()
	if !f.named {
		return
	}
	// Only what we made is ours to remove.
	var made, there unix.Stat_t
	if unix.Fstat(int(f.Fd()), &made) == nil && unix.Fstatat(f.parent.fd(), f.parent.name, &there,
		unix.AT_SYMLINK_NOFOLLOW) == nil &&
		made.Dev == there.Dev && made.Ino == there.Ino {
		unix.Unlinkat(f.parent.fd(), f.parent.name, 0)
	}
}

// openMade opens a directory that was made since then, and by nobody else.
func (p *LocalParent) openMade(since time.Time) (*os.Root, error) {
	fd, err := unix.Openat(p.fd(), p.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.ELOOP || err == unix.ENOTDIR || err == unix.ENOENT {
		return nil, p.failed("mkdir", filetree.ErrExchanged)
	}
	if err != nil {
		return nil, p.failed("mkdir", err)
	}
	dir := os.NewFile(uintptr(fd), p.path)
	defer dir.Close()
	if err := justMade(p.fd(), fd, since); err != nil {
		return nil, p.failed("mkdir", err)
	}
	if names, _ := dir.Readdirnames(1); len(names) > 0 {
		return nil, p.failed("mkdir", filetree.ErrExchanged)
	}
	root, err := os.OpenRoot("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return nil, p.failed("mkdir", err)
	}
	return root, nil
}

// justMade reports whether a directory can be the one that was made: ours alone, on the mount of the one around it,
// and born since then where the file system knows that.
func justMade(parent, fd int, since time.Time) error {
	const mask = unix.STATX_BASIC_STATS | unix.STATX_BTIME | unix.STATX_MNT_ID
	var out, in unix.Statx_t
	if err := unix.Statx(parent, "", unix.AT_EMPTY_PATH, mask, &out); err != nil {
		return fault.NoCall("statx", "4.11", err)
	}
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, mask, &in); err != nil {
		return fault.NoCall("statx", "4.11", err)
	}
	ours := in.Uid == uint32(os.Geteuid()) && in.Mode&0o777 == 0o700 && in.Mnt_id == out.Mnt_id &&
		in.Dev_major == out.Dev_major && in.Dev_minor == out.Dev_minor
	if in.Mask&unix.STATX_BTIME != 0 && time.Unix(in.Btime.Sec, int64(in.Btime.Nsec)).Before(since) {
		ours = false
	}
	if !ours {
		return filetree.ErrExchanged
	}
	return nil
}

// Replace writes a file of ours whole, in place of what is there: a link is replaced and not followed.
func Replace(path string, content []byte, mode os.FileMode) error {
	p, err := NewPlace(path)
	if err != nil {
		return err
	}
	defer p.Close()
	final := p.name
	p.name = fmt.Sprintf(".%s-%d-%d", final, os.Getpid(), time.Now().UnixNano())
	f, err := p.File(mode)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		f.Drop()
		return err
	}
	if err := f.Keep(); err != nil {
		return err
	}
	if err := unix.Renameat(p.fd(), p.name, p.fd(), final); err != nil {
		unix.Unlinkat(p.fd(), p.name, 0)
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	return nil
}

// editName is the name that a file gets while it is edited. It helps the editor to know the language; nothing else of
// the real name is wanted.
func editName(path string) string {
	safe := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' &&
			r <= 'Z') {
			return r
		}
		return '_'
	}, filepath.Base(path))
	return "edit-" + safe[:min(len(safe), 200)]
}

// EditCopy is a private copy of a file that is edited.
type EditCopy struct {
	Path   string // for the editor, and for people
	name   string
	root   *os.Root
	remove func()
}

// NewEditCopy puts the content of the file at path into a new file that only we may read, in a directory of its own.
func NewEditCopy(path string, content []byte) (*EditCopy, error) {
	dir, root, remove, err := Private("bones-edit-")
	if err != nil {
		return nil, err
	}
	e := &EditCopy{name: editName(path), root: root, remove: remove}
	e.Path = filepath.Join(dir, e.name)
	if err := root.WriteFile(e.name, content, 0o600); err != nil {
		remove()
		return nil, err
	}
	return e, nil
}

// Read returns what is in the file by now, and bounded.ErrTooLong if that is more than limit bytes.
func (e *EditCopy) Read(limit int64) ([]byte, error) {
	f, err := e.root.Open(e.name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded.ReadAll(f, limit)
}

// Remove takes the copy and its directory away. Whoever does not call it leaves both to the user, and says so.
func (e *EditCopy) Remove() { e.remove() }

// KeepText puts a text that could not be saved at path into a private file, and returns its path.
func KeepText(path string, content []byte) (string, error) {
	e, err := NewEditCopy(path, content)
	if err != nil {
		return "", err
	}
	e.root.Close()
	return e.Path, nil
}

// Private makes a directory for what is ours alone for a while. remove takes away all that is in it by then, through
// the descriptor and not by path.
func Private(pattern string) (path string, root *os.Root, remove func(), err error) {
	var began unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &began); err != nil {
		return "", nil, nil, err
	}
	if path, err = os.MkdirTemp("", pattern); err != nil {
		return "", nil, nil, err
	}
	p, err := NewPlace(path)
	if err != nil {
		return "", nil, nil, err
	}
	if root, err = p.openMade(time.Unix(began.Unix())); err != nil {
		p.Close()
		return "", nil, nil, err
	}
	return path, root, func() {
		defer p.Close()
		defer root.Close()
		dir, err := root.Open(".")
		if err != nil {
			return
		}
		defer dir.Close()
		names, _ := dir.Readdirnames(-1)
		for _, name := range names {
			root.RemoveAll(name)
		}
		unix.Unlinkat(p.fd(), p.name, unix.AT_REMOVEDIR) // only where it is empty
	}, nil
}
