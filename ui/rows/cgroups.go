package rows

import (
	"fmt"
	"path"
	"strings"

	"bones/cgroupview/owner"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// GroupMore is what is read about the selected group and file only.
type GroupMore struct {
	Owner     owner.Owner
	Members   []int // the processes in the group itself
	MemberErr error
	Limit     cgroupview.Limit // that binds in the selected file
	HasLimit  bool
	Beside    []Section // what else is to be known of what is shown
}

// GroupName is what a group is called in the tree: its last name, and at the root of a hierarchy that of the
// hierarchy.
func GroupName(g *cgroupview.Group, root bool) string {
	if root {
		h := g.Hierarchy
		s := h.String()
		if h.Version == 1 {
			s += " (v1)"
		} else if len(h.Controllers) == 0 {
			s += " (no controllers)"
		}
		return text.Sanitise(s)
	}
	return text.ShortIDs(text.Sanitise(path.Base(g.Path.Raw())))
}

// groupValueMax is how much of a value is looked at for one line, and groupValueLines how many lines are shown in
// details.
const (
	groupValueMax   = 512
	groupValueLines = 200
)

// begin is the beginning of a line, of so many bytes at most, safe to print; it says how many more there are.
func begin(line string, most int) string {
	if len(line) <= most {
		return text.Sanitise(line)
	}
	return fmt.Sprintf("%s ... and %d bytes more", text.Sanitise(line[:most]), len(line)-most)
}

// FileValue is the value of a file on one line.
func FileValue(f *cgroupview.File) (string, Style) {
	if f.Err != nil {
		return fault.Line(f.Err), Dim
	}
	if f.Spec != nil && !f.Spec.Readable {
		return "(cannot be read)", Dim
	}
	raw := f.Value.Raw()
	first, rest, more := strings.Cut(raw, "\n")
	s := begin(first, groupValueMax)
	switch {
	case raw == "":
		return "(empty)", Dim
	case unlimited(f) && len(s) > 8: // 9223372036854771712 says nothing more; the details have it
		return "no limit", Plain
	case unlimited(f):
		return "no limit  (" + s + ")", Plain
	case more:
		s += fmt.Sprintf("  (+%d lines)", strings.Count(rest, "\n")+1)
	case f.Spec != nil && f.Spec.Kind == spec.Bytes:
		s = withSize(s)
	}
	return s, Plain
}

func withSize(s string) string {
	var n uint64
	if _, err := fmt.Sscanf(s, "%d", &n); err == nil && n >= 1024 {
		return s + "  (" + Size(n) + ")"
	}
	return s
}

// GroupSections makes details of a group and, if f is not nil, of one of its files.
func GroupSections(g *cgroupview.Group, f *cgroupview.File, names GroupNames, more *GroupMore) []Section {
	var list []Section
	if f != nil {
		list = append(list, fileSections(f, more)...)
	}
	s := Section{Title: "Group " + text.ShortIDs(g.Path.String())}
	if label, ok := names[g.Path.Raw()]; ok {
		s.Title = "Group of " + label.Text
		s.Lines = append(s.Lines, Line{"container", label.Text, label.Hue})
		if label.Hue == Plain {
			s.Lines[0].Label = "pod"
		}
	}
	s.Lines = append(s.Lines,
		Line{"path", g.Path.String(), Plain},
		Line{"hierarchy", GroupName(g, true), Plain},
		Line{"directory", g.Dir.String(), Plain},
		Line{"inode", fmt.Sprint(g.Ino), Dim})
	if more != nil {
		switch {
		case more.MemberErr != nil:
			s.Lines = append(s.Lines, Line{"processes", fault.Line(more.MemberErr), Warn})
		default:
			s.Lines = append(s.Lines, Line{"processes", members(more.Members), Plain})
		}
		list = append(list, s)
		if o := OwnerSection(more.Owner); len(o.Lines) > 0 {
			list = append(list, o)
		}
		return append(list, more.Beside...)
	}
	return append(list, s)
}

func members(pids []int) string {
	if len(pids) == 0 {
		return "none in the group itself"
	}
	const most = 12
	s := fmt.Sprintf("%d in the group itself:", len(pids))
	for i, pid := range pids {
		if i == most {
			return s + " ..."
		}
		s += fmt.Sprintf(" %d", pid)
	}
	return s
}

func fileSections(f *cgroupview.File, more *GroupMore) []Section {
	s := Section{Title: f.Name.String()}
	if f.Spec == nil {
		s.Lines = append(s.Lines, Line{Value: "not in bones' table of interface files: its value is shown as it is",
			Style: Dim})
	} else {
		s.Lines = append(s.Lines, Line{Value: f.Spec.Does})
		s.Lines = append(s.Lines, Line{"kind", strings.TrimSpace(kindText(f.Spec.Kind) + " " + unitText(f.Spec.Unit)),
			Plain})
		if f.Spec.Controller != "" {
			s.Lines = append(s.Lines, Line{"controller", f.Spec.Controller, Plain})
		}
	}
	if ok, why := f.Editable(); ok {
		s.Lines = append(s.Lines, Line{"settable", "e changes it", Plain})
		if f.Spec != nil && f.Spec.Unlimited != "" {
			s.Lines = append(s.Lines, Line{"no limit", f.Spec.Unlimited, Plain})
		}
	} else {
		s.Lines = append(s.Lines, Line{"settable", "no: " + text.Line(why), Dim})
	}
	if more != nil && more.HasLimit {
		binds := LimitText(more.Limit, f.Spec != nil && f.Spec.Kind == spec.Bytes)
		if r, _ := cgroupview.ResourceOf(f.Name.Raw()); r == cgroupview.CPU {
			binds = QuotaText(more.Limit)
		}
		s.Lines = append(s.Lines, Line{"what binds", binds, Plain})
	}
	s.Lines = append(s.Lines, Line{"mode", fmt.Sprintf("%04o", f.Mode), Dim})
	value := Section{Title: "Value"}
	if f.Err != nil {
		value.Lines = []Line{{Value: fault.Line(f.Err), Style: Warn}}
	}
	n := 0
	for line := range strings.SplitSeq(f.Value.Raw(), "\n") {
		if n++; n > groupValueLines {
			more := strings.Count(f.Value.Raw(), "\n") + 1 - groupValueLines
			value.Lines = append(value.Lines, Line{Value: fmt.Sprintf("and %d lines more; the command by hand shows all", more),
				Style: Dim})
			break
		}
		value.Lines = append(value.Lines, Line{Value: begin(line, 8*groupValueMax)})
	}
	if f.Truncated {
		value.Lines = append(value.Lines, Line{Value: "longer than " + Size(cgroupview.MaxValue) +
			": cut after a line", Style: Warn})
	}
	return []Section{s, value}
}

func kindText(k spec.ValueKind) string {
	switch k {
	case spec.Int:
		return "a number"
	case spec.Bytes:
		return "a number of bytes"
	case spec.Micros:
		return "a number of microseconds"
	case spec.Word:
		return "one of several words"
	case spec.List:
		return "a list, as in 0-3,5"
	case spec.FlatKeys:
		return "a key and a value on each line"
	case spec.Nested:
		return "a key and several values on each line"
	case spec.PerDev:
		return "a device and its value on each line"
	case spec.Quota:
		return "quota and period"
	case spec.PIDs:
		return "a PID on each line"
	case spec.Pressures:
		return "shares of time spent waiting"
	case spec.Trigger:
		return "writing to it triggers an action"
	}
	return "raw"
}

func unitText(unit string) string {
	if unit == "" || unit == "bytes" || unit == "µs" {
		return ""
	}
	return "(" + unit + ")"
}

// unlimited reports whether a value means no limit: version 1 shows the greatest number of whole pages for -1.
func unlimited(f *cgroupview.File) bool {
	if f.Spec == nil || f.Spec.Unlimited == "" {
		return false
	}
	v := f.Value.Raw()
	return v == f.Spec.Unlimited || f.Spec.Kind == spec.Bytes && len(v) == 19 && strings.HasPrefix(v, "92233720368547")
}
