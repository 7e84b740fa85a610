package rows

import (
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/procwalk/text"
)

// MemoryPart is one part of what a memory limit is used by.
type MemoryPart struct {
	Name  string // as in JSON
	Mark  byte   // in the bar
	Bytes cgroupview.Reading
	Does  string
}

// MemoryParts takes the use of memory apart, in the order of the bar: what cannot be taken back from the processes
// first. Other is what counts and is none of the rest; others is what other groups use of the same limit.
func MemoryParts(m *counters.Memory) []MemoryPart {
	list := []MemoryPart{
		{"anon", '#', m.Anon, "of processes, with no file behind it: only swap or their end frees it"},
		{"shmem", '%', m.Shmem, "shared memory and tmpfs: only swap or its removal frees it"},
		{"kernel", '+', m.Kernel, "what the kernel needs for them: page tables, stacks, inodes"},
		{"file", '=', m.File, "page cache: the kernel takes it back when memory is short"},
	}
	other := m.Usage
	for _, p := range list {
		if p.Bytes.Err == nil {
			other.Value -= min(other.Value, p.Bytes.Value)
		}
	}
	list = append(list, MemoryPart{"other", '~', other, "counted, but listed nowhere: network buffers, batches"})
	if m.Outer {
		others := m.LevelUsage
		if others.Err == nil && m.Usage.Err == nil {
			others.Value -= min(others.Value, m.Usage.Value)
		}
		list = append(list, MemoryPart{"others", '.', others, "what other groups use of the same limit"})
	}
	return list
}

// memoryScale is how much the whole bar stands for: the limit, without one the machine's memory.
func memoryScale(m *counters.Memory) (bytes uint64, what string) {
	switch {
	case m.Limit.Known() == nil && !m.Limit.Unlimited && m.Limit.Value > 0:
		return m.Limit.Value, "the limit"
	case m.Total > 0:
		return m.Total, "the machine's memory"
	}
	return max(m.Usage.Value, 1), "what is used"
}

// MemoryBar draws the parts to scale, width cells wide. A part that is there has a cell at least.
func MemoryBar(m *counters.Memory, width int) string {
	scale, _ := memoryScale(m)
	bar := make([]byte, 0, width)
	sum := uint64(0)
	for _, p := range MemoryParts(m) {
		if p.Bytes.Err != nil || p.Bytes.Value == 0 {
			continue
		}
		sum += p.Bytes.Value
		end := max(int(float64(sum)/float64(scale)*float64(width)+0.5), len(bar)+1)
		for len(bar) < min(end, width) {
			bar = append(bar, p.Mark)
		}
	}
	return "[" + string(bar) + strings.Repeat(" ", width-len(bar)) + "]"
}

// MemorySection explains the use of memory in one bar, with its numbers.
func MemorySection(m *counters.Memory, width int) Section {
	s := Section{Title: "Memory"}
	scale, what := memoryScale(m)
	used := m.Usage
	if m.Outer && m.LevelUsage.Err == nil {
		used = m.LevelUsage
	}
	share, style := "", Plain
	if used.Err == nil {
		part := float64(used.Value) / float64(scale)
		share = fmt.Sprintf(" %.0f %% of %s, %s", 100*part, what, Size(scale))
		if what == "the limit" {
			style = ShareStyle(part)
		}
	}
	s.Lines = append(s.Lines, Line{"", MemoryBar(m, width) + share, style},
		Line{"limit", LimitText(m.Limit, true), Plain}, Line{"used", ReadingText(m.Usage, true), Plain})
	for _, p := range MemoryParts(m) {
		line := Line{string(p.Mark) + " " + p.Name, ReadingText(p.Bytes, true), Plain}
		if p.Bytes.Err != nil {
			line.Style = Dim
		} else {
			line.Value = fmt.Sprintf("%-7s %3.0f %%  %s", Size(p.Bytes.Value), 100*float64(p.Bytes.Value)/float64(scale),
				text.Line(p.Does))
		}
		s.Lines = append(s.Lines, line)
	}
	swap := ReadingText(m.Swap, true)
	if m.Swap.Err == nil {
		swap += " beside that"
	}
	working := ReadingText(m.WorkingSet, true)
	if m.WorkingSet.Err == nil {
		working += ": used, without the inactive page cache, as docker stats counts"
	}
	return Section{s.Title, append(s.Lines, Line{"swap", swap, Plain}, Line{"working set", working, Plain},
		Line{"peak", ReadingText(m.Peak, true), Plain})}
}
