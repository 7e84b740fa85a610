package cgroupview

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"bones/cgroupview/spec"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// File is one interface file of a group and what it held when it was read.
type File struct {
	Name      text.Text
	Mode      uint32     // permission bits
	Spec      *spec.Spec // what is known about it; nil for a file that is in no table of ours
	Value     text.Text  // without the last newline; of one that is longer than MaxValue the lines that fit
	Truncated bool       // there was more than that
	Err       error      // why Value is not there
}

// Editable reports whether `bones set` may write it: the table says so and the mode does not forbid it. reason says
// why not.
func (f *File) Editable() (ok bool, reason string) {
	switch s := f.Spec; {
	case s == nil:
		return false, "bones does not know this file, and so cannot tell what a value would do"
	case !s.Writable || f.Mode&0o222 == 0:
		return false, "the kernel only allows reading it"
	case !s.Settable:
		return false, cmp.Or(s.Why, "it is not a single value")
	}
	return true, ""
}

// MaxValue bounds what is read of one file, in bytes: the list of half a million tasks, the numbers of tens of
// thousands of disks.
const MaxValue = 4 << 20

// Files returns the interface files of a group with their values, by name.
func (h *FileSystem) Files(g *Group) ([]File, error) {
	if g.Hierarchy.past != nil {
		if r := g.Hierarchy.past.Group(g.Path.Raw()); r != nil {
			return r.Files, r.Err
		}
		return nil, failed(g, "", unix.ENOENT)
	}
	fd, err := g.openSame()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	dir, err := openBelow(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, failed(g, "", err)
	}
	d := os.NewFile(uintptr(dir), g.Dir.Raw())
	defer d.Close()
	// Groups below are entries too, and a user may make any number of them: only the files are kept.
	var names []string
	for {
		entries, err := d.ReadDir(1024)
		for _, e := range entries {
			if !e.IsDir() {
				names = append(names, e.Name())
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, failed(g, "", err)
		}
	}
	slices.Sort(names)
	files := make([]File, 0, len(names))
	for _, name := range names {
		if f, ok := g.read(fd, name); ok {
			files = append(files, f)
		}
	}
	return files, nil
}

// File reads one interface file.
func (h *FileSystem) File(g *Group, name string) (File, error) {
	if name == "" || strings.Contains(name, "/") || name == "." || name == ".." {
		return File{}, failed(g, name, unix.ENOENT)
	}
	if g.Hierarchy.past != nil {
		return g.recordedFile(name)
	}
	fd, err := g.openSame()
	if err != nil {
		return File{}, err
	}
	defer unix.Close(fd)
	f, ok := g.read(fd, name)
	if !ok {
		return File{}, failed(g, name, unix.ENOENT)
	}
	return f, nil
}

// Same reports nil while the group's directory is still the one that g was made of.
func (g *Group) Same() error {
	fd, err := g.openSame()
	if err == nil {
		closeFD(fd)
	}
	return err
}

// openSame is open, and makes sure that it still is the directory that g was made of.
func (g *Group) openSame() (int, error) {
	fd, err := g.open()
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Dev != g.Dev || st.Ino != g.Ino {
		unix.Close(fd)
		return -1, failed(g, "", cmp.Or(err, error(unix.ENODEV)))
	}
	return fd, nil
}

// read reads one file; false if there is no regular file of that name.
func (g *Group) read(dir int, name string) (File, bool) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return File{}, false
	}
	f := File{Name: text.New(name), Mode: st.Mode & 0o7777, Spec: spec.Of(g.Hierarchy.Version, name)}
	if f.Mode&0o444 == 0 || f.Spec != nil && !f.Spec.Readable {
		f.Err = errNotReadable
		return f, true
	}
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		f.Err = failed(g, name, err)
		return f, true
	}
	defer unix.Close(fd)
	b, more, err := readLines(fd, MaxValue)
	if err != nil {
		f.Err = failed(g, name, err)
		return f, true
	}
	f.Value, f.Truncated = text.New(strings.TrimSuffix(string(b), "\n")), more
	return f, true
}

// errNotReadable is why a file that is only written has no value.
var errNotReadable = errors.New("it is write-only")
