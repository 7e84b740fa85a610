package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"bones/procwalk/bounded"
	"bones/procwalk/openat2"
	"bones/procwalk/text"
)

// maxFile is how much of a file is read, in bytes: a container's record is some ten kilobytes. maxEntries is how many
// names of a directory are.
const (
	maxFile    = 4 << 20
	maxEntries = 20000
)

var (
	errTooLarge = errors.New("larger than 4 MiB; not read")
	errNotFile  = errors.New("not a regular file; not read")
	errOwner    = errors.New("it belongs to another user; not read")
	errOthers   = errors.New("others than root may write there; not read")
	errLinked   = errors.New("a file with several names (hard links); not read where a user could have linked " +
		"somebody else's")
)

// directory is a directory that an engine keeps its records in, below the root of the store.
type directory struct {
	dir string
	// user is the owner if that is no system directory: then links are not followed and mounts not crossed, and what
	// belongs to anybody else is not read. A user could lead bones, which runs as root, anywhere.
	user *uint32
	// told: an engine of root's says that it uses this directory, which is not a usual one. It must be root's, and nobody
	// else may write there: what is a directory of its own to the engine may be another one to bones.
	told bool
	// strict: links are not followed on the way below it, and only a file of root's is read.
	strict bool
}

func (p directory) at(rel string) string { return strings.TrimSuffix(p.dir, "/") + "/" + rel }

// stamp tells whether a file is still the one that was read.
type stamp struct {
	dev, ino     uint64
	size         int64
	mtime, ctime unix.Timespec
}

// files reads records, and keeps what it made of those that have not changed since.
type files struct {
	root    string
	budgets budgets
	mu      sync.Mutex
	cache   map[string]cached
	bytes   int64 // size of the files in the cache
}

type cached struct {
	stamp stamp
	value any
	err   error
}

// maxCached and maxCachedBytes bound the cache, by files and by their size: beyond it everything is forgotten, and
// read again.
const (
	maxCached      = 8192
	maxCachedBytes = 128 << 20
)

// load returns what parse made of a file. A file that is not there is fs.ErrNotExist; every error names the path.
func load[T any](f *files, p directory, rel string, parse func([]byte) (T, error)) (T, error) {
	var zero T
	began := time.Now()
	if err := f.budgets.spent(p, p.at(rel)); err != nil {
		return zero, err
	}
	defer func() { f.budgets.took(p, time.Since(began)) }()
	fd, st, err := f.open(p, rel)
	if err != nil {
		return zero, fmt.Errorf("%s: %w", text.New(p.at(rel)), err)
	}
	defer unix.Close(fd)
	now := stamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim, st.Ctim}
	key := p.at(rel)
	if err := f.budgets.spend(p, key, st.Size); err != nil {
		return zero, err
	}
	f.mu.Lock()
	old, ok := f.cache[key]
	f.mu.Unlock()
	if ok && old.stamp == now {
		if value, ok := old.value.(T); ok {
			return value, old.err
		}
	}
	value := zero
	b, err := readFD(fd)
	if err == nil {
		value, err = parse(b)
	}
	if err != nil {
		value, err = zero, fmt.Errorf("%s: %w", text.New(key), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += now.size - f.cache[key].stamp.size
	if len(f.cache) >= maxCached || f.bytes > maxCachedBytes {
		clear(f.cache)
		f.bytes = now.size
	}
	f.cache[key] = cached{now, value, err}
	return value, err
}

// open returns an O_PATH descriptor of a regular file. Nothing is opened for reading before it is known to be one:
// opening a FIFO hangs, opening a device can do anything.
func (f *files) open(p directory, rel string) (int, *unix.Stat_t, error) {
	fd, st, err := f.openAny(p, rel)
	if err == nil && st.Size > maxFile {
		unix.Close(fd)
		return -1, nil, errTooLarge
	}
	return fd, st, err
}

// openAny is open for a file of any size.
func (f *files) openAny(p directory, rel string) (int, *unix.Stat_t, error) {
	fd, err := f.path(p, rel, unix.O_PATH)
	if err != nil {
		return -1, nil, err
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	switch {
	case err != nil:
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		err = errNotFile
	case p.user != nil && st.Uid != *p.user && st.Uid != 0:
		err = errOwner
	case (p.told || p.strict) && !systems(&st):
		err = errOthers
	case p.user != nil && st.Nlink > 1:
		err = errLinked
	}
	if err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, &st, nil
}

// path resolves a path below the root of the store; links in system directories stay below that root.
func (f *files) path(p directory, rel string, flags int) (int, error) {
	root, err := unix.Open(f.root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	inRoot := uint64(unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS)
	if p.user == nil && !p.told && !p.strict {
		return openWithin(root, p.at(rel), flags, inRoot)
	}
	dir, err := openWithin(root, p.dir, unix.O_PATH|unix.O_DIRECTORY, inRoot)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	var st unix.Stat_t
	if err := unix.Fstat(dir, &st); err != nil {
		return -1, err
	}
	switch {
	case p.told && !systems(&st):
		return -1, errOthers
	case p.told, p.strict:
		return openWithin(dir, rel, flags, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	case st.Uid != *p.user && st.Uid != 0:
		return -1, errOwner
	}
	return openWithin(dir, rel, flags,
		unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV)
}

// systems reports whether something is root's, or our own, and nobody else may write to it.
func systems(st *unix.Stat_t) bool {
	return (st.Uid == 0 || int(st.Uid) == os.Geteuid()) && st.Mode&0o002 == 0 &&
		(st.Mode&0o020 == 0 || st.Gid == 0 || int(st.Gid) == os.Getegid())
}

// openWithin is openat2(2), with errors that say what it was that the path led to.
func openWithin(dir int, path string, flags int, resolve uint64) (int, error) {
	fd, err := openat2.Open(dir, path, flags, resolve)
	switch err {
	case unix.ENOTDIR:
		return -1, fs.ErrNotExist
	case unix.ELOOP:
		return -1, errors.New("it is a symbolic link, and bones follows none here")
	case unix.EXDEV:
		return -1, errors.New("it leads to another mount, and bones does not follow it there")
	}
	return fd, openat2.Missing(err)
}

// readFD reads what an O_PATH descriptor stands for.
func readFD(fd int) ([]byte, error) {
	r, err := unix.Open("/proc/self/fd/"+strconv.Itoa(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(r)
	b, err := bounded.ReadAll(bounded.FD(r), maxFile)
	if errors.Is(err, bounded.ErrTooLong) {
		err = errTooLarge // it grew, or its size was not the truth
	}
	return b, err
}

// errTooMany says that a directory holds more entries than are looked at.
var errTooMany = fmt.Errorf("it has more than %d entries; bones does not look at the others", maxEntries)

// list returns the names in a directory; of one with too many, as many as are looked at beside errTooMany.
func (f *files) list(p directory, rel string) ([]string, error) {
	if err := f.budgets.spend(p, p.at(rel), 0); err != nil {
		return nil, err
	}
	where := text.New(path.Clean(p.at(rel)))
	fd, err := f.path(p, rel, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	dir := os.NewFile(uintptr(fd), "directory")
	defer dir.Close()
	names, err := dir.Readdirnames(maxEntries)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if more, _ := dir.Readdirnames(1); len(more) > 0 {
		return names, fmt.Errorf("%s: %w", where, errTooMany)
	}
	return names, nil
}

// decode reads exactly one JSON value.
func decode[T any](b []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		return nil, fmt.Errorf("not the JSON that bones expects: %w", err)
	}
	return v, nil
}

// gone reports whether an error only says that there is no such file, or that it is one of those that LeftOut tells
// of.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errOverBudget) }

// plainName reports whether an id can be a file name. One that cannot is not looked for.
func plainName(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= 255 && !strings.ContainsAny(id, "/\x00")
}
