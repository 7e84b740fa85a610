package cgroupview

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Assignment is FILE=VALUE as the user gave it. FILE is an interface file, or one of the portable names memory, cpus
// and pids.
type Assignment struct{ File, Value string }

// Surroundings is what an edit must know about the host to say how risky it is.
type Surroundings struct {
	Own, Init Groups          // of bones itself, and of PID 1
	Unplaced  error           // why it is not known where bones itself is among the processes; nil: it is
	Ancestors []Ancestor      // the processes that bones was started from, without PID 1
	Chain     container.Chain // what the target belongs to
	Name      text.Text       // whom it is about: "container memcached", "PID 12 (sleep)"
	// the values that the user saw, by file; what differs now is refused. nil: what is read now
	Shown    map[string]string
	Persist  bool   // through systemd, which keeps the value
	Bus      string // the address of the bus that systemd is on; "": the system bus
	PageSize int    // bytes
	Total    uint64 // the machine's memory, bytes
}

// Change is one file of an edit.
type Change struct {
	Group *Group
	File  string
	Old   string // what the file held when the edit was made
	Asked string // what the user typed
	New   string // what will be written, canonical
	Reads string // what the kernel will say afterwards, where that differs: a limit rounded down to a page
}

// Edit changes interface files of one target, all or none. It is an effect.Effect and an effect.Recorder.
type Edit struct {
	host    *FileSystem
	around  Surroundings
	changes []Change
	checks  []Check
	unit    string // systemd is asked to set them of this unit; empty: they are written
}

// Check is one thing that was looked at before an edit.
type Check struct {
	Level effect.Level // Safe: in order
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

// NewEdit parses the values, reads what the files hold now, and makes the checks. Nothing is written.
func (h *FileSystem) NewEdit(g Groups, list []Assignment, around Surroundings) (*Edit, error) {
	e := &Edit{host: h, around: around}
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
	if around.Persist {
		if err := e.throughSystemd(); err != nil {
			return nil, err
		}
	}
	e.checks = e.check()
	return e, nil
}

// swap sees to it that the limit of memory does not rise above that of memory and swap together, which the kernel
// refuses: engines set both. With the portable name the other one rises along, and the swap that may be used stays
// what it was.
func (e *Edit) swap() error {
	const both = "memory.memsw.limit_in_bytes"
	at := slices.IndexFunc(e.changes, func(c Change) bool { return c.File == "memory.limit_in_bytes" })
	if at < 0 || slices.ContainsFunc(e.changes, func(c Change) bool { return c.File == both }) {
		return nil
	}
	c := e.changes[at]
	old, err := e.host.value(c.Group, both)
	if err != nil || amount(c.New) <= amount(old) {
		return nil // without swap accounting there is no such file
	}
	if c.Asked == c.New || !strings.HasPrefix(c.Asked, "memory=") {
		return fmt.Errorf("%s is %s, and the limit of memory cannot be above it; set both, or memory=, which raises both",
			both, old)
	}
	value := "-1"
	if amount(c.New) < unlimitedV1 {
		value = strconv.FormatUint(amount(c.New)+amount(old)-min(amount(c.Old), amount(old)), 10)
	}
	e.changes = append(e.changes, Change{Group: c.Group, File: both, Old: old, Asked: c.Asked, New: value,
		Reads: e.reads(c.Group, spec.Of(1, both), value)})
	return nil
}

// changesOf finds the file that an assignment means, and what to write into it.
func (e *Edit) changesOf(g Groups, a Assignment) ([]Change, error) {
	if list, ok, err := portable(g, a, e.around.Total); err != nil {
		return nil, err
	} else if ok {
		var changes []Change
		for _, x := range list {
			c, err := e.changesOf(g, x)
			if err != nil {
				return nil, err
			}
			c[0].Asked = a.File + "=" + a.Value
			changes = append(changes, c...)
		}
		return changes, nil
	}
	err := fmt.Errorf("%s: no group of %s has such a file; `bones cgroup` lists those that there are", text.Line(a.File),
		e.around.Name)
	for _, group := range g.List {
		f, readErr := e.host.File(group, a.File)
		switch {
		case errors.Is(readErr, ErrUnsupported):
			continue
		case readErr != nil:
			return nil, readErr
		}
		if ok, why := f.Editable(); !ok {
			return nil, fmt.Errorf("%s is not to be set: %s", text.Line(a.File), why)
		}
		if f.Err != nil {
			return nil, f.Err
		}
		old := f.Value.Raw()
		if shown, ok := e.around.Shown[a.File]; ok && shown != old {
			return nil, fmt.Errorf("%s holds %s now, no longer %s; look again", text.Line(a.File), text.Line(old),
				text.Line(shown))
		}
		value, err := spec.Canonical(f.Spec, a.Value, old, e.around.Total)
		if err != nil {
			return nil, err
		}
		if f.Name.Raw() == "memory.oom_control" {
			n, _ := spec.FlatKey([]byte(old), "oom_kill_disable")
			old = strconv.FormatUint(n, 10)
		}
		return []Change{{Group: group, File: a.File, Old: old, Asked: a.Value, New: value,
			Reads: e.reads(group, f.Spec, value)}}, nil
	}
	return nil, err
}

// reads is what the kernel makes of a value; empty if it keeps it.
//
// Source: mm/page_counter.c, page_counter_memparse: whole pages.
func (e *Edit) reads(g *Group, s *spec.Spec, value string) string {
	n, err := strconv.ParseUint(value, 10, 64)
	page := uint64(max(e.around.PageSize, 1))
	if err != nil || s.Kind != spec.Bytes || !strings.HasPrefix(s.Name, "memory.") || n%page == 0 {
		return ""
	}
	return strconv.FormatUint(n-n%page, 10)
}

// order puts the limits of memory, and of memory and swap together, in the order in which neither is ever above the
// other: raised from above, lowered from below.
func (e *Edit) order() {
	memory := slices.IndexFunc(e.changes, func(c Change) bool { return c.File == "memory.limit_in_bytes" })
	both := slices.IndexFunc(e.changes, func(c Change) bool { return c.File == "memory.memsw.limit_in_bytes" })
	if memory < 0 || both < 0 {
		return
	}
	if raised := amount(e.changes[both].New) > amount(e.changes[both].Old); raised != (both < memory) {
		e.changes[memory], e.changes[both] = e.changes[both], e.changes[memory]
	}
}

// amount reads a limit; no limit is the most there is.
func amount(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 1<<64 - 1
	}
	return n
}

// RestoreEdit makes an edit, an inverse as a rule, from what Record wrote. It is refused when the group is another one
// now, or a file no longer holds what was left in it. around says what is around the first group that it changes, and
// how that is called now.
func (h *FileSystem) RestoreEdit(record json.RawMessage, around func(*Group) Surroundings) (*Edit, error) {
	var list []recordedChange
	if err := json.Unmarshal(record, &list); err != nil || len(list) == 0 {
		return nil, errors.New("the record of the change is not understood")
	}
	e := &Edit{host: h}
	for _, r := range list {
		g, err := h.recorded(r.recordedGroup)
		if err != nil {
			return nil, err
		}
		e.changes = append(e.changes, Change{Group: g, File: r.File, Old: string(r.Old), Asked: string(r.New),
			New: string(r.New)})
		e.unit = r.Unit
	}
	for _, c := range e.changes {
		if s := spec.Of(c.Group.Hierarchy.Version, c.File); s == nil || !s.Settable ||
			strings.ContainsAny(c.New, "\n\x00") || c.New == "" && s.Kind != spec.List {
			return nil, errors.New("the record of the change is not understood")
		}
		if now, err := h.value(c.Group, c.File); err != nil {
			return nil, err
		} else if now != c.Old {
			return nil, fmt.Errorf("%s of %s holds %s now, and not the %s that was left in it: somebody else has changed it "+
				"since",
				text.Line(c.File), c.Group.Dir, text.Line(now), text.Line(c.Old))
		}
	}
	e.around = around(e.changes[0].Group)
	e.checks = e.check()
	return e, nil
}

// value is what an edit compares: of memory.oom_control the one key that is written.
func (h *FileSystem) value(g *Group, file string) (string, error) {
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
func (h *FileSystem) Present(record json.RawMessage) []string {
	var list []recordedChange
	if json.Unmarshal(record, &list) != nil {
		return nil
	}
	var lines []string
	for _, r := range list {
		g, err := h.recorded(r.recordedGroup)
		if err != nil {
			lines = append(lines, text.Line(err.Error()))
			continue
		}
		now, err := h.value(g, r.File)
		switch {
		case err != nil:
			lines = append(lines, text.Line(err.Error()))
		case now == string(r.Old):
			lines = append(lines, fmt.Sprintf("%s holds %s, as before", text.Line(r.File), text.Line(now)))
		default:
			lines = append(lines, fmt.Sprintf("%s holds %s; before it was %s, and %s was to be written", text.Line(r.File),
				text.Line(now), text.Line(string(r.Old)), text.Line(string(r.New))))
		}
	}
	return lines
}

// recordedGroup is a group as it is written down.
type recordedGroup struct {
	Hierarchy string     `json:"hierarchy"`
	Path      text.Exact `json:"path"`
	Dev       uint64     `json:"dev"`
	Ino       uint64     `json:"ino"`
}

type recordedChange struct {
	recordedGroup
	File string     `json:"file"`
	Old  text.Exact `json:"old"`
	New  text.Exact `json:"new"`
	Unit string     `json:"unit"` // through systemd; empty: they are written
}

func (g *Group) record() recordedGroup {
	return recordedGroup{g.Hierarchy.String(), text.Exact(g.Path.Raw()), g.Dev, g.Ino}
}

// recorded finds the group again, if it is the same.
func (h *FileSystem) recorded(r recordedGroup) (*Group, error) {
	path := string(r.Path)
	err := fmt.Errorf("%s of %s: %w", text.Line(path), text.Line(r.Hierarchy), ErrNotMounted)
	for _, in := range h.hierarchies {
		if in.String() != r.Hierarchy {
			continue
		}
		g, found := h.Group(in, path)
		if found != nil {
			err = found
			continue
		}
		if g.Dev == r.Dev && g.Ino == r.Ino {
			return g, nil
		}
		err = fmt.Errorf("%s: %w, and another was made with its name", g.Dir, ErrGone)
	}
	return nil, err
}
