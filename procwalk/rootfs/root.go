// Package rootfs works with the files of one process: with what the process sees as its root directory, through
// /proc/PID/root. Everything in there is somebody else's choice. A path is resolved by the kernel within that root
// (openat2), or step by step where the kernel cannot; never by joining strings. What is no regular file and no
// directory is named and never opened.
//
// A file system behind a root can stop answering, beyond any signal. The work is done in a process of its own, see
// Client, that can be left behind.
package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/idmap"
	"bones/procwalk/rootfs/filetree"
	"bones/procwalk/rootfs/inroot"

	"golang.org/x/sys/unix"
)

// What an operation can end in. Each is found by errors.Is. Package filetree says what they mean.
var (
	ErrGone         = filetree.ErrGone
	ErrNotFound     = filetree.ErrNotFound
	ErrExists       = filetree.ErrExists
	ErrNotPermitted = filetree.ErrNotPermitted
	ErrSpecial      = filetree.ErrSpecial
	ErrLeased       = filetree.ErrLeased
	ErrLoop         = filetree.ErrLoop
	ErrNotDirectory = filetree.ErrNotDirectory
	ErrIsDirectory  = filetree.ErrIsDirectory
	ErrNotEmpty     = filetree.ErrNotEmpty
	ErrMoved        = filetree.ErrMoved
	ErrNoSpace      = filetree.ErrNoSpace
	ErrReadOnly     = filetree.ErrReadOnly
	ErrNoAnswer     = filetree.ErrNoAnswer
	ErrTooLarge     = filetree.ErrTooLarge
	ErrGivenUp      = filetree.ErrGivenUp
	ErrUnclear      = filetree.ErrUnclear
)

// explain turns an error of the kernel into one of ours.
func explain(what string, err error) error { return filetree.Explain(what, err) }

// Progress is how far a copy is.
type Progress struct {
	Path  string // of the file that is copied now; hostile text
	Done  int64  // bytes of it
	Total int64  // below 1: not known
}

// Root is the root directory of one process, held open. It is for one goroutine.
type Root struct {
	fd     int
	paths  inroot.Dir // below fd
	folder *procwalk.Folder
	uids   idmap.Map
	gids   idmap.Map
	where  Where

	stopped *atomic.Bool   // it was asked to give up what it does; may be nil
	syncing func()         // told before the disk is waited for; may be nil
	told    func(Progress) // told how far a copy of several files is; may be nil

	translated bool // what is copied in has its ACLs in the numbers of this host already
	bare       bool // do not ask statx for the mount, as before Linux 5.8
}

// Open opens the root of the process with this identity.
func Open(procRoot string, id procwalk.ID) (*Root, error) { return OpenAt(procRoot, id, RootDir) }

// OpenAt opens its root, or its own folder in /proc as if that were a root.
func OpenAt(procRoot string, id procwalk.ID, where Where) (*Root, error) {
	folder, err := procwalk.OpenFolder(procRoot, id)
	if errors.Is(err, procwalk.ErrGone) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	name := "root"
	if where == ProcDir {
		name = "."
	}
	fd, err := unix.Openat(folder.FD(), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		folder.Close()
		switch {
		case err == unix.ENOENT: // a process that has ended, and that its parent has not waited for yet
			return nil, ErrGone
		case errors.Is(err, fs.ErrPermission):
			return nil, lacking(err)
		}
		return nil, explain(ofRoot, err)
	}
	r := &Root{fd: fd, paths: inroot.Dir{FD: fd}, folder: folder, where: where}
	for name, m := range map[string]*idmap.Map{"uid_map": &r.uids, "gid_map": &r.gids} {
		b, _, err := folder.Read(name, idmap.MaxSize)
		if err == nil {
			*m, err = idmap.Parse(b)
		}
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("%s of the process: %w", name, err)
		}
	}
	return r, nil
}

// ofRoot begins the errors that are about the root itself.
const ofRoot = "the root of the process"

// lacking says what it takes to see the root of a process.
func lacking(err error) error {
	return &fault.Error{Kind: fault.NotPermitted, What: ofRoot, Why: ErrNotPermitted.Error(),
		Hint: "needs " + fault.ToTrace, Err: errors.Join(ErrNotPermitted, err)}
}

// checked is progress that ends what is under way once it was asked to give up.
func (r *Root) checked(progress func(int64)) func(int64) error {
	return func(done int64) error {
		if r.stopped != nil && r.stopped.Load() {
			return ErrGivenUp
		}
		if progress != nil {
			progress(done)
		}
		return nil
	}
}

// sync has the disk write down what a descriptor stands for.
func (r *Root) sync(fd int) error {
	if r.syncing != nil {
		r.syncing()
	}
	return unix.Fsync(fd)
}

// Close gives the descriptors back.
func (r *Root) Close() error { return errors.Join(unix.Close(r.fd), r.folder.Close()) }

// alive is asked after a path was resolved and again before a change lands: a root outlives its process, but without
// the mounts of it, and what was behind a mount then shows. The process must still have this very root: one that ends
// gives it up before its mounts go, and counts as running for some time after that.
//
// Source: kernel/exit.c, do_exit: exit_fs comes before exit_task_namespaces, and that before exit_notify.
func (r *Root) alive() error {
	name := "root"
	if r.where == ProcDir {
		name = "."
	}
	fd, err := unix.Openat(r.folder.FD(), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM): // it has taken other credentials meanwhile
		return lacking(err)
	case err == unix.ENOENT, err == unix.ESRCH:
		return ErrGone
	case err != nil:
		return fmt.Errorf("its root directory: %w", err)
	}
	defer unix.Close(fd)
	const mask = unix.STATX_INO | unix.STATX_MNT_ID
	var was, now unix.Statx_t
	if err := errors.Join(unix.Statx(r.fd, "", unix.AT_EMPTY_PATH, mask, &was), unix.Statx(fd, "", unix.AT_EMPTY_PATH,
		mask, &now)); err != nil {
		return explain(ofRoot, fault.NoCall("statx", "4.11", err))
	}
	if was.Ino != now.Ino || was.Mnt_id != now.Mnt_id || was.Dev_major != now.Dev_major ||
		was.Dev_minor != now.Dev_minor {
		return fmt.Errorf("the root of the process: %w", ErrMoved)
	}
	return nil
}

// open resolves a path within the root to an O_PATH descriptor. With O_NOFOLLOW among the flags the last part may be a
// link, which is then opened itself. What was resolved was resolved while the process had its mounts: else ErrGone.
func (r *Root) open(path string, flags int) (int, error) {
	fd := -1
	path, err := clean(path)
	if err == nil {
		fd, err = r.paths.Open(path, flags)
	}
	if err != nil {
		if gone := r.alive(); errors.Is(gone, ErrGone) {
			err = gone // there is nothing because the mounts are gone with the process
		}
		return -1, err
	}
	if err := r.alive(); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// clean brings a path into the form that is resolved: from the root, without a NUL, of a length that the kernel takes.
func clean(path string) (string, error) {
	if strings.ContainsRune(path, 0) || len(path) >= unix.PathMax {
		return "", explain(path, unix.ENOENT)
	}
	path = strings.TrimLeft(path, "/")
	if path == "" {
		path = "."
	}
	return path, nil
}
