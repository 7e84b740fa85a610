package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"bones/procwalk/fault"
	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// Resolve implements filetree.Side: paths lead within the root, of a process that has it still.
func (r *Root) Resolve(path string, flags int) (int, error) { return r.open(path, flags) }

// identity is for ACLs: of what goes in, or comes out. It is nil where all numbers are the same inside.
func (r *Root) identity(in bool) filetree.Identity {
	if r.uids.Whole() && r.gids.Whole() {
		return nil
	}
	return func(id uint32, group bool) (uint32, bool) {
		m := r.uids
		if group {
			m = r.gids
		}
		if in {
			return m.Outside(id)
		}
		return m.Inside(id)
	}
}

// mayRead keeps a copy of a tree from going into what the kernel shows as files: most of it cannot be copied, and some
// reads do something. Whoever wants it names it.
func mayRead(fd int, path string) error {
	fs, err := kernelFS(fd)
	if err == nil && fs != "" {
		err = fmt.Errorf("it is on %s, which is the kernel's own: name it to copy it", fs)
	}
	return err
}

// check is a Copier's: it tells how far the copy is, and gives up where that was asked for or the process has ended.
func (r *Root) check(progress func(int64)) func(path string, done, size int64) error {
	var last time.Time
	return func(path string, done, size int64) error {
		if r.stopped != nil && r.stopped.Load() {
			return ErrGivenUp
		}
		if done == 0 || done == size {
			if err := r.alive(); err != nil {
				return err
			}
		}
		if now := time.Now(); now.Sub(last) > tellEvery {
			last = now
			switch {
			case r.told != nil:
				r.told(Progress{path, done, size})
			case progress != nil:
				progress(done)
			}
		}
		return nil
	}
}

// tellEvery is how often a copy tells how far it is.
const tellEvery = 100 * time.Millisecond

// noMemory keeps the memory of a process from being read as a file: of what a device has mapped a read is felt by the
// device.
func (r *Root) noMemory(name string) error {
	if r.where == ProcDir && name == "mem" {
		return fmt.Errorf("it is the memory of the process: %w", ErrSpecial)
	}
	return nil
}

// Transfer says what is copied out, and how.
type Transfer struct {
	Path    string // inside
	Local   string // where to, on this host; not used where a tar is made
	Follow  bool   // where Path is a link, what it leads to is meant
	Archive bool   // also owners, extended attributes and ACLs
}

// outside makes a Copier for what comes out.
func (r *Root) outside(t Transfer) *filetree.Copier {
	c := &filetree.Copier{Archive: t.Archive, OntoHost: true, MayRead: mayRead, Check: r.check(nil),
		Identity: r.identity(false), MayReadFile: r.noMemory}
	if t.Archive && os.Geteuid() == 0 {
		c.Owner = func(uid, gid uint32) (int, int, bool) {
			u, ok1 := r.uids.Inside(uid)
			g, ok2 := r.gids.Inside(gid)
			if !ok1 || !ok2 {
				return -1, -1, false
			}
			return int(u), int(g), true
		}
	}
	return c
}

// Get copies a file or a tree out of the root, and says what became of it and where it went.
func (r *Root) Get(t Transfer) (*filetree.Report, string, error) {
	from, err := filetree.Source(r, t.Path, t.Follow)
	if err != nil {
		return nil, "", err
	}
	defer from.Close()
	to, err := filetree.Target(filetree.HostSide{}, t.Local, from)
	if err != nil {
		return nil, "", err
	}
	defer to.Close()
	c := r.outside(t)
	c.New = !to.Exists && !to.Into
	err = c.Copy(from.Location, to.Location, to.Into)
	return &c.Report, to.Final, err
}

// Pack writes a file or a tree of the root as tar.
func (r *Root) Pack(t Transfer, w io.Writer) (*filetree.Report, error) {
	from, err := filetree.Source(r, t.Path, t.Follow)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	c := r.outside(t)
	if c.Owner == nil {
		c.Owner = func(uid, gid uint32) (int, int, bool) {
			u, ok1 := r.uids.Inside(uid)
			g, ok2 := r.gids.Inside(gid)
			return int(u), int(g), ok1 && ok2
		}
	}
	err = c.Pack(from, w)
	return &c.Report, err
}

// Placed is where something of ours goes to, and what it is.
type Placed struct {
	Local  Info   // of ours; Kind, Size, Mode, owner and time
	Path   string // inside, where it goes after all
	Into   bool   // what is in the directory goes into Path
	Exists bool   // there is something

	// UID and GID are the user and group on this host that have inside the numbers that the owner has here; nil: there
	// is none.
	UID, GID *uint32
}

// FindDestination finds where a file or a tree of ours goes. With directory the path must be that of a directory
// that is there.
func (r *Root) FindDestination(local, path string, follow bool) (Placed, error) {
	from, err := filetree.Source(filetree.HostSide{}, local, follow)
	if err != nil {
		return Placed{}, err
	}
	defer from.Close()
	to, err := filetree.Target(r, path, from)
	if err != nil {
		return Placed{}, err
	}
	defer to.Close()
	fd, err := unix.Openat(from.Dir, from.Name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return Placed{}, explain(local, err)
	}
	defer unix.Close(fd)
	i, err := r.info(fd, base(local))
	p := Placed{Local: i, Path: to.Final, Into: to.Into, Exists: to.Exists}
	if uid, ok := r.uids.Outside(i.UID); ok {
		p.UID = &uid
	}
	if gid, ok := r.gids.Outside(i.GID); ok {
		p.GID = &gid
	}
	return p, err
}

// inside makes a Copier for what an Op brings in.
func (r *Root) inside(op Op, progress func(int64)) (*filetree.Copier, error) {
	uid, gid, err := r.owner(-1, op)
	if err != nil && !op.Archive {
		return nil, err
	}
	c := &filetree.Copier{Archive: op.Archive, Mode: op.Mode, MayRead: mayRead, MayWrite: op.mayChange,
		GroupAround: !op.Archive && op.GID == nil,
		Identity:    r.identity(true), Check: r.check(progress)}
	c.Owner = func(u, g uint32) (int, int, bool) {
		if !op.Archive || op.UID != nil {
			return uid, gid, true
		}
		hostUID, ok1 := r.uids.Outside(u)
		hostGID, ok2 := r.gids.Outside(g)
		if !ok1 || !ok2 {
			return uid, gid, false
		}
		return int(hostUID), int(hostGID), true
	}
	c.Replace = func(dir int, name, path string, from *os.File, mode uint32, modified time.Time, uid, gid int) (bool,
		error) {
		old, err := r.atFor(&op, dir, name)
		if err != nil {
			return false, err
		}
		var st unix.Stat_t
		if err := unix.Fstat(int(from.Fd()), &st); err != nil {
			return false, err
		}
		mtime := modified.UnixNano()
		one := Op{Kind: "put", Path: path, Mode: &mode, UID: op.UID, GID: op.GID, MTime: &mtime, Archive: op.Archive,
			Stream: true, Size: st.Size, KernelFiles: op.KernelFiles}
		if c.Archive {
			u, g := uint32(uid), uint32(gid)
			one.UID, one.GID = &u, &g
		}
		r.translated = op.Kind != "copy"
		_, err = r.replace(dir, name, old, one, from, nil)
		return true, err
	}
	return c, nil
}

// probe makes and removes a file in a directory: where the file system takes nothing new from us that is to be known
// before a stream is read.
func probe(dir int, path string) error {
	name := ".bones-probe-" + fmt.Sprint(time.Now().UnixNano())
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return filetree.NotMade(path, err)
	}
	unix.Close(fd)
	return explain(path, unix.Unlinkat(dir, name, 0))
}

// doTree carries an Op out that is about more than one file.
func (r *Root) doTree(op Op, content io.Reader, progress func(int64)) (OpResult, error) {
	var location filetree.Location
	var err error
	if op.Into {
		location.Name, location.Path = ".", op.Path
		location.Dir, err = r.open(op.Path, unix.O_DIRECTORY)
		if err == nil {
			if err = op.mayChange(location.Dir, op.Path); err != nil {
				unix.Close(location.Dir)
				return OpResult{}, err
			}
		}
		err = explain(op.Path, err)
	} else {
		location.Path = op.Path
		location.Dir, location.Name, err = r.parentFor(&op, op.Path)
	}
	if err != nil {
		return OpResult{}, err
	}
	defer unix.Close(location.Dir)
	if e := op.Expect; e != nil && e.Absent && !op.Into {
		if _, err := r.atFor(&op, location.Dir, location.Name); !isNotFound(err) {
			if err == nil {
				err = fmt.Errorf("%q: %w", location.Name, ErrMoved)
			}
			return OpResult{}, err
		}
	}
	if err := r.check(nil)(op.Path, 0, 0); err != nil {
		return OpResult{}, err
	}
	if err := probe(location.Dir, op.Path); err != nil {
		return OpResult{}, err
	}
	c, err := r.inside(op, progress)
	if err != nil {
		return OpResult{}, err
	}
	k := filetree.NewKeeper()
	prefix := location.Name
	if op.Into {
		prefix = ""
	}
	k.Recorder(c, prefix)
	switch op.Kind {
	case "copy":
		err = r.copyIn(op, c, location)
	case "unpack":
		err = c.Unpack(content, location)
	default:
		err = c.Restore(location.Dir, op.Made, op.Content, k)
	}
	return r.treeResult(op, c, k, err)
}

func (r *Root) copyIn(op Op, c *filetree.Copier, to filetree.Location) error {
	from, err := filetree.Source(filetree.HostSide{}, op.Local, op.Follow)
	if err != nil {
		return err
	}
	defer from.Close()
	c.New = op.Expect != nil && op.Expect.Absent
	return c.Copy(from.Location, to, op.Into)
}

// treeResult is the result of what made and replaced several files. Also one that broke off can be taken back: then
// the error says what stays.
func (r *Root) treeResult(op Op, c *filetree.Copier, k *filetree.Keeper, err error) (OpResult, error) {
	res := OpResult{Report: &c.Report}
	kept := k.Kept()
	if res.NoUndo = k.NoUndo; res.NoUndo == "" {
		res.Inverse = &Op{Kind: "restore", Path: op.Path, Into: op.Into, Made: k.Made, Content: kept}
	}
	if err != nil && (len(k.Made) > 0 || len(kept) > 0) && !errors.Is(err, filetree.ErrNotMade) {
		// It is journaled with what takes it back, and said with what failed.
		if res.Broke = fault.Line(err); errors.Is(err, ErrGivenUp) {
			res.Broke = "given up"
		}
		err = nil
	}
	if err != nil {
		return OpResult{Report: &c.Report}, err
	}
	res.Note = reportNote(&c.Report)
	if !op.Into {
		res.Info, _ = r.Stat(op.Path, false)
	}
	return res, nil
}

// reportNote is what is said of a copy beside what was left out.
func reportNote(r *filetree.Report) string { return strings.Join(r.Notes, "; ") }

// IsRootPath reports whether a path is one of a root directory by its words.
func IsRootPath(path string) bool { return strings.Trim(path, "/.") == "" }
