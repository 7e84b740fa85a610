package rows

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Container is one container, or a sandbox, with what it uses at one moment.
type Container struct {
	Key      string      // for comparing within one run of bones
	ID       procwalk.ID // the process that backs it
	Why      string      // why that one
	PIDs     []int       // its processes, ascending
	Name     text.Text   // the shortest that names it
	EngineID text.Text   // as the engine knows it; empty for a sandbox
	Runtime  string
	Image    text.Text
	Pod      text.Text
	Chain    container.Chain
	Evidence []string // why bones believes all this; safe to print
	Sandbox  bool     // namespaces of its own, and no engine known
	Groups   cgroupview.Groups
	Sample   cgroupview.Sample
	CPU      float64 // percent of one processor since the sample before
	HasCPU   bool
}

// ContainerList is all containers of one snapshot.
type ContainerList struct {
	Snap       *procwalk.Snapshot
	Containers []Container
	Errors     []error // records of engines that could not be used
}

// ContainerTable is the table of containers as the user has arranged it. It is for one goroutine.
type ContainerTable struct {
	ASCII       bool
	NoSandboxes bool
	Reverse     bool
	sort        *ContainerColumn // nil: by PID
	filter      *ContainerFilter
	list        ContainerList
	shown       []int32
	history     map[string]*History
}

// Set takes a new list, and notes what is used now.
func (t *ContainerTable) Set(list ContainerList) {
	t.list = list
	old := t.history
	t.history = make(map[string]*History, len(list.Containers))
	for i := range list.Containers {
		c := &list.Containers[i]
		h := old[c.Key]
		if h == nil {
			h = &History{}
		}
		t.history[c.Key] = h
		if c.HasCPU {
			h.Add(c.Sample.Time, c.CPU)
		}
	}
	t.Build()
}

// List returns what Set was given.
func (t *ContainerTable) List() ContainerList { return t.list }

// Build makes the rows anew after a change of the arrangement.
func (t *ContainerTable) Build() {
	t.shown = t.shown[:0]
	for i := range t.list.Containers {
		c := &t.list.Containers[i]
		if (!c.Sandbox || !t.NoSandboxes) && t.filter.Match(c) {
			t.shown = append(t.shown, int32(i))
		}
	}
	sign := 1
	if t.Reverse {
		sign = -1
	}
	tie := func(a, b *Container) int {
		return cmp.Or(cmp.Compare(a.ID.PID, b.ID.PID), cmp.Compare(a.Key, b.Key))
	}
	slices.SortFunc(t.shown, func(x, y int32) int {
		a, b := &t.list.Containers[x], &t.list.Containers[y]
		switch {
		case t.sort == nil:
			return sign * tie(a, b)
		case t.sort.str != nil:
			return cmp.Or(sign*cmp.Compare(t.sort.str(a), t.sort.str(b)), tie(a, b))
		}
		return cmp.Or(sign*cmp.Compare(t.sort.num(b), t.sort.num(a)), tie(a, b))
	})
}

// Len is the number of rows, and Row one of them.
func (t *ContainerTable) Len() int { return len(t.shown) }

func (t *ContainerTable) Row(i int) *Container { return &t.list.Containers[t.shown[i]] }

// Find returns the row of a container, -1 if it is not shown.
func (t *ContainerTable) Find(key string) int {
	return slices.IndexFunc(t.shown, func(i int32) bool { return t.list.Containers[i].Key == key })
}

// With returns the row of the innermost container that a process is in: the one with the fewest processes.
func (t *ContainerTable) With(pid int) int {
	best := -1
	for i := range t.shown {
		c := t.Row(i)
		if _, in := slices.BinarySearch(c.PIDs, pid); in && (best < 0 || len(c.PIDs) < len(t.Row(best).PIDs) || len(c.Chain) > len(t.Row(best).Chain)) {
			best = i
		}
	}
	return best
}

// History returns what a container used over the last minutes.
func (t *ContainerTable) History(key string) *History {
	if h := t.history[key]; h != nil {
		return h
	}
	return &History{}
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
	Text       string
	words, not []string
}

// ParseContainerFilter reads a filter; one without a word is nil.
func ParseContainerFilter(s string) *ContainerFilter {
	f := &ContainerFilter{Text: strings.TrimSpace(s)}
	for w := range strings.FieldsSeq(strings.ToLower(s)) {
		switch {
		case w == "!":
		case w[0] == '!':
			f.not = append(f.not, w[1:])
		default:
			f.words = append(f.words, w)
		}
	}
	if len(f.words)+len(f.not) == 0 {
		return nil
	}
	return f
}

// Match reports whether a container passes.
func (f *ContainerFilter) Match(c *Container) bool {
	if f == nil {
		return true
	}
	frozen := ""
	if c.Sample.Frozen {
		frozen = "frozen"
	}
	all := strings.ToLower(strings.Join([]string{c.Name.Raw(), c.EngineID.Raw(), c.Runtime, c.Image.Raw(), c.Pod.Raw(), string(appendInt(nil, c.ID.PID)), frozen}, "\x00"))
	for _, w := range f.words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	for _, w := range f.not {
		if strings.Contains(all, w) {
			return false
		}
	}
	return true
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
func (c *Container) MemoryShare() (float64, bool) {
	l := c.Sample.MemoryLimit
	if l.Err != nil || l.Unlimited || l.Value == 0 || c.Sample.Memory.Err != nil {
		return 0, false
	}
	return float64(c.Sample.Memory.Value) / float64(l.Value), true
}
