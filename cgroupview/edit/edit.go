package edit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Assignment is FILE=VALUE as the user gave it. FILE is an interface file, or one of PortableNames.
type Assignment struct{ File, Value string }

// Change is what an edit does to one interface file.
type Change struct {
	Group *cgroupview.Group
	File  string
	Old   string // what the file held when the edit was made
	Asked string // what the user typed
	New   string // what will be written, canonical
	Reads string // what the kernel will say afterwards, where that differs: a limit rounded down to a page
	Unit  string // of systemd's, which is asked to set it; empty: it is written
}

// Edit changes interface files of one target, all or none. It is an effect.Effect and an effect.Recorder.
type Edit struct {
	host         *cgroupview.FileSystem
	surroundings cgroupview.Surroundings
	target       cgroupview.Groups // of a new edit: whose limits it changes
	changes      []Change
	checks       []Check
}

// Check is one thing that was looked at before an edit.
type Check struct {
	Level effect.Level // Safe: in order
	Warn  bool         // nothing to be asked about, but the change will not do all that it seems to
	Text  string       // one line
}

// Result is what became of one change.
type Result struct {
	File, Dir               text.Text
	Old, Asked, New, ByHand string
}

var (
	_ effect.Effect   = (*Edit)(nil)
	_ effect.Recorder = (*Edit)(nil)
)

// New parses the values, reads what the files hold now, and makes the checks. Nothing is written.
//
// A limit of a container is changed where it binds, which may be in a group below the container's own; see levels.
func New(h *cgroupview.FileSystem, g cgroupview.Groups, list []Assignment,
	surroundings cgroupview.Surroundings) (*Edit, error) {
	e := &Edit{host: h, surroundings: surroundings, target: g}
	for _, a := range list {
		changes, err := e.changesOf(g, a)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			if slices.ContainsFunc(e.changes, func(o Change) bool { return o.File == c.File && *o.Group == *c.Group }) {
				return nil, fmt.Errorf("%s is set twice", c.File)
			}
			e.changes = append(e.changes, c)
		}
	}
	if err := e.swap(); err != nil {
		return nil, err
	}
	e.order()
	if err := e.against(); err != nil {
		return nil, err
	}
	if surroundings.Persist {
		if err := e.throughSystemd(); err != nil {
			return nil, err
		}
	}
	e.checks = append(e.check(), e.levelChecks()...)
	return e, nil
}

// changesOf finds the files that an assignment means, and what to write into them.
func (e *Edit) changesOf(g cgroupview.Groups, a Assignment) ([]Change, error) {
	file, ok, err := portable(g, a, e.surroundings.Total)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return e.changesOfFile(g, a, "")
	}
	return e.changesOfFile(g, file, a.File+"="+a.Value)
}

// changesOfFile is changesOf for one interface file. portable is what stood for it, if the user did not name the file.
func (e *Edit) changesOfFile(g cgroupview.Groups, a Assignment, portable string) ([]Change, error) {
	for _, group := range g.List {
		first, err := e.changeOf(group, a)
		switch {
		case errors.Is(err, cgroupview.ErrUnsupported):
			continue
		case err != nil:
			return nil, err
		}
		changes := []Change{first}
		if r, ok := cgroupview.ResourceOf(a.File); ok && a.File != "cpu.cfs_period_us" {
			if changes, err = e.levels(g, first, a, r); err != nil {
				return nil, err
			}
		}
		if portable == "" {
			return changes, nil
		}
		if changes, err = e.periods(changes); err != nil {
			return nil, err
		}
		for i := range changes {
			changes[i].Asked = portable
		}
		return changes, nil
	}
	return nil, fmt.Errorf("%s: no group of %s has such a file; `bones cgroup` lists the files",
		text.Line(a.File), e.surroundings.Name)
}

// changeOf is the change of one file of one group. The error is ErrUnsupported where the group has no such file.
func (e *Edit) changeOf(group *cgroupview.Group, a Assignment) (Change, error) {
	f, err := e.host.File(group, a.File)
	if err != nil {
		return Change{}, err
	}
	if ok, why := f.Editable(); !ok {
		return Change{}, fmt.Errorf("%s cannot be set: %s", text.Line(a.File), why)
	}
	if f.Err != nil {
		return Change{}, f.Err
	}
	old := f.Value.Raw()
	if shown, ok := e.surroundings.Shown[a.File]; ok && shown != old {
		return Change{}, fmt.Errorf("%s holds %s now, no longer %s; look again", text.Line(a.File), text.Line(old),
			text.Line(shown))
	}
	value, err := spec.Canonical(f.Spec, a.Value, old, e.surroundings.Total)
	if err != nil {
		return Change{}, err
	}
	if f.Name.Raw() == "memory.oom_control" {
		n, _ := spec.FlatKey([]byte(old), "oom_kill_disable")
		old = strconv.FormatUint(n, 10)
	}
	return Change{Group: group, File: a.File, Old: old, Asked: a.Value, New: value,
		Reads: e.reads(group, f.Spec, value)}, nil
}

// reads is what the kernel makes of a value; empty if it keeps it.
//
// Source: mm/page_counter.c, page_counter_memparse: whole pages.
func (e *Edit) reads(g *cgroupview.Group, s *spec.Spec, value string) string {
	n, err := strconv.ParseUint(value, 10, 64)
	page := uint64(max(e.surroundings.PageSize, 1))
	if err != nil || s.Kind != spec.Bytes || !strings.HasPrefix(s.Name, "memory.") || n%page == 0 {
		return ""
	}
	return strconv.FormatUint(n-n%page, 10)
}

// amount reads a limit; no limit is the most there is.
func amount(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 1<<64 - 1
	}
	return n
}

// Restore makes an edit, an inverse as a rule, from what Record wrote. It is refused when the group is another one
// now, or a file no longer holds what was left in it. around says what is around the first group that it changes, and
// how that is called now.
func Restore(h *cgroupview.FileSystem, record json.RawMessage,
	surroundings func(*cgroupview.Group) cgroupview.Surroundings) (*Edit, error) {
	var list []recordedChange
	if err := json.Unmarshal(record, &list); err != nil || len(list) == 0 {
		return nil, errors.New("the record of the change is not one that this version of bones can read")
	}
	e := &Edit{host: h}
	for _, r := range list {
		g, err := h.Recorded(r.GroupRecord)
		if err != nil {
			return nil, err
		}
		e.changes = append(e.changes, Change{Group: g, File: r.File, Old: string(r.Old), Asked: string(r.New),
			New: string(r.New), Unit: r.Unit})
	}
	for _, c := range e.changes {
		if s := spec.Of(c.Group.Hierarchy.Version, c.File); s == nil || !s.Settable ||
			strings.ContainsAny(c.New, "\n\x00") || c.New == "" && s.Kind != spec.List {
			return nil, errors.New("the record of the change is not one that this version of bones can read")
		}
		if now, err := value(h, c.Group, c.File); err != nil {
			return nil, err
		} else if !same(c.File, now, c.Old) {
			return nil, fmt.Errorf("%s of %s holds %s now, and not the %s that was left in it: somebody else has changed it "+
				"since", text.Line(c.File), c.Group.Dir, text.Line(now), text.Line(c.Old))
		}
	}
	e.surroundings = surroundings(e.changes[0].Group)
	e.checks = e.check()
	return e, nil
}

// same reports whether a file holds the same: a partition that is not valid says after the word why, and that may
// change.
func same(file, a, b string) bool {
	if file == "cpuset.cpus.partition" {
		a, _, _ = strings.Cut(a, " (")
		b, _, _ = strings.Cut(b, " (")
	}
	return a == b
}

// value is what an edit compares: of memory.oom_control the one key that is written.
func value(h *cgroupview.FileSystem, g *cgroupview.Group, file string) (string, error) {
	f, err := h.File(g, file)
	if err == nil {
		err = f.Err
	}
	if err != nil {
		return "", err
	}
	if file == "memory.oom_control" {
		n, _ := spec.FlatKey([]byte(f.Value.Raw()), "oom_kill_disable")
		return strconv.FormatUint(n, 10), nil
	}
	return f.Value.Raw(), nil
}

// Present says what the files of a recorded edit hold now, a line each: for a change that never came to an end.
func Present(h *cgroupview.FileSystem, record json.RawMessage) []string {
	var list []recordedChange
	if json.Unmarshal(record, &list) != nil {
		return nil
	}
	var lines []string
	for _, r := range list {
		g, err := h.Recorded(r.GroupRecord)
		if err != nil {
			lines = append(lines, fault.Line(err))
			continue
		}
		now, err := value(h, g, r.File)
		switch {
		case err != nil:
			lines = append(lines, fault.Line(err))
		case now == string(r.Old):
			lines = append(lines, fmt.Sprintf("%s holds %s, as before", text.Line(r.File), text.Line(now)))
		default:
			lines = append(lines, fmt.Sprintf("%s holds %s; before it was %s, and %s was to be written", text.Line(r.File),
				text.Line(now), text.Line(string(r.Old)), text.Line(string(r.New))))
		}
	}
	return lines
}
