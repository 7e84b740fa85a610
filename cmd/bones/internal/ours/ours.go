// Package ours opens files that nobody but us can have written or exchanged: what root acts on stands in such files
// only, the journal above all.
package ours

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/idmap"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// ErrForeign is a file that somebody else may have written, or may put another in the place of. What stands in it
// is neither shown nor carried out, and nothing is written into it.
var ErrForeign = errors.New("not ours alone")

// Purpose is what the files are for: messages say so.
type Purpose struct {
	What string // "journal"
	Help string // what to do about a place that is not ours: "name another file with --journal"
}

// foreign says which part of the way to a file is not ours, and why.
func (k Purpose) foreign(path, why string) error {
	return fmt.Errorf("%s: %s %s: it is %w; %s", k.What, text.Line(path), why, ErrForeign, k.Help)
}

func (k Purpose) notRegular(path string) error {
	return fmt.Errorf("%s: %s is not a regular file; %s", k.What, text.Line(path), k.Help)
}

// failed says why a file could not be opened, and what would help.
func (k Purpose) failed(err *os.PathError) error {
	e := &fault.Error{Kind: fault.Of(err), What: k.What, Hint: fault.Remedy(err, k.Help), Err: err}
	if why := ReadOnly(err); why != "" {
		e.Why = text.Line(err.Path) + " cannot be written to: " + why
	}
	return e
}

// hostState is the state directory of root on any host. rootState is that of root's bones on this one: the linker sets
// another for the tests (-X), whose changes belong into no journal of the machine's. It is never written to.
const hostState = "/var/lib/bones"

var rootState = hostState

// StateDir returns where bones keeps its journal and crash reports: /var/lib/bones for root, else the state
// directory of the XDG base directory specification.
//
// A home that is reached through a link is followed here, once: the link is named by our own environment. What it
// leads to is checked as every other path.
func StateDir() (string, error) {
	if os.Geteuid() == 0 {
		return rootState, nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(followed(dir), "bones"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", errors.New("there is no home directory to keep the journal in; name a file with --journal")
	}
	return filepath.Join(followed(home), ".local", "state", "bones"), nil
}

// StateDirBelow is StateDir for bones that works on the host whose root directory is mounted at root: root keeps what
// was changed there with the host, where it can be taken back from when this place is gone, as a pod is in the end.
// Empty: the host is the one that bones runs on.
func StateDirBelow(root string) (string, error) {
	if root != "" && os.Geteuid() == 0 {
		return filepath.Join(root, hostState), nil
	}
	return StateDir()
}

func followed(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir // it is not there yet
}

// Path is the directory that a file of ours is in.
type Path struct {
	kind   Purpose
	fd     int    // O_PATH
	name   string // of the file in it
	path   string // the whole path, for messages
	shared bool   // others may make files in it, but none may touch those of others: a sticky directory
}

// Close lets go of the directory.
func (p *Path) Close() { unix.Close(p.fd) }

// Find goes down to the directory of a file, one part of the path after the other, and looks at each that it
// holds: it must belong to us or to root, nobody else may write to it, and no part may be a link. Otherwise another
// user could have put the file there, or could exchange it between two looks. With create, directories that are
// missing are made, for us alone.
//
// Source: openat(2) with O_PATH and O_NOFOLLOW, which unlike openat2(2) with RESOLVE_NO_SYMLINKS shows each directory
// on the way; path_resolution(7).
func (k Purpose) Find(path string, create bool) (*Path, error) {
	whole := path
	if !strings.HasPrefix(path, "/") {
		dir, err := unix.Getwd() // not os.Getwd, which believes $PWD and its links
		if err != nil || !strings.HasPrefix(dir, "/") {
			return nil, fmt.Errorf("%s: %s: the working directory cannot be told; name a whole path", k.What,
				text.Line(path))
		}
		whole = dir + "/" + path
	}
	parts := strings.FieldsFunc(whole, func(c rune) bool { return c == '/' })
	if len(parts) == 0 || strings.HasSuffix(path, "/") || parts[len(parts)-1] == "." || parts[len(parts)-1] == ".." {
		return nil, k.notRegular(path)
	}
	fd, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: /: %w", k.What, err)
	}
	p := &Path{kind: k, fd: fd, name: parts[len(parts)-1], path: whole}
	at := ""
	for i, part := range parts {
		if p.shared, err = k.checkDir(p.fd, orRoot(at), i == len(parts)-1); err != nil {
			p.Close()
			return nil, err
		}
		if i == len(parts)-1 {
			return p, nil
		}
		at += "/" + part
		next, err := k.openDir(p.fd, part, at, create)
		p.Close()
		if err != nil {
			return nil, err
		}
		p.fd = next
	}
	return p, nil
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// openDir opens one directory on the way. O_DIRECTORY has an automounter mount it.
func (k Purpose) openDir(dir int, name, path string, create bool) (int, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(dir, name, flags, 0)
	if err == unix.ENOENT && create {
		if err = unix.Mkdirat(dir, name, 0o700); err == nil || err == unix.EEXIST {
			fd, err = unix.Openat(dir, name, flags, 0)
		}
	}
	if err == nil {
		return fd, nil
	}
	var st unix.Stat_t
	if err == unix.ENOTDIR && unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil &&
		st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return -1, k.foreign(path, "is a link, which may lead elsewhere the next time")
	}
	return -1, k.failed(&os.PathError{Op: "open", Path: path, Err: err})
}

// checkDir reports with an error that a directory on the way is not ours. last is the one that holds the file.
func (k Purpose) checkDir(fd int, path string, last bool) (shared bool, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return false, fmt.Errorf("%s: %s: %w", k.What, text.Line(path), err)
	}
	me := uint32(os.Geteuid())
	if st.Uid != 0 && st.Uid != me && (last || !unmapped(st.Uid)) {
		return false, k.foreign(path, fmt.Sprintf("belongs to UID %d", st.Uid))
	}
	switch {
	case st.Mode&0o022 == 0:
	case st.Mode&unix.S_ISVTX != 0:
		return true, nil
	case st.Mode&0o002 == 0 && me != 0 && st.Uid == me && st.Gid == me:
		// Distributions that give each user a group of their own also let that group write to what they make.
	default:
		return false, k.foreign(path, "may be written to by other users")
	}
	return false, nil
}

// overflowUID is the owner that the kernel shows for users who have no number in our user namespace.
//
// Source: user_namespaces(7); /proc/sys/kernel/overflowuid, which nobody changes.
const overflowUID = 65534

// unmapped reports whether an owner is one who has no number here: in a user namespace the host's root, to whom / and
// /home belong, is such a one.
func unmapped(uid uint32) bool {
	if uid != overflowUID {
		return false
	}
	b, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	m, err := idmap.Parse(b)
	if err != nil {
		return false
	}
	_, mapped := m.Outside(uid)
	return !mapped
}

// Open opens the file if it is there and ours; with write it is made if it is not there.
func (p *Path) Open(write bool) (*os.File, error) {
	flags := unix.O_RDONLY
	if write {
		flags = unix.O_RDWR | unix.O_APPEND
	}
	var st unix.Stat_t
	if unix.Fstatat(p.fd, p.name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG, unix.S_IFLNK: // a link is refused below, by its own reason
		default: // opening a device may already do something
			return nil, p.kind.notRegular(p.path)
		}
	}
	flags |= unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, err := unix.Openat(p.fd, p.name, flags, 0)
	for range 3 {
		if err != unix.ENOENT || !write {
			break
		}
		if fd, err = unix.Openat(p.fd, p.name, flags|unix.O_CREAT|unix.O_EXCL, 0o600); err == unix.EEXIST {
			fd, err = unix.Openat(p.fd, p.name, flags, 0)
		}
	}
	if err == unix.ELOOP {
		return nil, p.kind.foreign(p.path, "is a link, which may lead elsewhere the next time")
	}
	if err == unix.EISDIR || err == unix.ENXIO {
		return nil, p.kind.notRegular(p.path)
	}
	if err != nil {
		return nil, p.kind.failed(&os.PathError{Op: "open", Path: p.path, Err: err})
	}
	f := os.NewFile(uintptr(fd), p.path)
	if err := p.check(fd); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// check reports with an error that the file itself is not ours.
func (p *Path) check(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("%s: %s: %w", p.kind.What, text.Line(p.path), err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return p.kind.notRegular(p.path)
	case st.Uid != 0 && st.Uid != uint32(os.Geteuid()):
		return p.kind.foreign(p.path, fmt.Sprintf("belongs to UID %d", st.Uid))
	case st.Mode&0o022 != 0:
		return p.kind.foreign(p.path, "may be written to by other users")
	case p.shared && st.Nlink > 1:
		// Whoever may make names in there may have given this one to another file of ours.
		return p.kind.foreign(p.path, "has another name (a hard link), and is in a directory in which others may make files")
	}
	return nil
}

// Create makes a new file in a directory of ours, with mode 0600, and the directory if it is missing.
func (k Purpose) Create(path string) (*os.File, error) {
	p, err := k.Find(path, true)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.Create()
}

// Create makes the file, which must not be there yet, with mode 0600.
func (p *Path) Create() (*os.File, error) {
	fd, err := unix.Openat(p.fd, p.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: p.path, Err: err}
	}
	return os.NewFile(uintptr(fd), p.path), nil
}

// Dir goes down to a directory that is to be ours alone, and holds it. Named gives the files in it.
func (k Purpose) Dir(path string, create bool) (*Path, error) {
	p, err := k.Find(filepath.Join(path, "directory"), create)
	if err == nil && p.shared {
		p.Close()
		return nil, k.foreign(path, "may be written to by other users")
	}
	return p, err
}

// Named returns a file of the same directory. The directory stays with p.
func (p *Path) Named(name string) *Path {
	return &Path{kind: p.kind, fd: p.fd, name: name, path: filepath.Join(filepath.Dir(p.path), name), shared: p.shared}
}

// Remove removes the file.
func (p *Path) Remove() error {
	if err := unix.Unlinkat(p.fd, p.name, 0); err != nil {
		return &os.PathError{Op: "remove", Path: p.path, Err: err}
	}
	return nil
}

// FD is the descriptor of the directory; it is for looking only (O_PATH).
func (p *Path) FD() int { return p.fd }
