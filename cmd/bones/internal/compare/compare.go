package compare

import (
	"slices"

	"bones/cmd/bones/internal/target"
	"bones/procwalk/fault"
	"bones/ui/rows"
)

// sections in the order that they are shown in.
var sections = []string{"identity", "namespaces", "limits", "security", "capabilities", "rlimits", "mounts",
	"environment"}

// Row is one fact beside its counterpart of the other side. A side that does not have the fact is nil.
type Row struct {
	Section, Name string
	A, B          *string
	Unknown       string // why they cannot be compared; empty: they can
}

// Same reports whether both sides have the same. What is not known is not the same, and no difference.
func (r Row) Same() bool {
	return r.Unknown == "" && r.A != nil && r.B != nil && *r.A == *r.B
}

// Rows compares two sides, fact by fact.
func Rows(a, b *Side) []Row {
	var list []Row
	for _, section := range sections {
		unread := a.Unread[section]
		if unread == nil {
			unread = b.Unread[section]
		}
		if unread != nil {
			list = append(list, Row{Section: section, Name: "*", Unknown: fault.Line(unread)})
			continue
		}
		at := map[string]int{}
		for i, side := range []*Side{a, b} {
			for _, f := range side.Facts {
				if f.Section != section {
					continue
				}
				n, known := at[f.Name]
				if !known {
					n = len(list)
					at[f.Name] = n
					list = append(list, Row{Section: section, Name: f.Name})
				}
				r, value := &list[n], f.Value
				switch {
				case f.Err != nil:
					r.Unknown = fault.Line(f.Err)
				case i == 0:
					r.A = &value
				default:
					r.B = &value
				}
			}
		}
	}
	return list
}

// missing tells of facts that are not known because bones may open no more files.
func (s *Side) missing(f target.Finder) {
	for _, err := range s.Unread {
		f.Missing("diff", err)
	}
	for _, fact := range s.Facts {
		f.Missing("diff", fact.Err)
	}
}

// Different reports whether any two facts differ.
func Different(list []Row) bool {
	return slices.ContainsFunc(list, func(r Row) bool { return r.Unknown == "" && !r.Same() })
}

// value is one side of a row.
func value(v *string) string {
	if v == nil {
		return "-"
	}
	if *v == "" {
		return `""`
	}
	return *v
}

// Sections are the differences for the terminal UI.
func Sections(a, b *Side) []rows.Section {
	var out []rows.Section
	all := Rows(a, b)
	for _, section := range sections {
		s := rows.Section{Title: section}
		for _, r := range all {
			switch {
			case r.Section != section || r.Same():
			case r.Unknown != "":
				s.Lines = append(s.Lines, rows.Line{Label: r.Name, Value: "not known: " + r.Unknown, Style: rows.Warn})
			default:
				s.Lines = append(s.Lines, rows.Line{Label: r.Name, Value: value(r.A), Style: rows.Changed},
					rows.Line{Label: "", Value: value(r.B), Style: rows.Changed})
			}
		}
		if len(s.Lines) == 0 {
			s.Lines = []rows.Line{{Label: "the same", Style: rows.Dim}}
		}
		out = append(out, s)
	}
	return append([]rows.Section{{Title: "For each fact: first what the one has, then what the other has",
		Lines: []rows.Line{{Label: "first", Value: a.Title}, {Label: "second", Value: b.Title}}}}, out...)
}
