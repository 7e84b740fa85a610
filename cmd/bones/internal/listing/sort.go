package listing

import (
	"bones/cgroupview"
	"bones/cmd/bones/internal/sortby"
)

// Orders are what containers can be sorted by: numbers with the greatest first, names and PIDs ascending.
var Orders = sortby.Orders[Container]{List: []sortby.Order[Container]{
	{Name: "name", Word: func(c *Container) string { return c.Label().Raw() }},
	{Name: "pid", Number: func(c *Container) (float64, bool) { return float64(c.PID), true }},
	{Name: "procs", Greater: true, Number: func(c *Container) (float64, bool) { return float64(len(c.PIDs)), true }},
	{Name: "cpu", Greater: true, Number: func(c *Container) (float64, bool) { return c.CPU, c.HasCPU }},
	{Name: "memory", Greater: true, Number: func(c *Container) (float64, bool) { return reading(c.Sample.Memory) }},
	{Name: "pids", Greater: true, Number: func(c *Container) (float64, bool) { return reading(c.Sample.PIDs) }},
	{Name: "read", Greater: true, Number: func(c *Container) (float64, bool) { return reading(c.Sample.ReadBytes) }},
	{Name: "write", Greater: true, Number: func(c *Container) (float64, bool) { return reading(c.Sample.WriteBytes) }},
	{Name: "net", Greater: true, Number: func(c *Container) (float64, bool) {
		if c.Net.Counters == nil {
			return 0, false
		}
		rx, tx := c.Net.Counters.Total()
		return float64(rx + tx), true
	}},
	{Name: "runtime", Word: func(c *Container) string { return string(c.Runtime) }},
	{Name: "image", Word: func(c *Container) string { return c.Info.Image.Raw() }},
}, Alike: map[string]string{"mem": "memory", "%cpu": "cpu", "cpu%": "cpu", "processes": "procs", "%mem": "memory",
	"mem%": "memory"}}

func reading(r cgroupview.Reading) (float64, bool) { return float64(r.Value), r.Err == nil }
