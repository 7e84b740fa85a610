// Package units tells which of systemd's services and slices the processes of a snapshot are in: by the paths of their
// control groups, without asking systemd.
package units

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Unit is a service or a slice that processes are in, itself or below it.
type Unit struct {
	Name  text.Text // as systemctl has it: ssh.service, system.slice
	Path  text.Text // of its group, as /proc/PID/cgroup has it
	Slice bool      // else it is a service
	PIDs  []int     // ascending
	Main  int       // the process that stands for it
}

// Of finds them, in the order of their paths. systemd makes the group of a unit below nothing but slices, and a user's
// manager makes its units in the same way below its own service: what a container has that is called so is not the
// host's.
//
// Source: systemd, docs/CGROUP_DELEGATION.md and systemd.slice(5).
func Of(s *procwalk.Snapshot) []Unit {
	at := map[string]int{}
	var list []Unit
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Cgroups == nil || p.Cgroups.Err != nil {
			continue
		}
		last := ""
		for _, l := range p.Cgroups.Lines {
			raw := l.Path.Raw()
			if raw == last { // as a rule all hierarchies agree
				continue
			}
			last = raw
			for _, unit := range unitsOf(raw) {
				n, ok := at[unit]
				if !ok {
					n = len(list)
					at[unit] = n
					list = append(list, Unit{Name: text.New(path.Base(unit)), Path: text.New(unit),
						Slice: strings.HasSuffix(unit, ".slice")})
				}
				u := &list[n]
				if k := len(u.PIDs); k == 0 || u.PIDs[k-1] != p.PID {
					u.PIDs = append(u.PIDs, p.PID)
				}
			}
		}
	}
	for i := range list {
		list[i].Main = top(s, list[i].PIDs)
	}
	slices.SortFunc(list, func(a, b Unit) int { return cmp.Compare(a.Path.Raw(), b.Path.Raw()) })
	return list
}

// unitsOf returns the paths of the services and slices that a group is in, from the outermost on.
func unitsOf(p string) []string {
	var list []string
	for end := 1; end < len(p); end++ {
		next := strings.IndexByte(p[end:], '/')
		if next < 0 {
			next = len(p) - end
		}
		name := p[end : end+next]
		end += next
		switch {
		case strings.HasSuffix(name, ".slice"):
			list = append(list, p[:end])
		case strings.HasSuffix(name, ".service"):
			list = append(list, p[:end])
			if !strings.HasPrefix(name, "user@") {
				return list // what is below is the service's own business
			}
		default:
			return list
		}
	}
	return list
}

// top is the process of a unit whose parent is in none of its groups; of several the one that is there longest.
func top(s *procwalk.Snapshot, pids []int) int {
	best := 0
	var since uint64
	for _, pid := range pids {
		p := s.Find(pid)
		if p == nil || p.Ended() {
			continue
		}
		if _, in := slices.BinarySearch(pids, p.PPID); in {
			continue
		}
		if best == 0 || p.StartTime < since {
			best, since = pid, p.StartTime
		}
	}
	if best == 0 && len(pids) > 0 {
		best = pids[0]
	}
	return best
}

// Named reports whether a word names the unit: with its suffix, or without that of a service.
func (u *Unit) Named(word string) bool {
	name := u.Name.Raw()
	return name == word || !u.Slice && name == word+".service"
}

// User returns whose unit it is: the user's in whose manager's group it is, or who made its group as maker tells; 0
// for root. main is a process of the unit, whose lines say in which hierarchies the group is.
//
// Source: systemd, user@.service(5): the manager of UID runs as user@UID.service.
func (u *Unit) User(maker func(procwalk.CgroupLine) uint32, main *procwalk.Process) uint32 {
	if _, rest, ok := strings.Cut(u.Path.Raw(), "/user@"); ok {
		number, _, below := strings.Cut(rest, ".service/")
		if uid, err := strconv.ParseUint(number, 10, 32); err == nil && below && uid != 0 {
			return uint32(uid)
		}
	}
	if main == nil || main.Cgroups == nil {
		return 0
	}
	for _, l := range main.Cgroups.Lines {
		if !strings.HasPrefix(l.Path.Raw()+"/", u.Path.Raw()+"/") {
			continue
		}
		if uid := maker(procwalk.CgroupLine{Hierarchy: l.Hierarchy, Controllers: l.Controllers, Path: u.Path}); uid != 0 {
			return uid
		}
	}
	return 0
}

// Find returns the units that a word means, a name or a path: ssh, ssh.service, system.slice. Whoever may run units
// of their own, or was given a group, can call one as they like: a name alone means root's and one's own, a path
// any. Of the units that each user's manager may have of one name, the system's own is the one that is meant. paths
// are TARGETs that name each of those that are called so exactly, with whose they are.
func Find(s *procwalk.Snapshot, word string, maker func(procwalk.CgroupLine) uint32) (found []*Unit, paths string) {
	all := Of(s)
	var named []string
	for i := range all {
		u := &all[i]
		if u.Path.Raw() == word {
			return []*Unit{u}, ""
		}
		if !u.Named(word) {
			continue
		}
		of, user := "", u.User(maker, s.Find(u.Main))
		if user != 0 {
			of = fmt.Sprintf(" (of UID %d)", user)
		}
		if user == 0 || int(user) == os.Geteuid() {
			found = append(found, u)
		}
		named = append(named, "service:"+u.Path.String()+of)
	}
	top := slices.DeleteFunc(slices.Clone(found), func(u *Unit) bool {
		return strings.Contains(u.Path.Raw(), ".service/")
	})
	if len(top) == 1 {
		found = top
	}
	const most = 20
	if n := len(named); n > most {
		named = append(named[:most], fmt.Sprintf("and %d more", n-most))
	}
	return found, strings.Join(named, ", ")
}
