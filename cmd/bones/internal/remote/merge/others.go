package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	rules "bones/cgroupview/inventory/health"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/eventrow"

	"github.com/rivo/uniseg"
)

func namespaces(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	t.Plain("HOST", "NS", "TYPE", "NPROCS", "PID", "USER", "CONTAINER", "COMMAND")
	for _, i := range all {
		n := decoded[object.Namespace](i)
		inode, procs, pid, user, in, command := "-", "-", "-", word(n.User), "-", word(n.Command)
		if n.NS != nil {
			inode = strconv.FormatUint(*n.NS, 10)
		}
		if len(n.Containers) > 0 {
			in = word(&n.Containers[0])
		}
		if !i.lacks("nprocs") {
			procs = strconv.Itoa(n.NProcs)
		}
		switch {
		case n.PID != nil:
			pid = strconv.Itoa(*n.PID)
		case len(n.Holders) > 0:
			command = "(" + n.Holders[0].Where.String() + ")"
		default:
			command = "(not known what holds it)"
		}
		if _, failed := n.Errors["user"]; failed {
			user = "?"
		}
		t.Row(listing.DimIfEmpty(i.Host, inode, text.Sanitise(n.Type), procs, pid, user, in, command)...)
	}
	return cut(out, o, &t)
}

// cut prints a table whose last column is as wide as it likes, up to the width of the terminal.
func cut(out io.Writer, o Options, t *tint.Table) error {
	var b bytes.Buffer
	if err := t.Print(&b, false); err != nil {
		return err
	}
	if o.Width <= 0 {
		_, err := out.Write(b.Bytes())
		return err
	}
	var cut bytes.Buffer
	for line := range strings.Lines(b.String()) {
		cut.WriteString(cutLine(strings.TrimRight(line, "\n"), o.Width) + "\n")
	}
	_, err := out.Write(cut.Bytes())
	return err
}

// eventOf is the event as the table of events has it.
func eventOf(i Item) *events.Event {
	o := decoded[object.Event](i)
	e := &events.Event{Time: o.Time, Kind: events.EventKind(o.Kind), What: o.What}
	if o.PID != nil {
		e.PID = *o.PID
	}
	if o.Container != nil {
		e.Name = o.Container.Name
	}
	return e
}

// eventTable prints what happened, the oldest first, whichever host it happened on.
func eventTable(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	heads := []string{"HOST"}
	for _, c := range eventrow.Columns() {
		heads = append(heads, c.Name)
	}
	t.Plain(heads...)
	for _, i := range SortEvents(all) {
		e := eventOf(i)
		cells := []string{i.Host}
		for _, c := range eventrow.Columns() {
			cells = append(cells, c.Cell(e))
		}
		t.Row(listing.DimIfEmpty(cells...)...)
	}
	return t.Print(out, o.Colours)
}

// SortEvents puts events into the order of their times.
func SortEvents(all []Item) []Item {
	type timed struct {
		at   time.Time
		item Item
	}
	list := make([]timed, len(all))
	for i := range all {
		list[i] = timed{decoded[object.Event](all[i]).Time, all[i]}
	}
	slices.SortStableFunc(list, func(a, b timed) int { return a.at.Compare(b.at) })
	sorted := make([]Item, len(all))
	for i := range list {
		sorted[i] = list[i].item
	}
	return sorted
}

// EventHead is the head of the table of events that come one by one, for names of hosts up to a width.
func EventHead(width int) string {
	return eventLine(width, "HOST", func(c *eventrow.Column) string { return c.Name })
}

// EventLine is the line of one event in the table that EventHead begins.
func EventLine(width int, i Item) string {
	e := eventOf(i)
	return eventLine(width, i.Host, func(c *eventrow.Column) string { return c.Cell(e) })
}

func eventLine(width int, host string, cell func(*eventrow.Column) string) string {
	var b strings.Builder
	b.WriteString(host + strings.Repeat(" ", max(0, width-uniseg.StringWidth(host))))
	for k, c := range eventrow.Columns() {
		s := cell(c)
		pad := strings.Repeat(" ", max(0, c.Width-uniseg.StringWidth(s)))
		switch {
		case k == len(eventrow.Columns())-1:
			b.WriteString("  " + s)
		case c.Right:
			b.WriteString("  " + pad + s)
		default:
			b.WriteString("  " + s + pad)
		}
	}
	return b.String() + "\n"
}

// worst orders severities.
var worst = map[string]int{"critical": 0, "warning": 1, "note": 2, "ok": 4}

// finding is one row.
type finding struct {
	order int
	cells []tint.Cell
}

// health prints the findings of all hosts, the worst first, and of a host without one a line that says so.
func health(out io.Writer, o Options, all []Item) error {
	var list []finding
	for _, i := range all {
		r := decoded[object.Health](i)
		if len(r.Findings) == 0 {
			what := fmt.Sprintf("nothing is the matter with what could be judged: %d of %d", r.Judged,
				r.Judged+len(r.NotJudged))
			list = append(list, finding{worst["ok"], listing.DimIfEmpty(i.Host, "ok", "-", "-", "-", what)})
		}
		for _, f := range r.Findings {
			order, known := worst[f.Severity]
			if !known {
				order = 3
			}
			cells := listing.DimIfEmpty(i.Host, text.Sanitise(f.Severity), word(f.Subject.Name), text.Sanitise(f.Name),
				measured(f.Name, f.Value), text.Sanitise(f.Finds))
			if order == 0 {
				cells[1].Style = rows.Bad
			} else if order == 1 {
				cells[1].Style = rows.Warn
			}
			list = append(list, finding{order, cells})
		}
	}
	slices.SortStableFunc(list, func(a, b finding) int { return cmp.Compare(a.order, b.order) })
	var t tint.Table
	t.Plain("HOST", "SEVERITY", "SUBJECT", "FINDING", "VALUE", "WHAT")
	for _, f := range list {
		t.Row(f.cells...)
	}
	return t.Print(out, o.Colours)
}

// measured is a value as its rule writes it, where this bones has the rule.
func measured(name string, value float64) string {
	for i := range rules.Rules {
		if rules.Rules[i].Name == name {
			return rules.Rules[i].Format(value)
		}
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}
