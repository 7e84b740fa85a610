package rows

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/health"
	"bones/cgroupview/inventory/totals"
	"bones/procwalk/text"
	"bones/procwalk/virt/machines"
)

// ContainerRow is one container of a table: what it uses at this moment, and what it took since the moment before.
type ContainerRow struct {
	*inventory.Usage
	CPU     float64 // percent of one processor
	HasCPU  bool
	Minutes float64 // the mean of what MINUTES shows
	// MemoryMinutes is the mean of what MEMMINUTES shows, in bytes.
	MemoryMinutes float64
	// Extra is what SetExtra was given of it; nil: nothing.
	Extra *ContainerExtra
	// Stopped is set for what an engine has a record of and that does not run.
	Stopped *container.Stopped

	blockRead, blockWritten float64 // bytes per second
	hasBlock, isNew         bool
	Health                  ContainerHealth
	// Total is what the rows below it use together, where the table is grouped; nil: the row is one container. Then Usage
	// holds the sums, under the group's name, and the process of the first container.
	Total *totals.Total
	// Guest is the virtual machine that the row is; nil: it is a container, a service or a slice.
	Guest *machines.GuestProcess
}

// Pod is the name of the pod that the container is in, its uid where the name is not known; empty: in none.
func (c *ContainerRow) Pod() text.Text {
	if pod := c.Info.Pod; pod.Name.Len() > 0 {
		return pod.Name
	}
	return c.Info.Pod.UID
}

// ContainerTable is the table of containers as the user has arranged it. It is for one goroutine.
type ContainerTable struct {
	ASCII     bool
	Sandboxes bool // also what no engine knows, and what only holds the namespaces of a pod
	Services  bool // systemd's services and slices instead of containers
	Reverse   bool
	User      func(uid uint32) string // tells a user's name, empty for none; may be nil
	sort      *ContainerColumn        // nil: by PID
	filter    *ContainerFilter
	facts     Facts
	list      []ContainerRow
	heads     []ContainerRow         // of the groups that are shown
	by        totals.By              // what the rows are grouped by; empty: they are not
	shown     []int32                // of list; below zero of heads, counted from -1 downwards
	history   map[string]*TimeSeries // of processor time
	memory    map[string]*TimeSeries
	topCPU    float64 // the greatest mean of all histories: they are drawn on one scale
	topMemory float64
	extra     map[string]ContainerExtra
	stopped   []ContainerRow
	series    *health.Series // nil before the first facts
	widest    map[string]int // by the name of a column: its widest cell that was in view
}

// Set takes new facts, and notes what is used now.
func (t *ContainerTable) Set(f Facts) {
	used := slices.Clip(f.Now.Usage)
	if guests := f.Now.GuestUsage(); t.Services {
		used = f.Now.UnitUsage()
	} else {
		used = append(used, guests...)
	}
	t.facts, t.list = f, make([]ContainerRow, len(used))
	old, oldMemory := t.history, t.memory
	t.history, t.memory = make(map[string]*TimeSeries, len(t.list)), make(map[string]*TimeSeries, len(t.list))
	t.topCPU, t.topMemory = 0, 0
	for i := range t.list {
		c := &t.list[i]
		c.Usage = &used[i]
		before := f.Before.UsageOf(c.Key)
		c.CPU, c.HasCPU = inventory.CPUPercent(before, c.Usage)
		if c.Guest = f.Now.GuestOf(c.Process.ID()); c.Guest != nil && c.Chain.Innermost().Kind == container.VM {
			c.CPU, c.HasCPU = f.processCPU(c.Process.PID)
		} else {
			c.Guest = nil
		}
		c.blockRead, c.blockWritten, c.hasBlock = blockRates(before, c.Usage)
		c.isNew = before == nil && f.Before != nil && f.Before.Usage != nil
		h, m := keep(old, t.history, c.Key), keep(oldMemory, t.memory, c.Key)
		if c.HasCPU {
			h.Add(c.Sample.Time, c.CPU)
		}
		if c.Sample.Memory.Err == nil {
			m.Add(c.Sample.Time, float64(c.Sample.Memory.Value))
		}
		c.Minutes, t.topCPU = h.mean(t.topCPU)
		c.MemoryMinutes, t.topMemory = m.mean(t.topMemory)
	}
	t.attachExtra()
	t.judge()
	t.Build()
}

// processCPU is how much processor time a process took since the moment before, in percent of one processor.
func (f Facts) processCPU(pid int) (percent float64, ok bool) {
	row, ok := f.Snap.Position(pid)
	if !ok || row >= len(f.Known) || !f.Known[row] {
		return 0, false
	}
	return 100 * f.Rates[row].CPU, true
}

// keep takes the history with a key over, or begins one.
func keep(old, now map[string]*TimeSeries, key string) *TimeSeries {
	h := old[key]
	if h == nil {
		h = &TimeSeries{}
	}
	now[key] = h
	return h
}

// hidden reports whether a row is shown on request only: sandboxes, which no engine knows and of which a browser makes
// two dozen, and the containers that do nothing but hold the namespaces of their pod.
func (c *ContainerRow) hidden() bool { return c.Stopped == nil && (c.Sandbox() || c.Pause()) }

// Hidden is how many rows are not shown for that.
func (t *ContainerTable) Hidden() int {
	n := 0
	for i := range t.list {
		if !t.Sandboxes && t.list[i].hidden() {
			n++
		}
	}
	return n
}

// Hides reports whether a process is in a container that is not shown, and in none that is.
func (t *ContainerTable) Hides(pid int) bool {
	found := false
	for i := range t.list {
		c := &t.list[i]
		if _, in := slices.BinarySearch(c.PIDs, pid); in {
			if t.Sandboxes || !c.hidden() {
				return false
			}
			found = true
		}
	}
	return found
}

// Facts returns what Set was given, and All how many containers that are, shown or not.
func (t *ContainerTable) Facts() Facts { return t.facts }

func (t *ContainerTable) All() int { return len(t.list) }

// Build makes the rows anew after a change of the arrangement.
func (t *ContainerTable) Build() {
	t.shown = t.shown[:0]
	if len(t.list) > 0 && t.list[len(t.list)-1].Stopped != nil || len(t.stopped) > 0 {
		t.list = append(slices.DeleteFunc(t.list, func(c ContainerRow) bool { return c.Stopped != nil }), t.stopped...)
	}
	for i := range t.list {
		c := &t.list[i]
		if (t.Sandboxes || !c.hidden()) && t.filter.Match(c) {
			t.shown = append(t.shown, int32(i))
		}
	}
	slices.SortFunc(t.shown, func(x, y int32) int { return t.compare(&t.list[x], &t.list[y]) })
	t.heads = nil
	// a slice is the sum of its services already // before the first facts there is none
	if t.by != "" && len(t.shown) > 0 && !t.Services {
		t.group()
	}
}

// compare orders rows by the column that the table is sorted by.
func (t *ContainerTable) compare(a, b *ContainerRow) int {
	sign := 1
	if t.Reverse {
		sign = -1
	}
	// What runs comes before what does not, whichever way the table is sorted.
	if one, other := a.Stopped != nil, b.Stopped != nil; one != other {
		if one {
			return 1
		}
		return -1
	}
	// Where nothing is asked for, virtual machines come after the containers.
	if one, other := a.Guest != nil, b.Guest != nil; one != other && t.sort == nil {
		if one {
			return 1
		}
		return -1
	}
	tie := cmp.Or(cmp.Compare(a.PID, b.PID), cmp.Compare(a.Key, b.Key))
	switch {
	case t.sort == nil:
		return sign * tie
	case t.sort.str != nil:
		return cmp.Or(sign*compareShown(t.sort.str(a), t.sort.str(b)), tie)
	}
	return cmp.Or(sign*cmp.Compare(t.sort.num(b), t.sort.num(a)), tie)
}

// Len is the number of rows, and Row one of them: a container, or what those below it use together.
func (t *ContainerTable) Len() int                { return len(t.shown) }
func (t *ContainerTable) Row(i int) *ContainerRow { return t.at(t.shown[i]) }

func (t *ContainerTable) at(i int32) *ContainerRow {
	if i < 0 {
		return &t.heads[-i-1]
	}
	return &t.list[i]
}

// Find returns the row of a container, -1 if it is not shown.
func (t *ContainerTable) Find(key string) int {
	return slices.IndexFunc(t.shown, func(i int32) bool { return t.at(i).Key == key })
}

// With returns the row of the innermost container that a process is in: the one with the fewest processes.
func (t *ContainerTable) With(pid int) int {
	best := -1
	for i := range t.shown {
		c := t.Row(i)
		if _, in := slices.BinarySearch(c.PIDs, pid); in && c.Total == nil &&
			(best < 0 || len(c.PIDs) < len(t.Row(best).PIDs) ||
				len(c.Chain) > len(t.Row(best).Chain)) {
			best = i
		}
	}
	return best
}

// History returns what a container used over the last minutes.
func (t *ContainerTable) History(key string) *TimeSeries {
	if h := t.history[key]; h != nil {
		return h
	}
	return &TimeSeries{}
}

// MemoryHistory returns how much memory it had then.
func (t *ContainerTable) MemoryHistory(key string) *TimeSeries {
	if h := t.memory[key]; h != nil {
		return h
	}
	return &TimeSeries{}
}

// SortBy sorts by a column; nil: by the PID of the backing process. Numbers begin with the greatest, names with A.
func (t *ContainerTable) SortBy(c *ContainerColumn) { t.sort, t.Reverse = c, false }

// Sort returns the column sorted by, or nil.
func (t *ContainerTable) Sort() *ContainerColumn { return t.sort }

// SetFilter chooses what is shown; nil: all. Filter returns it.
func (t *ContainerTable) SetFilter(f *ContainerFilter) { t.filter = f }

func (t *ContainerTable) Filter() *ContainerFilter { return t.filter }

// ContainerFilter chooses containers: every word must be in what names one, and with an exclamation mark in front must
// not.
type ContainerFilter struct {
	Text  string
	words filterWords
}

// ParseContainerFilter reads a filter; one without a word is nil.
func ParseContainerFilter(s string) *ContainerFilter {
	f := &ContainerFilter{Text: strings.TrimSpace(s)}
	for w := range strings.FieldsSeq(s) {
		f.words.add(w)
	}
	if f.words.none() {
		return nil
	}
	return f
}

// Match reports whether a container passes.
func (f *ContainerFilter) Match(c *ContainerRow) bool {
	if f == nil {
		return true
	}
	frozen := ""
	if c.Sample.Frozen {
		frozen = "frozen"
	}
	if c.Stopped != nil {
		frozen = c.State()
	}
	all := strings.ToLower(strings.Join([]string{c.Label().Raw(), c.ID.Raw(), string(c.Runtime), c.Info.Image.Raw(),
		c.Info.Pod.Namespace.Raw(), c.Usage.Pod().Raw(), c.Project().Raw(), string(appendInt(nil, c.PID)), frozen}, "\x00"))
	return f.words.pass(all)
}

// MatchWords reports whether what has these names passes.
func (f *ContainerFilter) MatchWords(names ...string) bool {
	return f == nil || f.words.pass(strings.ToLower(strings.Join(names, "\x00")))
}

// reading is a number to sort by: what is not known is less than nothing.
func reading(r cgroupview.Reading) float64 {
	if r.Err != nil {
		return math.Inf(-1)
	}
	return float64(r.Value)
}

// MemoryShare is how much of its limit a container uses, 0 to 1; false without a limit, or where one of the two is not
// known.
func (c *ContainerRow) MemoryShare() (float64, bool) {
	l := c.Sample.MemoryLimit
	if l.Err != nil || l.Unlimited || l.Value == 0 || c.Sample.Memory.Err != nil {
		return 0, false
	}
	return float64(c.Sample.Memory.Value) / float64(l.Value), true
}

// CPUShare is how much of its processor quota a container uses, 0 to 1; false without a quota, or where one of the two
// is not known.
func (c *ContainerRow) CPUShare() (float64, bool) {
	l := c.Sample.CPULimit
	if l.Err != nil || l.Unlimited || l.Value == 0 || !c.HasCPU {
		return 0, false
	}
	return c.CPU * 10 / float64(l.Value), true // percent of one processor, and thousandths of one
}
