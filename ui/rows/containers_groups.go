package rows

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/totals"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// GroupBy groups the rows, each group below a row with its totals; empty: no groups. Grouped returns what by.
func (t *ContainerTable) GroupBy(by totals.By) { t.by = by }

// Grouped returns what the rows are grouped by.
func (t *ContainerTable) Grouped() totals.By { return t.by }

// NextGrouping returns what comes after the present grouping: none after the last.
func (t *ContainerTable) NextGrouping() totals.By {
	all := totals.All()
	if at := slices.Index(all, t.by) + 1; at < len(all) {
		return all[at]
	}
	return ""
}

// Guests is how many virtual machines are shown.
func (t *ContainerTable) Guests() (n int) {
	for _, at := range t.shown {
		if t.at(at).Guest != nil {
			n++
		}
	}
	return n
}

// Containers is how many containers are shown, without the rows of totals.
func (t *ContainerTable) Containers() int {
	n := len(t.shown) - len(t.heads)
	for _, at := range t.shown {
		if t.at(at).Stopped != nil || t.at(at).Guest != nil {
			n--
		}
	}
	return n
}

// group puts the rows that are shown, in their order, below the totals of their groups. The groups are ordered as the
// rows are: by name, or by what the table is sorted by.
func (t *ContainerTable) group() {
	t.shown = slices.DeleteFunc(t.shown, func(at int32) bool { return t.list[at].Stopped != nil }) // they use nothing
	uses := make([]totals.ContainerUse, len(t.shown))
	row := make(map[string]int32, len(t.shown))
	for i, at := range t.shown {
		c := &t.list[at]
		uses[i] = totals.ContainerUse{Usage: c.Usage, CPU: c.CPU, HasCPU: c.HasCPU}
		row[c.Key] = at
	}
	all := totals.Add(t.facts.Now.Inventory, uses, t.by)
	t.heads = make([]ContainerRow, len(all))
	for i := range all {
		t.heads[i] = t.head(&all[i])
	}
	if t.sort != nil {
		slices.SortStableFunc(t.heads, func(a, b ContainerRow) int { return t.compare(&a, &b) })
	}
	t.shown = t.shown[:0]
	for i := range t.heads {
		t.shown = append(t.shown, int32(-i-1))
		for _, u := range t.heads[i].Total.Containers {
			t.shown = append(t.shown, row[u.Key])
		}
	}
}

// head is the row of a group.
func (t *ContainerTable) head(all *totals.Total) ContainerRow {
	name := "no " + string(t.by)
	if all.Group.Len() > 0 {
		name = string(t.by) + " " + all.Group.Raw()
		if uid, err := strconv.ParseUint(all.Group.Raw(), 10, 32); err == nil && t.by == totals.User && t.User != nil {
			if known := t.User(uint32(uid)); known != "" {
				name = "user " + known
			}
		}
	}
	first := all.Containers[0].Usage
	s := cgroupview.Sample{Time: first.Sample.Time, Memory: all.Memory.Reading(), PIDs: all.Tasks.Reading(),
		ReadBytes: all.ReadBytes.Reading(), WriteBytes: all.WriteBytes.Reading(),
		MemoryLimit: cgroupview.Limit{Err: errNoLimit}}
	c := &inventory.Container{Key: "total\x00" + string(t.by) + "\x00" +
		all.Group.Raw(), Name: text.New(name), PID: first.PID,
		PIDs: all.PIDs}
	return ContainerRow{Usage: &inventory.Usage{Container: c, Process: first.Process, Sample: s}, CPU: all.CPU.Value,
		HasCPU: all.CPU.Known > 0, Total: all}
}

// TotalSections makes details of a row of totals.
func TotalSections(c *ContainerRow) []Section {
	t := c.Total
	s := Section{Title: "Total of the " + c.Label().String()}
	line := func(label string, sum totals.Sum, bytes bool) {
		value, style := ReadingText(sum.Reading(), bytes), Plain
		if sum.Known > 0 && sum.Unknown > 0 {
			value += fmt.Sprintf("; of %d more it is not known: %s", sum.Unknown, fault.Line(sum.Err))
			style = Warn
		}
		s.Lines = append(s.Lines, Line{label, value, style})
	}
	s.Lines = append(s.Lines, Line{"containers", string(appendInt(nil, len(t.Containers))), Plain},
		Line{"processes", string(appendInt(nil, len(t.PIDs))), Plain})
	cpu := "unknown before the second refresh"
	if t.CPU.Known > 0 {
		cpu = string(appendPercent(nil, t.CPU.Value)) + " % of one processor"
	}
	s.Lines = append(s.Lines, Line{"cpu", cpu, Plain})
	line("memory", t.Memory, true)
	line("tasks", t.Tasks, false)
	line("read", t.ReadBytes, true)
	line("written", t.WriteBytes, true)
	return []Section{s}
}

// errNoLimit: limits do not add up; what binds a pod as a whole is the limit of its own group.
var errNoLimit = errors.New("limits are not added up")
