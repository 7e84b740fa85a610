package merge

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/sortby"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// container is one of the containers that a host has told of.
type container struct {
	object.Container
	host string
}

// list decodes what is shown, in the order that is asked for.
func list(o Options, all []Item) (shown []container, pods bool) {
	for _, i := range all {
		c := container{decoded[object.Container](i), i.Host}
		if (c.ID == nil || c.pause()) && !o.Sandboxes {
			continue
		}
		shown, pods = append(shown, c), pods || c.Pod != nil
	}
	orders.Sort(shown, o.Sort)
	return shown, pods
}

// orders are those of listing, over what a host has told.
var orders = sortby.Orders[container]{List: []sortby.Order[container]{
	{Name: "name", Word: (*container).label},
	{Name: "pid", Number: func(c *container) (float64, bool) { return told(orNil(c.PID)) }},
	{Name: "procs", Greater: true, Number: func(c *container) (float64, bool) { return float64(len(c.PIDs)), true }},
	{Name: "cpu", Greater: true, Number: func(c *container) (float64, bool) { return told(c.CPUPercent) }},
	{Name: "memory", Greater: true, Number: func(c *container) (float64, bool) { return told(c.Memory.UsageBytes) }},
	{Name: "pids", Greater: true, Number: func(c *container) (float64, bool) { return told(c.PIDsCurrent) }},
	{Name: "read", Greater: true, Number: func(c *container) (float64, bool) { return told(c.ReadBytes) }},
	{Name: "write", Greater: true, Number: func(c *container) (float64, bool) { return told(c.WriteBytes) }},
	{Name: "net", Greater: true, Number: func(c *container) (float64, bool) { return told(c.net()) }},
	{Name: "runtime", Word: func(c *container) string { return plain(c.Runtime) }},
	{Name: "image", Word: func(c *container) string { return word(c.Image) }},
}, Alike: listing.Orders.Alike}

// told is a number that a host may not have told.
func told[T int | uint64 | float64](n *T) (float64, bool) {
	if n == nil {
		return 0, false
	}
	return float64(*n), true
}

func (c *container) net() *uint64 {
	if c.NetRxBytes == nil || c.NetTxBytes == nil {
		return nil
	}
	sum := *c.NetRxBytes + *c.NetTxBytes
	return &sum
}

// pause reports whether it only holds the namespaces of a pod.
func (c *container) pause() bool { return c.Pod != nil && c.Name != nil && c.Name.Raw() == "POD" }

func (c *container) label() string {
	switch {
	case c.ID == nil:
		return "sandbox:" + number(orNil(c.PID))
	case c.pause():
		return "pause:" + word(c.Pod.Name)
	case c.Name != nil && c.Name.Len() > 0:
		return word(c.Name)
	}
	return short(c.ID)
}

// short is an id as it is usually shown.
func short(id *text.Text) string {
	if id == nil {
		return "-"
	}
	return inventory.ShortID(*id).String()
}

// procs is how many processes it has.
func (c *container) procs() string {
	if c.PIDs == nil {
		return "-"
	}
	return strconv.Itoa(len(c.PIDs))
}

// first are the cells that both tables begin with.
func (c *container) first(pods bool) []tint.Cell {
	name := tint.Cell{Text: c.label(), Style: rows.Hue(c.label())}
	if c.ID != nil {
		name.Style = rows.Hue(c.ID.Raw())
	}
	if c.Frozen != nil && *c.Frozen {
		name.Text, name.Style = name.Text+" (frozen)", rows.Warn
	}
	cells := []tint.Cell{{Text: c.host}, name}
	if pods {
		namespace, pod := "-", "-"
		if c.Pod != nil {
			if namespace, pod = word(c.Pod.Namespace), word(c.Pod.Name); pod == "-" {
				pod = word(c.Pod.UID)
			}
		}
		cells = append(cells, listing.DimIfEmpty(namespace, pod)...)
	}
	return cells
}

func firstHeads(pods bool) []string {
	if pods {
		return []string{"HOST", "NAME", "NAMESPACE", "POD"}
	}
	return []string{"HOST", "NAME"}
}

func (c *container) cpu() string {
	if c.CPUPercent == nil {
		return "-"
	}
	return strconv.FormatFloat(*c.CPUPercent, 'f', 1, 64)
}

// memory is what it uses and its limit, and the share of it where there is one.
func (c *container) memory() (cell tint.Cell, share float64, limited bool) {
	if c.Memory.UsageBytes == nil {
		return tint.Cell{Text: "-", Style: rows.Dim}, 0, false
	}
	limit := "no limit"
	switch _, unknown := c.Errors["memory.limit_bytes"]; {
	case c.Memory.LimitBytes != nil:
		limit = rows.Size(*c.Memory.LimitBytes)
		if c.Memory.LimitFile != nil && *c.Memory.LimitFile == "memory.high" {
			limit += " (high)"
		}
		if *c.Memory.LimitBytes > 0 {
			share, limited = float64(*c.Memory.UsageBytes)/float64(*c.Memory.LimitBytes), true
			cell.Style = rows.ShareStyle(share)
		}
	case unknown:
		limit = "-"
	}
	cell.Text = rows.Size(*c.Memory.UsageBytes) + "/" + limit
	return cell, share, limited
}

func containers(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	shown, pods := list(o, all)
	t.Plain(append(firstHeads(pods), "RUNTIME", "ID", "PID", "PROCS", "CPU%", "MEM/LIMIT", "IMAGE")...)
	for i := range shown {
		c := &shown[i]
		memory, _, _ := c.memory()
		t.Row(slices.Concat(c.first(pods), listing.DimIfEmpty(plain(c.Runtime), short(c.ID), number(orNil(c.PID)), c.procs(),
			c.cpu()), []tint.Cell{memory}, listing.DimIfEmpty(word(c.Image)))...)
	}
	return t.Print(out, o.Colours)
}

func stats(out io.Writer, o Options, all []Item) error {
	var t tint.Table
	shown, pods := list(o, all)
	t.Plain(append(firstHeads(pods), "CPU%", "MEM/LIMIT", "", "MEM%", "PIDS", "NET I/O", "BLOCK I/O")...)
	for i := range shown {
		c := &shown[i]
		memory, share, limited := c.memory()
		percent, bar := "-", ""
		if limited {
			percent, bar = strconv.FormatFloat(share*100, 'f', 2, 64), string(rows.AppendBar(nil, share, 10))
		}
		tasks, net := "-", "-"
		if c.PIDsCurrent != nil {
			tasks = strconv.FormatUint(*c.PIDsCurrent, 10)
		}
		if c.net() != nil {
			net = fmt.Sprintf("%s / %s", rows.Size(*c.NetRxBytes), rows.Size(*c.NetTxBytes))
		}
		t.Row(slices.Concat(c.first(pods), listing.DimIfEmpty(c.cpu()), []tint.Cell{memory, {Text: bar, Style: memory.Style},
			{Text: percent, Style: memory.Style}},
			listing.DimIfEmpty(tasks, net, bytesOf(c.ReadBytes)+" / "+bytesOf(c.WriteBytes)))...)
	}
	return t.Print(out, o.Colours)
}
