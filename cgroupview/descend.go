package cgroupview

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// descent visits a group and every group below it, each before those below it. There is no bound on how many there are
// or on how deep they lie: what is killed or found empty must not depend on one. Two descriptors are open at a time,
// because a user who may make groups chooses how deep they are nested, and each step is taken from the directory
// before it, because a deep one has no path that fits into a system call.
type descent struct {
	top    *Group
	dir    int // the group that is visited
	levels []level
}

// level is one of the groups from the top down to the one that is visited.
type level struct {
	name  string
	ino   uint64
	below []string // names of the groups right below it that are still to be visited
}

// errEnough ends a descent early: the visitor knows what it wants to know.
var errEnough = errors.New("enough")

// descend calls visit with each group, while d.dir is a descriptor of its directory. Groups that are removed meanwhile
// are left out; that the first one is gone is ErrGone.
func (h *FileSystem) descend(g *Group, visit func(d *descent) error) error {
	fd, err := g.openSame()
	if err != nil {
		return err
	}
	dir, err := openBelow(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	unix.Close(fd)
	if err != nil {
		return failed(g, "", err)
	}
	d := &descent{top: g, dir: dir}
	defer func() { unix.Close(d.dir) }()
	if err := d.enter(g.Ino, "", visit); err != nil {
		return d.ended(err)
	}
	for len(d.levels) > 0 {
		here := &d.levels[len(d.levels)-1]
		if len(here.below) == 0 {
			if err := d.up(); err != nil {
				return err
			}
			continue
		}
		name := here.below[len(here.below)-1]
		here.below = here.below[:len(here.below)-1]
		if err := d.down(name, visit); err != nil {
			return d.ended(err)
		}
	}
	return nil
}

func (d *descent) ended(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Path is the group that is visited, as /proc/PID/cgroup would have it.
func (d *descent) Path() string {
	at := d.top.Path.Raw()
	for _, l := range d.levels {
		if l.name != "" {
			at = childPath(at, l.name)
		}
	}
	return at
}

// enter visits the group whose directory is d.dir, and finds out what is below it.
func (d *descent) enter(ino uint64, name string, visit func(*descent) error) error {
	d.levels = append(d.levels, level{name: name, ino: ino})
	if err := visit(d); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(d.dir, &st); err != nil {
		return d.failed("", err)
	}
	if st.Nlink == 2 { // the kernel counts the groups below in the links: there is none
		return nil
	}
	names, err := subdirectories(d.dir)
	if err != nil {
		return d.failed("", err)
	}
	d.levels[len(d.levels)-1].below = names
	return nil
}

// down goes to a group right below.
func (d *descent) down(name string, visit func(*descent) error) error {
	fd, err := openBelow(d.dir, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT || err == unix.ENODEV {
		return nil
	}
	if err != nil {
		return d.failed(name, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return d.failed(name, err)
	}
	unix.Close(d.dir)
	d.dir = fd
	return d.enter(st.Ino, name, visit)
}

// up goes back to the group around, and makes sure that it is the one that we came from.
func (d *descent) up() error {
	d.levels = d.levels[:len(d.levels)-1]
	if len(d.levels) == 0 {
		return nil
	}
	fd, err := unix.Openat(d.dir, "..", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return d.failed("", err)
	}
	unix.Close(d.dir)
	d.dir = fd
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Ino != d.levels[len(d.levels)-1].ino || st.Dev != d.top.Dev {
		return fmt.Errorf("%s: its groups were moved while they were read; try again", d.top.Dir)
	}
	return nil
}

// failed is the error about a file of the group that is visited.
func (d *descent) failed(file string, err error) error {
	below := strings.TrimPrefix(d.Path(), d.top.Path.Raw())
	return failed(d.top, path.Join(below, file), err)
}

// subdirectories lists the directories in one that is open, however many there are.
func subdirectories(dir int) ([]string, error) {
	own, err := openBelow(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT || err == unix.ENODEV {
		return nil, nil // it was removed
	}
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(own), ".")
	defer f.Close()
	var names []string
	for {
		entries, err := f.ReadDir(1024)
		for _, e := range entries {
			if e.IsDir() {
				names = append(names, e.Name())
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV):
			return names, nil
		case err != nil:
			return nil, err
		}
	}
}
