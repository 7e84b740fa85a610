package cgroupview

import (
	"sync"

	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Delegations tells who owns the directories of groups, and so who may give names to groups. What it has asked it
// keeps: it is for one look at the host. It may be used by several goroutines at once.
//
// Source: cgroups(7), "Cgroups delegation": whoever owns a group's directory makes groups below it, and names them.
type Delegations struct {
	host   *FileSystem
	mu     sync.Mutex
	owners map[delegated]dirOwner
}

type delegated struct{ controllers, path string }

type dirOwner struct {
	uid uint32
	err error
}

// Delegations returns what is to be asked.
func (h *FileSystem) Delegations() *Delegations {
	return &Delegations{host: h, owners: map[delegated]dirOwner{}}
}

// Of returns who owns the directory of the group that a line names, and who made it: the owner of the uppermost
// directory around it that is not root's, root if there is none. The error is ErrNotMounted or ErrOutside where no
// directory that is mounted here is the group's.
func (d *Delegations) Of(l container.CgroupLine) (container.Delegation, error) {
	uid, err := d.owner(l.Controllers.Raw(), l.Path.Raw())
	if err != nil {
		return container.Delegation{}, err
	}
	is := container.Delegation{Known: true, Owner: uid}
	for at := parentPath(l.Path.Raw()); at != "/" && at != ""; at = parentPath(at) {
		uid, err := d.owner(l.Controllers.Raw(), at)
		if err == ErrNotMounted {
			break // what is above is not shown here, and was made by whoever made the mount
		}
		if err != nil {
			return container.Delegation{}, err
		}
		if uid != 0 {
			is.Maker = uid
		}
	}
	return is, nil
}

func (d *Delegations) owner(controllers, p string) (uint32, error) {
	key := delegated{controllers, p}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.owners[key]
	if !ok {
		o.uid, o.err = d.host.owner(controllers, p)
		d.owners[key] = o
	}
	return o.uid, o.err
}

// owner asks for one directory. The path is of the kernel's making: below a cgroup file system there are no links.
func (h *FileSystem) owner(controllers, p string) (uint32, error) {
	err := error(ErrNotMounted)
	for _, in := range h.hierarchies {
		if !in.Is(controllers) {
			continue
		}
		dir, why := in.Dir(p)
		if why != nil {
			if why != ErrNotMounted {
				err = why
			}
			continue
		}
		var uid uint32
		if uid, err = (&Group{Hierarchy: in, Path: text.New(p), Dir: text.New(dir)}).Owner(); err == nil {
			return uid, nil
		}
	}
	return 0, err
}
