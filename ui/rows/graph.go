package rows

import (
	"fmt"
	"strings"
)

// graphLines is how many lines high a graph is.
const graphLines = 4

// Graph draws what a number was over the last minutes, oldest first, with a scale at its left and in the last line
// what it is now, what it was at least, on average and at most. The scale begins at 0 and ends at top, or at the
// greatest value if that is more. unit writes a number.
func Graph(values []float64, top float64, ascii bool, unit func(float64) string) []Line {
	if len(values) == 0 {
		return nil
	}
	least, most, sum := values[0], values[0], 0.0
	for _, v := range values {
		least, most, sum = min(least, v), max(most, v), sum+v
	}
	if top = max(top, most); top <= 0 {
		top = 1
	}
	steps, axis := sparkUnicode, "┤"
	if ascii {
		steps, axis = sparkASCII, "|"
	}
	labels := make([]string, graphLines)
	wide := 0
	for i := range labels {
		if i == 0 || i == graphLines/2 {
			labels[i] = unit(top * float64(graphLines-i) / graphLines)
		}
		wide = max(wide, len(labels[i]))
	}
	lines := make([]Line, 0, graphLines+2)
	for i := range graphLines {
		var b strings.Builder
		fmt.Fprintf(&b, "%*s %s", wide, labels[i], axis)
		floor := float64(graphLines-1-i) / graphLines
		for _, v := range values {
			part := (v/top - floor) * graphLines // of this line
			switch n := int(part*float64(len(steps)) + 0.5); {
			case n > 0:
				b.WriteRune(steps[min(n, len(steps))-1])
			case i == graphLines-1 && v > 0:
				b.WriteRune(steps[0]) // what is not nothing shows
			default:
				b.WriteByte(' ')
			}
		}
		lines = append(lines, Line{Value: strings.TrimRight(b.String(), " ")})
	}
	return append(lines, Line{Value: fmt.Sprintf("now %s, least %s, mean %s, most %s", unit(values[len(values)-1]),
		unit(least), unit(sum/float64(len(values))), unit(most)), Style: Dim})
}

// graphSections are the graphs of a container.
func graphSections(t *ContainerTable, c *ContainerRow) []Section {
	var list []Section
	add := func(title string, h *TimeSeries, top float64, unit func(float64) string) {
		if lines := Graph(h.Last(historyMax), top, t.ASCII, unit); len(lines) > 0 {
			list = append(list, Section{Title: title, Lines: lines})
		}
	}
	quota := 0.0
	if l := c.Sample.CPULimit; l.Err == nil && !l.Unlimited {
		quota = float64(l.Value) / 10
	}
	// Up to the limit where there is one: what is near the top is near the limit.
	title := "Processor, of the last ten minutes"
	if quota > 0 {
		title += " (up to its quota)"
	}
	add(title, t.History(c.Key), max(quota, 5), func(v float64) string {
		return string(appendPercent(nil, v)) + "%"
	})
	limit := 0.0
	title = "Memory, of the last ten minutes"
	if l := c.Sample.MemoryLimit; l.Err == nil && !l.Unlimited {
		limit = float64(l.Value)
		title += " (up to its limit)"
	}
	add(title, t.MemoryHistory(c.Key), limit, func(v float64) string { return Size(uint64(max(v, 0))) })
	return list
}
