package container

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Open returns a Store. Nothing is read yet.
func Open(c Config) *Store {
	return open(c, &files{root: cmp.Or(c.Root, "/"), cache: map[string]cached{}})
}

// Reopen returns a Store for other places of the same host, with the files that this one remembers.
func (s *Store) Reopen(c Config) *Store { return open(c, s.files) }

func open(c Config, f *files) *Store {
	s := &Store{files: f, lxc: c.LXC,
		cgroupRoot: strings.TrimSuffix(cmp.Or(c.CgroupRoot, "/sys/fs/cgroup"), "/")}
	s.docker = []dockerPlace{{directory{dir: "/var/lib/docker"}, directory{dir: "/run/docker"}, "", false}}
	s.storage = []storagePlace{{directory{dir: "/var/lib/containers"}, "storage",
		directory{dir: "/run/containers/storage"}, ""}}
	s.containerd = []directory{{dir: "/run/containerd"}, {dir: "/run/k3s/containerd"}}
	s.runc, s.crun = []directory{{dir: "/run/runc"}}, []directory{{dir: "/run/crun"}}
	for _, d := range c.Docker {
		if d.User == nil {
			add(&s.docker, dockerPlace{toldDirectory(d.Data, "/var/lib/docker"), toldDirectory(d.Exec, "/run/docker"), "",
				false})
		}
	}
	for _, d := range c.Storage {
		if d.User == nil {
			graph, run := cmp.Or(d.Graph, "/var/lib/containers/storage"), toldDirectory(d.Run, "/run/containers/storage")
			add(&s.storage, storagePlace{toldDirectory(path.Dir(graph), "/var/lib/containers"), path.Base(graph), run, ""})
		}
	}
	for _, dir := range c.Containerd {
		addDir(&s.containerd, dir)
	}
	for _, d := range s.docker {
		add(&s.containerd, directory{dir: d.exec.at("containerd/daemon"), told: d.exec.told})
	}
	for _, dir := range c.Runc {
		addDir(&s.runc, dir)
	}
	for _, dir := range c.Crun {
		addDir(&s.crun, dir)
	}
	for _, u := range c.Users {
		s.user(u, c)
	}
	return s
}

// user adds where a user's engines keep their records: in the home or the runtime directory, which are looked at as a
// user's are. What the user's engine says lies elsewhere is not followed there: it could be anything.
func (s *Store) user(u User, c Config) {
	uid := u.UID
	home := directory{dir: u.Home, user: &uid}
	run := directory{dir: "/run/user/" + strconv.FormatUint(uint64(uid), 10), user: &uid}
	s.docker = append(s.docker, dockerPlace{home, run, ".local/share/docker/", false})
	s.storage = append(s.storage, storagePlace{home, ".local/share/containers/storage", run, "containers/"})
	s.runc, s.crun = append(s.runc, run), append(s.crun, run)
	within := func(dir string) (directory, string, bool) {
		for _, p := range []directory{home, run} {
			if rel, ok := strings.CutPrefix(dir, strings.TrimSuffix(p.dir, "/")+"/"); ok && rel != "" {
				return p, rel, true
			}
		}
		s.elsewhere = append(s.elsewhere, fmt.Errorf("an engine of UID %d keeps its records in %s, outside of that user's "+
			"home and runtime directories: they are not read, and its containers may be without a name", uid, text.New(dir)))
		return directory{}, "", false
	}
	for _, d := range c.Docker {
		if d.User == nil || *d.User != uid || d.Data == "" {
			continue
		}
		if data, rel, ok := within(path.Clean(d.Data)); ok {
			s.docker = append(s.docker, dockerPlace{data, run, rel + "/", false})
		}
	}
	for _, d := range c.Storage {
		if d.User == nil || *d.User != uid {
			continue
		}
		p := storagePlace{home, ".local/share/containers/storage", run, "containers/"}
		ok := true
		if d.Graph != "" {
			p.graph, p.graphRel, ok = within(path.Clean(d.Graph))
		}
		if ok && d.Run != "" {
			p.run, p.runPrefix, ok = within(path.Clean(d.Run))
			p.runPrefix += "/"
		}
		if ok && !slices.ContainsFunc(s.storage, p.same) {
			s.storage = append(s.storage, p)
		}
	}
}

func (p storagePlace) same(q storagePlace) bool {
	return p.graph.at(p.graphRel) == q.graph.at(q.graphRel) && p.run.at(p.runPrefix) == q.run.at(q.runPrefix)
}

// toldDirectory is a directory of root's that an engine says it uses, or the usual one.
func toldDirectory(dir, usual string) directory {
	if dir == "" || path.Clean(dir) == usual {
		return directory{dir: usual}
	}
	return directory{dir: path.Clean(dir), told: true}
}

func addDir(list *[]directory, dir string) {
	if d := toldDirectory(dir, ""); !slices.ContainsFunc(*list, func(x directory) bool { return x.dir == d.dir }) {
		*list = append(*list, d)
	}
}

func add[T comparable](list *[]T, x T) {
	if !slices.Contains(*list, x) {
		*list = append(*list, x)
	}
}
