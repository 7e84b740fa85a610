// Package engines tells where the engines of a host keep their records, from their command lines and settings, and
// from those of the processes that they leave beside each container.
//
// What root's engines say is believed as far as root's own directories go; what a user's engine says is believed for
// that user alone: see container.Config. An engine within a container is not asked: what its paths name is in there.
package engines

import (
	"fmt"
	"maps"
	"slices"

	"bones/cgroupview/container"
	"bones/procwalk"
)

// Finder finds them in one snapshot after another, and keeps what one process said. It is for one goroutine at a time.
type Finder struct {
	ProcRoot string // the proc file system
	Root     string // the root directory of its host
	told     map[procwalk.ID]Places
	storage  settings[container.StorageDirs]
}

// Places are what one engine, or all of them, tell of where records are.
type Places struct {
	Docker     []container.DockerDirs
	Storage    []container.StorageDirs
	Containerd []string // state directories
	Runc, Crun []string // roots
	LXC        []string // directories of containers
	monitor    string   // of an LXC monitor: the name of its container
}

// A process may say anything: so many places are looked at for root's engines, and for those of each user.
const (
	mostOfRoot = 64
	mostOfUser = 8
)

// readers are the programs that are asked, by the name of the process, of which the kernel keeps 15 bytes.
var readers = map[string]func(*Finder, args) Places{
	"dockerd":         (*Finder).dockerd,
	"containerd":      (*Finder).containerd,
	"containerd-shim": (*Finder).shim,
	"conmon":          (*Finder).conmon,
	"crio":            (*Finder).crio,
	"runc":            (*Finder).runc,
	"crun":            (*Finder).crun,
}

// Find returns what the engines of a snapshot tell. host are the host's namespaces. chains has for each process what
// it belongs to: an engine in a container is left out, and one in a mount namespace of its own only counts if it is a
// service, as that of a snap is. The error is about what was left out because there is too much of it.
func (f *Finder) Find(s *procwalk.Snapshot, host [procwalk.NSTypes]uint64,
	chains func(row int) container.Chain) (Places, error) {
	var all Places
	var err error
	users := map[uint32]int{}
	seen := map[procwalk.ID]Places{}
	for i := range s.Processes {
		p := &s.Processes[i]
		read := readers[p.Comm.Raw()]
		chain := chains(i)
		if monitor := lxcMonitor(chain); monitor {
			read = (*Finder).lxc
		}
		if read == nil || p.Status == nil || p.Status.Err != nil || chain.Containers() != nil {
			continue
		}
		uid := p.Status.UID
		if uid == 0 && !onHost(p, host, chain) {
			continue
		}
		said, known := f.told[p.ID()]
		if !known {
			said = read(f, args{f.arguments(p), uid == 0})
		}
		seen[p.ID()] = said
		if most := mostOf(uid); users[uid] >= most {
			err = fmt.Errorf("the engines of UID %d name more than %d directories; containers of this user may be without "+
				"a name", uid, most)
			continue
		}
		users[uid] += all.add(said, uid)
	}
	f.told = seen
	if own, ok := f.storage.read(f.Root, "etc/containers/storage.conf", parseStorageConf); ok {
		all.add(Places{Storage: []container.StorageDirs{own}}, 0)
	}
	return all, err
}

func mostOf(uid uint32) int {
	if uid == 0 {
		return mostOfRoot
	}
	return mostOfUser
}

// lxcMonitor reports whether a process is LXC's own one beside a container: its arguments name the container.
func lxcMonitor(c container.Chain) bool {
	e := c.Innermost()
	return e.Kind == container.Conmon && e.Runtime == container.LXC
}

// onHost reports whether root of the process is root of the host, and its paths are those of the host.
func onHost(p *procwalk.Process, host [procwalk.NSTypes]uint64, chain container.Chain) bool {
	if p.NS == nil {
		return false
	}
	same := func(t procwalk.NSType) bool {
		return p.NS.Inode[t] == 0 || host[t] == 0 || p.NS.Inode[t] == host[t]
	}
	return same(procwalk.PID) && same(procwalk.User) && (same(procwalk.Mnt) ||
		chain.Innermost().Kind == container.Service)
}

// add takes over what one engine said, and returns how much of that was new. What only the system's engines are asked
// for is not taken from those of a user.
func (p *Places) add(said Places, uid uint32) int {
	n := 0
	var user *uint32
	if uid != 0 {
		user = &uid
		said.Containerd, said.Runc, said.Crun, said.LXC = nil, nil, nil, nil
	}
	for _, d := range said.Docker {
		d.User = user
		n += addNew(&p.Docker, d, sameDocker)
	}
	for _, d := range said.Storage {
		d.User = user
		n += addNew(&p.Storage, d, sameStorage)
	}
	same := func(a, b string) bool { return a == b }
	for _, list := range []struct {
		to   *[]string
		from []string
	}{{&p.Containerd, said.Containerd}, {&p.Runc, said.Runc}, {&p.Crun, said.Crun}, {&p.LXC, said.LXC}} {
		for _, dir := range list.from {
			n += addNew(list.to, dir, same)
		}
	}
	return n
}

func addNew[T any](list *[]T, x T, same func(a, b T) bool) int {
	if slices.ContainsFunc(*list, func(y T) bool { return same(x, y) }) {
		return 0
	}
	*list = append(*list, x)
	return 1
}

func sameUser(a, b *uint32) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

func sameDocker(a, b container.DockerDirs) bool {
	return a.Data == b.Data && a.Exec == b.Exec && sameUser(a.User, b.User)
}

func sameStorage(a, b container.StorageDirs) bool {
	return a.Graph == b.Graph && a.Run == b.Run && sameUser(a.User, b.User)
}

// arguments reads a process's command line, unless the snapshot has all of it.
func (f *Finder) arguments(p *procwalk.Process) []string {
	cmdline := p.Cmdline
	if cmdline == nil || cmdline.Truncated {
		folder, err := procwalk.OpenFolder(f.ProcRoot, p.ID())
		if err != nil {
			return nil
		}
		defer folder.Close()
		cmdline = folder.Cmdline()
	}
	var list []string
	for _, arg := range cmdline.Args() {
		list = append(list, arg.Raw())
	}
	return list
}

// Monitored returns the name of the container that an LXC monitor looks after, as its arguments have it; empty for
// every other process of the last snapshot.
func (f *Finder) Monitored(id procwalk.ID) string { return f.told[id].monitor }

// Programs are the names of the processes that are asked.
func Programs() []string { return slices.Sorted(maps.Keys(readers)) }
