package inventory

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory/homes"
	"bones/procwalk"
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
	uids := map[uint32]bool{}
	maps.Copy(uids, r.users)
	for i := range s.Processes {
		if st := s.Processes[i].Status; st != nil && st.Err == nil && st.UID != 0 {
			uids[st.UID] = true
		}
	}
	if c.Users, err = homes.Of(filepath.Join(r.root, "etc/passwd"), uids); err != nil {
		r.unread = append(r.unread, fmt.Errorf("bones does not look at the engines of users other than root: %w", err))
	}
	if len(c.Users) > 0 {
		if c.Users, err = homes.Answering(r.root, c.Users); err != nil {
			r.unread = append(r.unread, fmt.Errorf("bones does not look at the engines of users other than root, because "+
				"their directories might not answer: %w", err))
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
