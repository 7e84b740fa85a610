package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/mountinfo"
)

// openStore makes the store for this snapshot's engines and users, or keeps the one that there is.
func (r *Resolver) openStore(s *procwalk.Snapshot, host [procwalk.NSTypes]uint64) {
	if r.root == "" {
		return
	}
	c := container.Config{Root: r.root, CgroupRoot: r.cgroupDir()}
	c.Docker = r.dockerDirs(s, host)
	uids := map[uint32]bool{}
	for i := range s.Processes {
		if st := s.Processes[i].Status; st != nil && st.Err == nil && st.UID != 0 {
			uids[st.UID] = true
		}
	}
	r.unread = nil
	var err error
	if c.Users, err = homes(filepath.Join(r.root, "etc/passwd"), uids); err != nil {
		r.unread = append(r.unread, fmt.Errorf("the engines of users other than root are not looked at: %w", err))
	}
	if len(c.Users) > 0 {
		if c.Users, err = r.answering(c.Users); err != nil {
			r.unread = append(r.unread, fmt.Errorf("the engines of users other than root are not looked at, because their "+
				"directories might not answer: %w", err))
		}
	}
	if configured := fmt.Sprint(c.Docker, c.Users); r.store == nil || configured != r.configured {
		r.store, r.configured = container.Open(c), configured
	}
}

// cgroupDir is where the shown host has its cgroup file systems: --cgroup, as that host names it.
func (r *Resolver) cgroupDir() string {
	if rel, err := filepath.Rel(r.root, r.cgroupRoot); err == nil && !strings.HasPrefix(rel, "..") {
		return "/" + rel
	}
	return ""
}

// dockerDirs asks the command lines and settings of the Docker engines that root runs on this host where they keep
// their records. An engine within a container is not asked: what its paths name is in there.
func (r *Resolver) dockerDirs(s *procwalk.Snapshot, host [procwalk.NSTypes]uint64) []container.DockerDirs {
	var list []container.DockerDirs
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Comm.Raw() != "dockerd" || p.Status == nil || p.Status.Err != nil || p.Status.UID != 0 || p.NS == nil ||
			p.NS.Inode[procwalk.Mnt] != 0 && p.NS.Inode[procwalk.Mnt] != host[procwalk.Mnt] ||
			p.NS.Inode[procwalk.User] != 0 && p.NS.Inode[procwalk.User] != host[procwalk.User] {
			continue
		}
		d, ok := r.engines[p.ID()]
		if !ok {
			d = r.dockerArgs(p)
			r.engines[p.ID()] = d
		}
		if d != (container.DockerDirs{}) && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// dockerArgs reads one engine's command line, and the settings file that it names.
//
// Source: dockerd(8), --data-root, --exec-root, --config-file.
func (r *Resolver) dockerArgs(p *procwalk.Process) container.DockerDirs {
	cmdline := p.Cmdline
	if cmdline == nil {
		f, err := procwalk.OpenFolder(r.procRoot, p.ID())
		if err != nil {
			return container.DockerDirs{}
		}
		defer f.Close()
		cmdline = f.Cmdline()
	}
	var d container.DockerDirs
	settings := "/etc/docker/daemon.json"
	args := cmdline.Args()
	for i, arg := range args {
		name, value, ok := strings.Cut(arg.Raw(), "=")
		if !ok && i+1 < len(args) {
			value = args[i+1].Raw()
		}
		if !filepath.IsAbs(value) {
			continue
		}
		switch name {
		case "--data-root", "--graph", "-g":
			d.Data = value
		case "--exec-root":
			d.Exec = value
		case "--config-file":
			settings = value
		}
	}
	var set struct {
		Data string `json:"data-root"`
		Exec string `json:"exec-root"`
	}
	if b, err := readBounded(filepath.Join(r.root, settings), 1<<20); err == nil && json.Unmarshal(b, &set) == nil {
		if d.Data == "" && filepath.IsAbs(set.Data) {
			d.Data = set.Data
		}
		if d.Exec == "" && filepath.IsAbs(set.Exec) {
			d.Exec = set.Exec
		}
	}
	return d
}

// homes returns the users with these numbers that have a home of their own.
func homes(passwd string, uids map[uint32]bool) ([]container.User, error) {
	b, err := readBounded(passwd, 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var users []container.User
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) != 7 || !filepath.IsAbs(f[5]) || filepath.Clean(f[5]) == "/" {
			continue
		}
		uid, err := strconv.ParseUint(f[2], 10, 32)
		if err == nil && uids[uint32(uid)] {
			users = append(users, container.User{UID: uint32(uid), Home: f[5]})
			delete(uids, uint32(uid))
		}
	}
	slices.SortFunc(users, func(a, b container.User) int { return int(int64(a.UID) - int64(b.UID)) })
	return users, nil
}

// answering leaves out the users whose directories are on a file system that another program or host answers for: such
// a file system can keep bones waiting for ever, and a user can mount one.
func (r *Resolver) answering(users []container.User) ([]container.User, error) {
	b, err := readBounded("/proc/self/mountinfo", mountinfo.Max)
	if err != nil {
		return nil, err
	}
	mounts, err := mountinfo.Parse(b)
	if err != nil {
		return nil, err // one that is not known might be the one that does not answer
	}
	return slices.DeleteFunc(users, func(u container.User) bool {
		for _, dir := range []string{u.Home, "/run/user/" + strconv.FormatUint(uint64(u.UID), 10)} {
			dir = filepath.Join(r.root, dir)
			// The directory above belongs to the system; the last part is not even looked at.
			if parent, err := filepath.EvalSymlinks(filepath.Dir(dir)); err == nil {
				dir = filepath.Join(parent, filepath.Base(dir))
			}
			if waits(mounts, dir) {
				return true
			}
		}
		return false
	}), nil
}

// waits reports whether looking at a path may mean waiting for another program or host.
func waits(mounts []mountinfo.Mount, path string) bool {
	on, ok := mountinfo.On(mounts, path)
	return ok && mountinfo.Remote(on.FSType.Raw())
}

// readBounded reads a file of the system's settings.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s is larger than expected", path)
	}
	return b, err
}
