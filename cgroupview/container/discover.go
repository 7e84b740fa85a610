package container

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// EngineRecord is a running container that an engine has on disk and whose group need not tell so: runc and crun name
// it by the id alone, ctr by /NAMESPACE/ID, and without rights to make groups there is none.
type EngineRecord struct {
	Runtime   Runtime
	ID        text.Text
	InitPID   int     // 0 if not recorded
	InitStart uint64  // in clock ticks since boot; 0 if not recorded
	User      *uint32 // whose record it is; nil: the system's

	group  string            // the path of its group, if the record has it
	v1, v2 map[string]string // controllers to paths, as runc records them
	where  string
}

// Records lists the containers that can only be found from the disk. They are claims: see Owns and EngineRecord.User.
// With it a pass begins: what a user's directories may cost is counted from here on.
func (s *Store) Records() ([]EngineRecord, []error) {
	s.files.budgets.begin()
	d := &discovery{store: s}
	for _, p := range s.crun {
		d.each(p, "crun", "status", d.crun)
	}
	for _, p := range s.runc {
		d.each(p, "runc", "state.json", d.runc)
	}
	for _, p := range s.containerd {
		d.tasks(p)
	}
	return d.records, d.errs
}

type discovery struct {
	store   *Store
	records []EngineRecord
	errs    []error
}

func (d *discovery) failed(err error) bool {
	if err != nil && !gone(err) {
		d.errs = append(d.errs, err)
	}
	return err != nil
}

// each calls read for every container below a runtime's root.
func (d *discovery) each(p directory, runtime, file string, read func(p directory, id, rel string)) {
	dir := "."
	if p.user != nil {
		dir = runtime
	}
	names, err := d.store.files.list(p, dir)
	if d.failed(err) && len(names) == 0 {
		return
	}
	before := d.errs
	d.errs = nil
	defer func() { d.errs = append(before, fewErrors(p, d.errs)...) }()
	slices.Sort(names)
	for _, id := range names {
		if plainName(id) {
			read(p, id, ociRel(p, runtime, id, file))
		}
	}
}

func (d *discovery) crun(p directory, id, rel string) {
	st, err := load(d.store.files, p, rel, decode[crunStatus])
	if d.failed(err) {
		return
	}
	d.records = append(
		d.records,
		EngineRecord{Runtime: Crun, ID: text.New(id), InitPID: st.Pid, InitStart: st.ProcessStartTime,
			User: p.user, group: plainGroup(st.CgroupPath), where: p.at(rel)},
	)
}

func (d *discovery) runc(p directory, id, rel string) {
	st, err := load(d.store.files, p, rel, decode[runcState])
	if d.failed(err) || st.ID != id {
		return
	}
	r := EngineRecord{
		Runtime:   Runc,
		ID:        text.New(id),
		InitPID:   st.InitProcessPid,
		InitStart: st.InitProcessStart,
		User:      p.user,
		v1:        map[string]string{},
		v2:        map[string]string{},
		where:     p.at(rel),
	}
	for controllers, dir := range st.CgroupPaths {
		path, ok := strings.CutPrefix(dir, d.store.cgroupRoot+"/")
		if !ok {
			continue
		}
		if controllers == "" {
			r.v2[""] = plainGroup("/" + path)
		} else if _, path, ok := strings.Cut(path, "/"); ok { // the first part is where that hierarchy is mounted
			r.v1[controllers] = plainGroup("/" + path)
		}
	}
	d.records = append(d.records, r)
}

// tasks finds what containerd runs under names that the path alone does not make a container of.
func (d *discovery) tasks(p directory) {
	for _, tasks := range taskDirs {
		namespaces, err := d.store.files.list(p, tasks)
		d.failed(err)
		slices.Sort(namespaces)
		for _, ns := range namespaces {
			names, err := d.store.files.list(p, tasks+"/"+ns)
			d.failed(err)
			slices.Sort(names)
			for _, id := range names {
				if ids.Hex64(id) || !plainName(id) {
					continue
				}
				dir := tasks + "/" + ns + "/" + id
				spec, err := load(d.store.files, p, dir+"/config.json", decode[ociSpec])
				if d.failed(err) {
					continue
				}
				r := EngineRecord{
					Runtime: Containerd,
					ID:      text.New(id),
					group:   specGroup(spec.Linux.CgroupsPath),
					where:   p.at(dir),
				}
				if r.group == "" {
					continue
				}
				if pid, err := load(d.store.files, p, dir+"/init.pid", parsePID); err == nil {
					r.InitPID = pid
				} else {
					d.failed(err)
				}
				d.records = append(d.records, r)
			}
		}
	}
}

// Where returns the path of the record.
func (r EngineRecord) Where() text.Text { return text.New(r.where) }

// plainGroup returns the path of a group as the kernel writes it, and nothing for one that it would not write so: with
// a step up, or an empty one, in it.
func plainGroup(p string) string {
	if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.HasPrefix(p, "/..") {
		return ""
	}
	return p
}

// specGroup returns the group that an OCI configuration asks for: a path, or SLICE:PREFIX:NAME for a runtime that has
// systemd make a scope. The name of such a scope says little if prefix and name are of a user's choice.
//
// Source: runc, libcontainer/cgroups/systemd (getUnitName, ExpandSlice).
func specGroup(asked string) string {
	if strings.HasPrefix(asked, "/") {
		return plainGroup(asked)
	}
	f := strings.Split(asked, ":")
	if len(f) != 3 || f[2] == "" || strings.ContainsAny(asked, "/\x00") {
		return ""
	}
	slice, isSlice := strings.CutSuffix(cmp.Or(f[0], "system.slice"), ".slice")
	if !isSlice || slice == "" {
		return ""
	}
	group := ""
	for at := range len(slice) {
		if slice[at] == '-' && at > 0 {
			group += "/" + slice[:at] + ".slice"
		}
	}
	group += "/" + slice + ".slice/"
	if f[1] != "" {
		group += f[1] + "-"
	}
	return plainGroup(group + f[2] + ".scope")
}

// Owns reports whether a process with these lines is in the recorded group or below it, and which group that is. It
// does not ask whose that group is: see OwnsOf.
func (r EngineRecord) Owns(lines []CgroupLine) (group text.Text, ok bool) {
	return r.OwnsOf(lines, func(CgroupLine) bool { return true })
}

// OwnsOf is Owns for those of the recorded groups that are the recorder's to name: what a user writes counts only for
// groups whose directories are that user's. The function is given a line with the path of the group.
func (r EngineRecord) OwnsOf(lines []CgroupLine, may func(CgroupLine) bool) (group text.Text, ok bool) {
	for i := range lines {
		l := &lines[i]
		path := clean(l.Path.Raw())
		mine := func(group string) bool {
			at := *l
			at.Path = text.New(group)
			return below(path, group) && may(at)
		}
		if mine(r.group) {
			return text.New(path[:len(r.group)]), true
		}
		recorded := r.v1
		if l.Hierarchy == 0 && l.Controllers.Len() == 0 {
			recorded = r.v2
		}
		for name := range strings.SplitSeq(l.Controllers.Raw(), ",") {
			if g := recorded[name]; mine(g) {
				return text.New(path[:len(g)]), true
			}
		}
	}
	return text.Text{}, false
}

// below reports whether path is the group or below it. The root is nobody's group.
func below(path, group string) bool {
	return len(group) > 1 && group[0] == '/' && strings.HasPrefix(path, group) && (len(path) == len(group) ||
		path[len(group)] == '/')
}

// Entry returns what the record says as an entry of a chain.
func (r EngineRecord) Entry(group text.Text) ChainEntry {
	return ChainEntry{Kind: Container, Runtime: r.Runtime, ID: r.ID, Group: group}
}
