package listing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/procwalk/nearest"
	"bones/procwalk/text"
)

// orders are what containers can be sorted by. What is not known of a container comes last, whichever way.
var orders = []struct {
	name    string
	greater bool // the greatest comes first, unless it is asked for the other way round
	number  func(*Container) (float64, bool)
	word    func(*Container) string
}{
	{name: "name", word: func(c *Container) string { return c.Label().Raw() }},
	{name: "pid", number: func(c *Container) (float64, bool) { return float64(c.PID), true }},
	{name: "procs", greater: true, number: func(c *Container) (float64, bool) { return float64(len(c.PIDs)), true }},
	{name: "cpu", greater: true, number: func(c *Container) (float64, bool) { return c.CPU, c.HasCPU }},
	{name: "memory", greater: true, number: func(c *Container) (float64, bool) { return reading(c.Sample.Memory) }},
	{name: "pids", greater: true, number: func(c *Container) (float64, bool) { return reading(c.Sample.PIDs) }},
	{name: "read", greater: true, number: func(c *Container) (float64, bool) { return reading(c.Sample.ReadBytes) }},
	{name: "write", greater: true, number: func(c *Container) (float64, bool) { return reading(c.Sample.WriteBytes) }},
	{name: "net", greater: true, number: func(c *Container) (float64, bool) {
		if c.Net.Counters == nil {
			return 0, false
		}
		rx, tx := c.Net.Counters.Total()
		return float64(rx + tx), true
	}},
	{name: "runtime", word: func(c *Container) string { return string(c.Runtime) }},
	{name: "image", word: func(c *Container) string { return c.Info.Image.Raw() }},
}

func reading(r cgroupview.Reading) (float64, bool) { return float64(r.Value), r.Err == nil }

// alike are other names for an order: those of the heads of the tables, and of other tools.
var alike = map[string]string{"mem": "memory", "%cpu": "cpu", "cpu%": "cpu", "processes": "procs", "%mem": "memory",
	"mem%": "memory"}

// SortNames are the names that Sort takes.
func SortNames() []string {
	var names []string
	for _, o := range orders {
		names = append(names, o.name)
	}
	return names
}

// CheckSort says what is wrong with the name of an order, "" is that of the table.
func CheckSort(by string) error {
	if by == "" || orderOf(by) >= 0 {
		return nil
	}
	hint := ""
	if near := nearest.Words(strings.TrimLeft(by, "+-"), SortNames()); len(near) > 0 {
		hint = "did you mean " + near[0] + "? "
	}
	return fmt.Errorf("--sort %q: %sthere are %s, with a - in front for the other way round", text.New(by), hint,
		strings.Join(SortNames(), ", "))
}

// SortName is the name of an order as SortNames has it, for one that CheckSort takes.
func SortName(by string) string {
	name := strings.ToLower(strings.TrimLeft(by, "+-"))
	if own, ok := alike[name]; ok {
		return own
	}
	return name
}

func orderOf(by string) int {
	name := SortName(by)
	for i := range orders {
		if orders[i].name == name {
			return i
		}
	}
	return -1
}

// Sort sorts containers by an order that CheckSort has passed: numbers with the greatest first, names and PIDs
// ascending, with a - in front the other way round.
func Sort(list []Container, by string) {
	at := orderOf(by)
	if by == "" || at < 0 {
		return
	}
	o := orders[at]
	turn := 1
	if o.greater != strings.HasPrefix(by, "-") {
		turn = -1
	}
	slices.SortStableFunc(list, func(a, b Container) int {
		if o.word != nil {
			return turn * cmp.Compare(o.word(&a), o.word(&b))
		}
		x, known := o.number(&a)
		y, too := o.number(&b)
		switch {
		case known && too:
			return turn * cmp.Compare(x, y)
		case known:
			return -1
		case too:
			return 1
		}
		return 0
	})
}
