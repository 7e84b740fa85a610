// Package eventrow is the table of events: its columns, and which events are in it. The command and the view of the
// terminal UI are made from it.
package eventrow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Column is one column of the table.
type Column struct {
	Name  string
	Width int  // as a rule
	Right bool // numbers stand at its right edge
	cell  func(*events.Event) string
}

var columns = []*Column{
	{Name: "TIME", Width: 19, cell: func(e *events.Event) string { return e.Time.Local().Format(time.DateTime) }},
	{Name: "KIND", Width: 9, cell: func(e *events.Event) string { return text.Sanitise(string(e.Kind)) }},
	{Name: "PID", Width: 7, Right: true, cell: func(e *events.Event) string {
		if e.PID == 0 {
			return "-"
		}
		return strconv.Itoa(e.PID)
	}},
	{Name: "CONTAINER", Width: 20, cell: func(e *events.Event) string {
		if e.Name.Len() == 0 {
			return "-"
		}
		return e.Name.String()
	}},
	{Name: "WHAT", Width: 40, cell: func(e *events.Event) string { return e.What.String() }},
}

// Columns are all columns, in their order; WHAT is the last.
func Columns() []*Column { return columns }

// Cell is the text of a column, sanitised.
func (c *Column) Cell(e *events.Event) string { return c.cell(e) }

// Style is how the row of an event looks.
func Style(e *events.Event) rows.Style {
	switch {
	case e.Serious():
		return rows.Bad
	case e.Kind == events.Exit && e.Exit != nil && (e.Exit.Status != 0 || e.Exit.Signal != 0), e.Kind == events.Throttle,
		e.Kind == events.Limit:
		return rows.Warn
	case e.Kind.Common():
		return rows.Dim
	}
	return rows.Plain
}

// Filter chooses events: each word must be in what the table shows of one, with an exclamation mark in front must not;
// "kind:" and "container:" before a word have it compared with that column alone.
type Filter struct {
	Text  string
	words []word
}

type word struct {
	not    bool
	column string // empty: any
	text   string
}

// ParseFilter reads a filter; one without a word is nil.
func ParseFilter(s string) *Filter {
	f := &Filter{Text: strings.TrimSpace(s)}
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		var x word
		w, x.not = strings.CutPrefix(w, "!")
		for _, column := range []string{"kind", "container", "pid"} {
			if rest, ok := strings.CutPrefix(w, column+":"); ok {
				x.column, w = column, rest
			}
		}
		if x.text = w; w != "" {
			f.words = append(f.words, x)
		}
	}
	if len(f.words) == 0 {
		return nil
	}
	return f
}

// Match reports whether an event passes; f may be nil.
func (f *Filter) Match(e *events.Event) bool {
	if f == nil {
		return true
	}
	for _, w := range f.words {
		var in string
		switch w.column {
		case "kind":
			in = string(e.Kind)
		case "container":
			in = e.Name.Raw() + "\x00" + e.ID.Raw()
		case "pid":
			if (strconv.Itoa(e.PID) == w.text) == w.not {
				return false
			}
			continue
		default:
			in = strings.Join([]string{string(e.Kind), strconv.Itoa(e.PID), e.Name.Raw(), e.ID.Raw(), e.Command.Raw(),
				e.What.Raw(), e.Group.Raw()}, "\x00")
		}
		if strings.Contains(strings.ToLower(in), w.text) == w.not {
			return false
		}
	}
	return true
}

// Table is the table of a Log as the user has arranged it. It is for one goroutine.
type Table struct {
	All    bool // also what happens all the time: every process that begins and ends
	filter *Filter
	list   []events.Event
	shown  []int32
	hidden int // of those that pass the filter
}

// Set takes the events of a log.
func (t *Table) Set(list []events.Event) {
	t.list = list
	t.Build()
}

// SetFilter chooses what is shown; nil: all. Filter returns it.
func (t *Table) SetFilter(f *Filter) { t.filter = f }

// Filter returns the filter, or nil.
func (t *Table) Filter() *Filter { return t.filter }

// Build makes the rows anew after a change of the arrangement.
func (t *Table) Build() {
	t.shown, t.hidden = t.shown[:0], 0
	for i := range t.list {
		switch e := &t.list[i]; {
		case !t.filter.Match(e):
		case e.Kind.Common() && !t.All && !t.asked():
			t.hidden++
		default:
			t.shown = append(t.shown, int32(i))
		}
	}
}

// asked reports whether the filter asks for kinds itself: then those that happen all the time are shown as well.
func (t *Table) asked() bool {
	return t.filter != nil && slices.ContainsFunc(t.filter.words, func(w word) bool {
		return w.column == "kind" && !w.not
	})
}

// Len is the number of rows, and Row one of them.
func (t *Table) Len() int { return len(t.shown) }

// Row returns a row.
func (t *Table) Row(i int) *events.Event { return &t.list[t.shown[i]] }

// Known is how many events there are, shown or not, and Hidden how many are not as they happen all the time.
func (t *Table) Known() int { return len(t.list) }

// Hidden is how many events pass the filter and are not shown, as such happen all the time.
func (t *Table) Hidden() int { return t.hidden }

// At returns the last row of this time or before, -1 if there is none.
func (t *Table) At(at time.Time) int {
	n, _ := slices.BinarySearchFunc(t.shown, at, func(i int32, at time.Time) int {
		if t.list[i].Time.After(at) {
			return 1
		}
		return -1
	})
	return n - 1
}

// Sections are the details of an event, with how often the like of it happened.
func (t *Table) Sections(e *events.Event) []rows.Section {
	s := Sections(e)
	n, first, last := 0, e.Time, e.Time
	for i := range t.list {
		if o := &t.list[i]; alike(o, e) {
			n++
			if o.Time.Before(first) {
				first = o.Time
			}
			if o.Time.After(last) {
				last = o.Time
			}
		}
	}
	if n > 1 {
		const form = "2006-01-02 15:04:05"
		s[0].Lines = append(s[0].Lines, rows.Line{Label: "Like it", Value: fmt.Sprintf("%d events of this kind, of the "+
			"same command in the same place, from %s to %s", n, first.Local().Format(form), last.Local().Format(form))})
	}
	return s
}

// alike reports whether the same happened to the same program in the same place; the processes may be others.
func alike(a, b *events.Event) bool {
	return a.Kind == b.Kind && a.Command == b.Command && a.Name == b.Name && a.ID == b.ID && a.Group == b.Group
}

// Sections are the details of an event.
func Sections(e *events.Event) []rows.Section {
	line := func(name string, value text.Text) []rows.Line {
		if value.Len() == 0 {
			return nil
		}
		return []rows.Line{{Label: name, Value: value.String()}}
	}
	var list []rows.Line
	list = append(list, rows.Line{Label: "Time", Value: e.Time.Local().Format("2006-01-02 15:04:05.000 MST")})
	list = append(list, rows.Line{Label: "Kind", Value: string(e.Kind) + ": " + e.Kind.Does()})
	list = append(list, line("What", e.What)...)
	list = append(list, line("Known from", e.Evidence)...)
	who := []rows.Line{}
	if e.PID != 0 {
		s := strconv.Itoa(e.PID)
		if e.Start != 0 {
			s += fmt.Sprintf(", started at tick %d", e.Start)
		}
		who = append(who, rows.Line{Label: "PID", Value: s})
	}
	who = append(who, line("Command", e.Command)...)
	who = append(who, line("Container", e.Name)...)
	who = append(who, line("Container id", e.ID)...)
	who = append(who, line("Control group", e.Group)...)
	return []rows.Section{{Title: "Event", Lines: list}, {Title: "Who", Lines: who}}
}

// ByHand is a command that tells the same of an event; empty if there is none.
func ByHand(e *events.Event) string {
	switch e.Kind {
	case events.OOM:
		return fmt.Sprintf("dmesg --time-format iso | grep -B 60 'Killed process %d'", e.PID)
	case events.Exec, events.Fork, events.Exit:
		return "forkstat -e fork,exec,exit"
	case events.Journal:
		return "bones history"
	}
	return ""
}
