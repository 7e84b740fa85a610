package ui

import (
	"strconv"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// copier is a View that knows what of its selection one would like to have on the clipboard.
type copier interface {
	// Copied returns it, or "". It is pasted into shells: what a process chose is quoted or escaped.
	Copied() string
}

func (u *UI) copySelected() {
	s := ""
	if v, ok := u.view().(copier); ok {
		s = v.Copied()
	}
	if s == "" {
		u.say(rows.Dim, "there is nothing selected to copy")
		return
	}
	u.opt.Copy(s)
	u.say(rows.Plain, "copied: "+text.Line(s))
}

// Copied implements copier: the PID, or that of the thread.
func (v *processes) Copied() string {
	_, k, ok := v.model.Selected()
	switch {
	case !ok:
		return ""
	case k.TID != 0:
		return strconv.Itoa(k.TID)
	}
	return strconv.Itoa(k.ID.PID)
}

// Copied implements copier: the id of the container, of a sandbox the PID that backs it.
func (v *containers) Copied() string {
	c := v.selected()
	switch {
	case c == nil:
		return ""
	case c.EngineID.Len() == 0:
		return strconv.Itoa(c.ID.PID)
	}
	return effect.Command(c.EngineID.Raw())
}

// Copied implements copier: the inode of the namespace, or the PID of the member.
func (v *namespaces) Copied() string {
	n := v.namespace()
	switch {
	case n == nil:
		return ""
	case v.inside && v.memberAt() >= 0:
		return strconv.Itoa(v.process(v.members()[v.memberAt()]).PID)
	}
	return strconv.FormatUint(n.Inode, 10)
}

// Copied implements copier: the value of the file, or the directory of the group.
func (v *cgroups) Copied() string {
	g, f := v.group(), v.selectedFile()
	switch {
	case g == nil:
		return ""
	case f == nil:
		return effect.Command(g.Dir.Raw())
	}
	lines := strings.Split(strings.TrimRight(f.Value.Raw(), "\n"), "\n")
	for i := range lines {
		lines[i] = text.Sanitise(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Copied implements copier: the path within the root that is shown.
func (v *files) Copied() string {
	i := v.selected()
	if i == nil {
		return ""
	}
	return effect.Command(v.join(i.Name))
}
