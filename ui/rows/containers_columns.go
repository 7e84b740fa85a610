package rows

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/procwalk/text"

	"github.com/rivo/uniseg"
)

// ContainerColumn is one column of the table of containers.
type ContainerColumn struct {
	Name  string
	Help  string
	Right bool
	Width int // cells; the last column takes what is left
	keep  int // where there is no room, the column with the lowest goes first
	num   func(*ContainerRow) float64
	str   func(*ContainerRow) string // instead of num
	has   func(*ContainerRow) bool   // whether a row has anything to show in it; nil: each has
	style func(*ContainerRow) Style  // nil: plain
	cell  func(t *ContainerTable, dst []byte, c *ContainerRow) []byte
}

// Ascending reports whether sorting begins with the least.
func (c *ContainerColumn) Ascending() bool { return c.str != nil }

// Cell appends the text of one cell, safe to print.
func (c *ContainerColumn) Cell(t *ContainerTable, dst []byte, row *ContainerRow) []byte {
	return c.cell(t, dst, row)
}

const (
	sparkCells = 8
	barCells   = 8
)

// containerColumns are in the order in which they are shown.
var containerColumns = slices.Concat(leadingColumns, extraColumns, trailingColumns)

var leadingColumns = []*ContainerColumn{
	{Name: "NAME", Help: "name, or what of its id names it", Width: 15, keep: 100,
		str:   func(c *ContainerRow) string { return c.Label().Raw() },
		style: func(c *ContainerRow) Style { return ContainerHue(c.Container) },
		cell: func(t *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if t.by != "" && c.Total == nil {
				dst = append(dst, "  "...)
			}
			return text.AppendSafe(dst, c.Label().Raw())
		}},
	{Name: "PID", Help: "the process that backs it", Right: true, Width: 7, keep: 90,
		num: func(c *ContainerRow) float64 { return -float64(c.PID) },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			switch {
			case c.Total != nil:
				return dst // it is of several
			case c.Stopped != nil:
				return append(dst, '-')
			}
			return appendInt(dst, c.PID)
		}},
	{Name: "STATE", Help: "running, frozen, or the status that it ended with", Width: 7, keep: 76,
		str:   (*ContainerRow).State,
		style: (*ContainerRow).stateStyle,
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return append(dst, c.State()...)
		}},
	{Name: "UPTIME", Help: "how long the process that backs it has run", Right: true, Width: 6, keep: 66,
		num: func(c *ContainerRow) float64 {
			if c.Stopped != nil || c.Process == nil {
				return math.Inf(-1)
			}
			return -float64(c.Process.StartTime)
		},
		cell: func(t *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if d, ok := t.uptime(c); ok {
				return AppendAge(dst, d)
			}
			if c.Total != nil {
				return dst
			}
			return append(dst, '-')
		}},
	{Name: "PROCS", Help: "its processes, with those of containers inside it", Right: true, Width: 5, keep: 60,
		num:  func(c *ContainerRow) float64 { return float64(len(c.PIDs)) },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte { return appendInt(dst, len(c.PIDs)) }},
	{Name: "%CPU", Help: "processor time since the last refresh; 100 is one processor", Right: true, Width: 5, keep: 85,
		num: func(c *ContainerRow) float64 {
			if !c.HasCPU {
				return math.Inf(-1)
			}
			return c.CPU
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if !c.HasCPU {
				return append(dst, '-')
			}
			return appendPercent(dst, c.CPU)
		},
		style: func(c *ContainerRow) Style {
			if share, ok := c.CPUShare(); ok && c.CPU > 1 {
				return ShareStyle(share)
			} else if c.CPU == 0 {
				return Dim
			}
			return Plain
		}},
	{Name: "MINUTES", Help: "processor time over the last two minutes, each sign a quarter of a minute",
		Width: sparkCells, keep: 50,
		num: func(c *ContainerRow) float64 { return c.Minutes },
		cell: func(t *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return t.spark(dst, t.History(c.Key), max(t.topCPU, 5))
		}},
	{Name: "MEMORY", Help: "memory, and the effective limit", Width: barCells + 14, keep: 80,
		num: func(c *ContainerRow) float64 { return reading(c.Sample.Memory) }, cell: memoryCell, style: memoryStyle},
	{Name: "MEM%", Help: "memory as a share of the effective limit", Right: true, Width: 4, keep: 75, style: memoryStyle,
		num: func(c *ContainerRow) float64 {
			if share, ok := c.MemoryShare(); ok {
				return share
			}
			return math.Inf(-1)
		},
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			if share, ok := c.MemoryShare(); ok {
				return fmt.Appendf(dst, "%.0f%%", 100*share)
			}
			return append(dst, '-')
		}},
}

// trailingColumns stand to the right of the extra ones.
var trailingColumns = []*ContainerColumn{
	{Name: "MEMMINUTES", Help: "memory over the last two minutes, each sign a quarter of a minute",
		Width: sparkCells + 2, keep: 29,
		num: func(c *ContainerRow) float64 { return c.MemoryMinutes },
		cell: func(t *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return t.spark(dst, t.MemoryHistory(c.Key), max(t.topMemory, 1))
		}},
	healthColumn,
	{Name: "PIDS", Help: "tasks: threads count too", Right: true, Width: 5, keep: 40,
		num: func(c *ContainerRow) float64 { return reading(c.Sample.PIDs) },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return appendReading(dst, c.Sample.PIDs, false)
		},
		style: func(c *ContainerRow) Style {
			if l := c.Sample.PIDsLimit; l.Err == nil && !l.Unlimited && l.Value > 0 && c.Sample.PIDs.Err == nil {
				if share := float64(c.Sample.PIDs.Value) / float64(l.Value); share >= ShareWarn {
					return ShareStyle(share)
				}
			}
			return Plain
		}},
	{Name: "RUNTIME", Help: "what made it", Width: 10, keep: 45,
		str:  func(c *ContainerRow) string { return string(c.Runtime) },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte { return appendOr(dst, string(c.Runtime)) }},
	{Name: "NAMESPACE", Help: "the namespace of its pod", Width: 11, keep: 15,
		has: func(c *ContainerRow) bool { return c.Info.Pod.Namespace.Len() > 0 },
		str: func(c *ContainerRow) string { return c.Info.Pod.Namespace.Raw() },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
			return appendOr(dst, c.Info.Pod.Namespace.Raw())
		}},
	{Name: "POD", Help: "the pod it is in", Width: 14, keep: 20,
		has:  func(c *ContainerRow) bool { return c.Pod().Len() > 0 },
		str:  func(c *ContainerRow) string { return c.Pod().Raw() },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte { return appendOr(dst, c.Pod().Raw()) }},
	{Name: "IMAGE", Help: "the image it was made from", Width: 12, keep: 43,
		str:  func(c *ContainerRow) string { return c.Info.Image.Raw() },
		cell: func(_ *ContainerTable, dst []byte, c *ContainerRow) []byte { return appendOr(dst, c.Info.Image.Raw()) }},
}

func memoryStyle(c *ContainerRow) Style {
	if share, ok := c.MemoryShare(); ok {
		return ShareStyle(share)
	}
	return Plain
}

// CellStyle is how a cell looks.
func (c *ContainerColumn) CellStyle(row *ContainerRow) Style {
	if c.style == nil || row.Total != nil {
		return Plain
	}
	return c.style(row)
}

func memoryCell(_ *ContainerTable, dst []byte, c *ContainerRow) []byte {
	switch {
	case c.Stopped != nil:
		return append(dst, '-')
	case c.Total != nil:
		return appendReading(append(dst, strings.Repeat(" ", barCells+1)...), c.Sample.Memory, true)
	}
	share, limited := c.MemoryShare()
	dst = append(AppendBar(dst, share, barCells), ' ')
	dst = append(appendReading(dst, c.Sample.Memory, true), '/')
	switch l := c.Sample.MemoryLimit; {
	case l.Err != nil:
		return append(dst, '-')
	case !limited:
		return append(dst, "none"...)
	default:
		return appendSize(dst, l.Value)
	}
}

func appendReading(dst []byte, r cgroupview.Reading, bytes bool) []byte {
	switch {
	case r.Err != nil:
		return append(dst, '-')
	case bytes:
		return appendSize(dst, r.Value)
	}
	return appendUint(dst, r.Value)
}

func appendOr(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, '-')
	}
	return text.AppendSafe(dst, s)
}

// ContainerColumns returns all columns there are, in the order in which they are shown.
func ContainerColumns() []*ContainerColumn { return containerColumns }

// ContainerColumnNamed returns the column with this name, or nil.
func ContainerColumnNamed(name string) *ContainerColumn {
	for _, c := range containerColumns {
		if strings.EqualFold(c.Name, strings.TrimSpace(name)) {
			return c
		}
	}
	return nil
}

// Fit returns the columns that width has room for, with one cell between them, and the width of each: at least what
// the numbers in the rows from first to before end take, and where there is room what all of them do.
func (t *ContainerTable) Fit(width, first, end int) (columns []*ContainerColumn, widths []int) {
	var slots []Slot
	var cell []byte
	if t.widest == nil {
		t.widest = map[string]int{}
	}
	for _, c := range containerColumns {
		if !t.hasColumn(c) {
			continue
		}
		s := Slot{Usual: c.Width, Keep: c.keep}
		if c.Name == "NAME" { // it is whole before others are there at all
			s.Usual = max(s.Usual, min(t.widest[c.Name], wholeName))
		}
		for i := first; i < min(end, t.Len()); i++ {
			cell = c.cell(t, cell[:0], t.Row(i))
			w := uniseg.StringWidth(string(cell))
			t.widest[c.Name] = max(t.widest[c.Name], w)
			if c.Right || IsNumber(string(cell)) {
				s.Must = max(s.Must, w)
			}
		}
		s.Wish = t.widest[c.Name] // also of rows that were in view: the columns are not to jump to and fro
		columns, slots = append(columns, c), append(slots, s)
	}
	all := columns
	columns = nil
	rest := width + 1
	for k, w := range Share(width, slots) {
		if w >= 0 {
			columns, widths = append(columns, all[k]), append(widths, w)
			rest -= w + 1
		}
	}
	// What is left goes to the name first, which tells most, and then to the last column.
	more := max(min(rest, containerName-widths[0]), 0)
	widths[0] += more
	widths[len(widths)-1] += max(rest-more, 0)
	return columns, widths
}

// Needs is the width at which every column is shown that has something to show.
func (t *ContainerTable) Needs() int {
	all := -1
	for i := range containerColumns {
		if c := containerColumns[i]; t.hasColumn(c) {
			all += max(c.Width, t.widest[c.Name]) + 1
		}
	}
	return all
}

// hasColumn reports whether a column has anything to show: those of pods are left out where there are none.
func (t *ContainerTable) hasColumn(c *ContainerColumn) bool {
	return c.has == nil || slices.ContainsFunc(t.list, func(row ContainerRow) bool { return c.has(&row) })
}

// wholeName is up to which width a name is shown whole before there is room for anything else.
const wholeName = 24

// containerName is how wide the column of names is where there is room for everything else.
const containerName = 30

// spark draws the last two minutes of a history, the newest at the right.
func (t *ContainerTable) spark(dst []byte, h *TimeSeries, top float64) []byte {
	values := h.Last(sparkCells)
	for range sparkCells - len(values) {
		dst = append(dst, ' ')
	}
	return AppendSpark(dst, values, top, t.ASCII)
}
