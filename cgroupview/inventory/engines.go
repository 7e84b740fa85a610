package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/mountinfo"
)

// openStore makes the store for this snapshot's engines and users, or keeps the one that there is. chains tell what
// the control groups of each process say.
func (r *Resolver) openStore(s *procwalk.Snapshot, host [procwalk.NSTypes]uint64, chains []membership) {
	if r.root == "" {
		return
	}
	c := container.Config{Root: r.root, CgroupRoot: r.cgroupDir()}
	r.unread = nil
	said, err := r.engines.Find(s, host, func(row int) container.Chain { return chains[row].chain })
	if err != nil {
		r.unread = append(r.unread, err)
	}
	c.Docker, c.Storage, c.Containerd, c.Runc, c.Crun, c.LXC = said.Docker, said.Storage, said.Containerd, said.Runc,
		said.Crun, said.LXC
	uids := maps.Clone(r.users)
	if uids == nil {
		uids = map[uint32]bool{}
	}
	for i := range s.Processes {
		if st := s.Processes[i].Status; st != nil && st.Err == nil && st.UID != 0 {
			uids[st.UID] = true
		}
	}
	if c.Users, err = homes(filepath.Join(r.root, "etc/passwd"), uids); err != nil {
		r.unread = append(r.unread, fmt.Errorf("the engines of users other than root are not looked at: %w", err))
	}
	if len(c.Users) > 0 {
		if c.Users, err = r.answering(c.Users); err != nil {
			r.unread = append(r.unread, fmt.Errorf("the engines of users other than root are not looked at, because their "+
				"directories might not answer: %w", err))
		}
	}
	switch configured := configuration(c); {
	case r.store == nil:
		r.store, r.configured = container.Open(c), configured
	case configured != r.configured:
		r.store, r.configured = r.store.Reopen(c), configured
	}
}

// configuration writes a Config so that equal ones are equal.
func configuration(c container.Config) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(b)
}

// cgroupDir is where the shown host has its cgroup file systems: --cgroup, as that host names it.
func (r *Resolver) cgroupDir() string {
	if rel, err := filepath.Rel(r.root, r.cgroupRoot); err == nil && !strings.HasPrefix(rel, "..") {
		return "/" + rel
	}
	return ""
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
