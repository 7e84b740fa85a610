package rootfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Op is one change of files, as it is asked for, sent to the worker and written into the journal. Mode, UID and GID
// are pointers because 0 is asked for, too: nothing on the way may take a 0 for "not given".
type Op struct {
	Kind      string  `json:"kind"` // touch, mkdir, rm, put, mv, copy, unpack, restore
	Path      string  `json:"path"`
	To        string  `json:"to"`          // mv: the new path
	Mode      *uint32 `json:"mode"`        // nil: what is there already, else 0644 and 0755
	KeepSetID bool    `json:"keep_set_id"` // a directory keeps set-user-ID and set-group-ID beside Mode, as with chmod(1)
	UID       *uint32 `json:"uid"`         // on the host; nil: what is there already, else the container's root
	GID       *uint32 `json:"gid"`
	Parents   bool    `json:"parents"`   // mkdir: also those around; that it exists is no error
	Recursive bool    `json:"recursive"` // rm: a directory with all that is in it
	Content   []byte  `json:"content"`   // put: what to write, where it is not streamed; restore: a compressed tar
	MTime     *int64  `json:"mtime"`     // put, touch: time of modification, nanoseconds since 1970; nil: now
	Archive   bool    `json:"archive"`   // put, copy, unpack: also owners, extended attributes and ACLs
	Local     string  `json:"local"`     // copy: the file or directory of ours
	Follow    bool    `json:"follow"`    // copy: Local may be a link, and what it leads to is meant
	Into      bool    `json:"into"`      // copy, unpack, restore: Path is a directory, which it is about what is in

	// Made is what restore takes away again.
	Made []filetree.MadeFile `json:"made"`

	Stream bool    `json:"-"`      // put: the content comes from a reader
	Size   int64   `json:"-"`      // of the stream in bytes; -1 if it is not known
	Expect *Expect `json:"expect"` // what must be there, or it is refused; nil: anything

	// KernelFiles allows the change where the file is the kernel itself (proc, sysfs, cgroups and the like), for which it
	// is refused else. It is not written down: whoever undoes such a change says so again.
	KernelFiles bool `json:"-"`
}

// MarshalJSON writes an Op into the journal. A path is bytes, of which JSON would change those that are not UTF-8.
func (o Op) MarshalJSON() ([]byte, error) {
	type plain Op
	return json.Marshal(struct {
		plain
		Path  text.Exact `json:"path"`
		To    text.Exact `json:"to"`
		Local text.Exact `json:"local"`
	}{plain(o), text.Exact(o.Path), text.Exact(o.To), text.Exact(o.Local)})
}

// UnmarshalJSON reads what MarshalJSON wrote, and what bones wrote before that: a field that is not there is not
// given.
func (o *Op) UnmarshalJSON(b []byte) error {
	type plain Op
	r := struct {
		plain
		Path  text.Exact `json:"path"`
		To    text.Exact `json:"to"`
		Local text.Exact `json:"local"`
	}{}
	if err := json.Unmarshal(b, &r); err != nil {
		return err
	}
	*o = Op(r.plain)
	o.Path, o.To, o.Local = string(r.Path), string(r.To), string(r.Local)
	return nil
}

// Expect is the state of a path that a change is made for.
type Expect struct {
	Absent bool   `json:"absent"`
	Dev    uint64 `json:"dev"`
	Ino    uint64 `json:"ino"`
	Size   int64  `json:"size"`
	MTime  int64  `json:"mtime"` // nanoseconds since 1970
}

// expect describes what is there now.
func expect(i Info) *Expect {
	return &Expect{Dev: i.Dev, Ino: i.Ino, Size: i.Size, MTime: i.ModTime.UnixNano()}
}

func (e *Expect) met(i Info) bool {
	return !e.Absent && i.Dev == e.Dev && i.Ino == e.Ino && i.Size == e.Size && i.ModTime.UnixNano() == e.MTime
}

// OpResult is what became of an Op.
type OpResult struct {
	Inverse *Op    // undoes it; nil if nothing does
	NoUndo  string // why nothing does
	Same    bool   // all was so already
	Note    string
	Info    Info
	Report  *filetree.Report // of what was copied; nil where nothing was
	// why a copy broke off of which something stays, that Inverse takes back; empty if it did not
	Broke string
}

// maxKept is how much of an old content is kept for undo, in bytes.
const maxKept = 1 << 20

// Do carries an Op out. content is read where the Op says that it streams; progress is told the bytes done so far.
func (r *Root) Do(op Op, content io.Reader, progress func(int64)) (OpResult, error) {
	res, err := r.do(op, content, progress)
	if errors.Is(err, filetree.ErrNotMade) {
		// It is the answer to the first thing that would be made: nothing has been, and no content was read.
		return r.asItsRoot(func() (OpResult, error) { return r.do(op, content, progress) })
	}
	return res, err
}

func (r *Root) do(op Op, content io.Reader, progress func(int64)) (OpResult, error) {
	switch op.Kind {
	case "copy", "unpack", "restore":
		return r.doTree(op, content, progress)
	}
	dir, name, err := r.parentFor(&op, op.Path)
	if err != nil && !errors.Is(err, ErrKernelFile) && op.Kind == "mkdir" && op.Parents {
		return r.mkdirAll(op)
	}
	if err != nil {
		return OpResult{}, err
	}
	defer unix.Close(dir)
	old, oldErr := r.atFor(&op, dir, name)
	if errors.Is(oldErr, ErrKernelFile) {
		return OpResult{}, oldErr
	}
	if e := op.Expect; e != nil {
		if e.Absent != isNotFound(oldErr) || !e.Absent && (oldErr != nil || !e.met(old)) {
			return OpResult{}, fmt.Errorf("%s: %w", text.Line(op.Path), ErrMoved)
		}
	}
	if oldErr != nil && !isNotFound(oldErr) {
		return OpResult{}, oldErr
	}
	there := oldErr == nil
	if strings.HasSuffix(op.Path, "/") && (op.Kind == "put" || op.Kind == "touch" && !there) {
		return OpResult{}, fmt.Errorf("%s: there is no such directory, and a file has no slash at its end: %w",
			text.Line(op.Path), ErrNotDirectory)
	}
	if there && old.MountID == 0 {
		return OpResult{}, fmt.Errorf("%q: this kernel does not tell which mount it is on, and so not what a change would "+
			"reach: %w", op.Path, ErrNotPermitted)
	}
	if err := r.alive(); err != nil {
		return OpResult{}, err
	}
	if r.stopped != nil && r.stopped.Load() {
		return OpResult{}, ErrGivenUp
	}
	switch op.Kind {
	case "touch":
		if there {
			return r.touchAgain(dir, name, op)
		}
		return r.create(dir, name, op)
	case "mkdir":
		if there && op.Parents && old.Kind == Directory {
			res := OpResult{Info: old, NoUndo: "it was there already", Same: true}
			if op.Mode != nil || op.UID != nil {
				res.Note = "it was there already, and keeps its permissions and its owner"
			}
			return res, nil
		}
		return r.mkdir(dir, name, op)
	case "rm":
		if !there {
			return OpResult{}, explain(op.Path, unix.ENOENT)
		}
		return r.remove(dir, name, old, op, progress)
	case "mv":
		if !there {
			return OpResult{}, explain(op.Path, unix.ENOENT)
		}
		return r.move(dir, name, old, op)
	case "put":
		if !op.Stream {
			content, op.Size = strings.NewReader(string(op.Content)), int64(len(op.Content))
		}
		if there {
			return r.replace(dir, name, old, op, content, progress)
		}
		return r.putNew(dir, name, op, content, progress)
	}
	return OpResult{}, fmt.Errorf("there is no change of the kind %q", op.Kind)
}

// parent opens the directory around a path, and returns the last part of it.
func (r *Root) parent(path string) (dir int, name string, err error) {
	trimmed := strings.TrimRight(path, "/")
	name = base(trimmed)
	if name == "" || name == "." || name == ".." || len(name) > unix.NAME_MAX || strings.ContainsRune(name, 0) {
		return -1, "", fmt.Errorf("%q names no file that could be changed", path)
	}
	parent := trimmed[:len(trimmed)-len(name)]
	dir, err = r.open(parent, unix.O_DIRECTORY)
	if err != nil {
		return -1, "", explain("/"+strings.Trim(parent, "/"), err)
	}
	return dir, name, nil
}

// at describes a name in a directory, links themselves.
func (r *Root) at(dir int, name string) (Info, error) {
	return r.atFor(&Op{KernelFiles: true}, dir, name)
}

// atFor is at for what an Op is to change.
func (r *Root) atFor(op *Op, dir int, name string) (Info, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return Info{}, explain(name, err)
	}
	defer unix.Close(fd)
	if err := op.mayChange(fd, op.Path); err != nil {
		return Info{}, err
	}
	return r.info(fd, name)
}

func (r *Root) touchAgain(dir int, name string, op Op) (OpResult, error) {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return OpResult{}, explain(op.Path, err)
	}
	defer unix.Close(fd)
	if err := op.mayChange(fd, op.Path); err != nil {
		return OpResult{}, err
	}
	was, err := r.info(fd, name)
	if err != nil {
		return OpResult{}, err
	}
	if err := setAttributes(fd, op, was); err != nil {
		return OpResult{}, explain(op.Path, err)
	}
	i, err := r.info(fd, name)
	if err != nil {
		return OpResult{}, err
	}
	mtime := was.ModTime.UnixNano()
	back := &Op{Kind: "touch", Path: op.Path, MTime: &mtime, Expect: expect(i)}
	if op.Mode != nil {
		back.Mode = &was.Mode
	}
	if op.UID != nil || op.GID != nil {
		back.UID, back.GID, back.Mode = &was.UID, &was.GID, &was.Mode
	}
	return OpResult{Info: i, Inverse: back}, nil
}

// setAttributes gives what a descriptor stands for, which may be opened with O_PATH only, the owner, the permissions
// and the time of an Op, as far as it names them; the time is now where it does not.
func setAttributes(fd int, op Op, was Info) error {
	if op.UID != nil || op.GID != nil {
		uid, gid := -1, -1
		if op.UID != nil {
			uid = int(*op.UID)
		}
		if op.GID != nil {
			gid = int(*op.GID)
		}
		if err := unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
			return filetree.NotGiven(op.Path, err)
		}
	}
	if op.Mode != nil {
		if was.Kind == Link {
			return fmt.Errorf("a link has no permissions of its own; name the file that it leads to: %w", ErrSpecial)
		}
		mode := *op.Mode & 0o7777
		if op.KeepSetID && was.Kind == Directory {
			mode |= was.Mode & (unix.S_ISUID | unix.S_ISGID)
		}
		if err := unix.Fchmodat(unix.AT_FDCWD, selfFD(fd), mode, 0); err != nil {
			return err
		}
	}
	at := unix.Timespec{Nsec: unix.UTIME_NOW}
	if op.MTime != nil {
		at = unix.NsecToTimespec(*op.MTime)
	}
	return unix.UtimesNanoAt(fd, "", []unix.Timespec{at, at}, unix.AT_EMPTY_PATH)
}
