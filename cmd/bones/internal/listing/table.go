package listing

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/tint"
	"bones/ui/rows"
)

// Tables is how tables of containers are printed.
type Tables struct {
	Out     io.Writer
	Colours bool
}

// ShownByDefault are the containers that a table has unless more is asked for: not the sandboxes, which no engine
// knows and of which a browser makes dozens, nor what does nothing but hold the namespaces of its pod.
func ShownByDefault(list []Container) []Container {
	return slices.DeleteFunc(slices.Clone(list), func(c Container) bool { return c.Sandbox() || c.Pause() })
}

// Containers prints one line for each container.
func (t Tables) Containers(list []Container) error {
	var w tint.Table
	pods := anyPod(list)
	w.Plain(slices.Concat([]string{"NAME"}, podHeads(pods),
		strings.Fields("RUNTIME ID PID PROCS CPU% MEM/LIMIT IMAGE"))...)
	for i := range list {
		u := &list[i]
		w.Row(slices.Concat([]tint.Cell{u.nameCell()}, u.podCells(pods), DimIfEmpty(cmp.Or(string(u.Runtime), "-"),
			cmp.Or(inventory.ShortID(u.ID).String(), "-"), strconv.Itoa(u.PID), strconv.Itoa(len(u.PIDs)), u.cpuCell()),
			[]tint.Cell{{Text: u.memoryCell(), Style: u.shareStyle()}}, DimIfEmpty(cmp.Or(u.Info.Image.String(), "-")))...)
	}
	return w.Print(t.Out, t.Colours)
}

// Units prints one line for each service and slice of systemd's.
func (t Tables) Units(list []Container) error {
	var w tint.Table
	w.Plain(strings.Fields("NAME KIND PID PROCS CPU% CPUS MEM/LIMIT TASKS/LIMIT GROUP")...)
	for i := range list {
		u := &list[i]
		w.Row(slices.Concat([]tint.Cell{u.nameCell()}, DimIfEmpty(string(u.Runtime), strconv.Itoa(u.PID),
			strconv.Itoa(len(u.PIDs)), u.cpuCell(), limitCell(u.Sample.CPULimit, func(n uint64) string {
				return strconv.FormatFloat(float64(n)/1000, 'g', 4, 64)
			})),
			[]tint.Cell{{Text: u.memoryCell(), Style: u.shareStyle()}},
			DimIfEmpty(u.tasksCell(), u.Chain.Innermost().Group.String()))...)
	}
	return w.Print(t.Out, t.Colours)
}

// limitCell is a limit: "-" where it is not known, "none" where nothing limits.
func limitCell(l cgroupview.Limit, value func(uint64) string) string {
	switch {
	case l.Err != nil:
		return "-"
	case l.Unlimited:
		return "none"
	}
	return value(l.Value)
}

func (c *Container) tasksCell() string {
	if c.Sample.PIDs.Err != nil {
		return "-"
	}
	return number(c.Sample.PIDs, false) + "/" + limitCell(c.Sample.PIDsLimit, func(n uint64) string {
		return strconv.FormatUint(n, 10)
	})
}

// Stats prints what each container uses now.
func (t Tables) Stats(list []Container) error {
	var w tint.Table
	pods := anyPod(list)
	w.Plain(slices.Concat([]string{"NAME"}, podHeads(pods), []string{"CPU%", "MEM/LIMIT", "", "MEM%", "PIDS", "NET I/O",
		"BLOCK I/O"})...)
	for i := range list {
		u := &list[i]
		share, bar, style := "-", "", u.shareStyle()
		if x, ok := u.memoryShare(); ok {
			share, bar = strconv.FormatFloat(x*100, 'f', 2, 64), string(rows.AppendBar(nil, x, 10))
		}
		w.Row(slices.Concat([]tint.Cell{u.nameCell()}, u.podCells(pods), DimIfEmpty(u.cpuCell()),
			[]tint.Cell{{Text: u.memoryCell(), Style: style}, {Text: bar, Style: style}, {Text: share, Style: style}},
			DimIfEmpty(number(u.Sample.PIDs, false), u.netCell(),
				number(u.Sample.ReadBytes, true)+" / "+number(u.Sample.WriteBytes, true)))...)
	}
	return w.Print(t.Out, t.Colours)
}

// DimIfEmpty are cells that are dimmed if they say nothing.
func DimIfEmpty(texts ...string) []tint.Cell {
	cells := make([]tint.Cell, len(texts))
	for i, s := range texts {
		if cells[i].Text = s; s == "-" {
			cells[i].Style = rows.Dim
		}
	}
	return cells
}

// anyPod reports whether there are pods: only then tables have columns for them.
func anyPod(list []Container) bool {
	return slices.ContainsFunc(list, func(u Container) bool { return u.Pod().Len() > 0 })
}

func podHeads(pods bool) []string {
	if pods {
		return []string{"NAMESPACE", "POD"}
	}
	return nil
}

func (c *Container) podCells(pods bool) []tint.Cell {
	if !pods {
		return nil
	}
	pod := c.Info.Pod
	return DimIfEmpty(cmp.Or(pod.Namespace.String(), "-"), cmp.Or(pod.Name.String(), pod.UID.String(), "-"))
}

func (c *Container) nameCell() tint.Cell {
	cell := tint.Cell{Text: c.Label().String(), Style: rows.ContainerHue(c.Container)}
	if c.Sample.Frozen {
		cell.Text, cell.Style = cell.Text+" (frozen)", rows.Warn
	}
	return cell
}

func (c *Container) cpuCell() string {
	if !c.HasCPU {
		return "-"
	}
	return strconv.FormatFloat(c.CPU, 'f', 1, 64)
}

func (c *Container) memoryCell() string {
	if c.Sample.Memory.Err != nil {
		return "-"
	}
	limit := "-"
	if l := c.Sample.MemoryLimit; l.Err == nil {
		limit = "no limit"
		if !l.Unlimited {
			limit = rows.Size(l.Value)
		}
		if l.File == "memory.high" {
			limit += " (high)"
		}
	}
	return rows.Size(c.Sample.Memory.Value) + "/" + limit
}

// memoryShare is how much of its limit it uses; false without a limit, or where one of the two is not known.
func (c *Container) memoryShare() (float64, bool) {
	return (&rows.ContainerRow{Usage: c.Usage}).MemoryShare()
}

func (c *Container) shareStyle() rows.Style {
	switch x, ok := c.memoryShare(); {
	case ok:
		return rows.ShareStyle(x)
	case c.Sample.Memory.Err != nil:
		return rows.Dim
	}
	return rows.Plain
}

func (c *Container) netCell() string {
	if c.Net.Counters == nil {
		return "-"
	}
	rx, tx := c.Net.Counters.Total()
	return rows.Size(rx) + " / " + rows.Size(tx)
}

func number(r cgroupview.Reading, bytes bool) string {
	switch {
	case r.Err != nil:
		return "-"
	case bytes:
		return rows.Size(r.Value)
	}
	return fmt.Sprint(r.Value)
}
