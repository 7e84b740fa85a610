package object

import (
	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Container is a container in JSON. Unknown is null, with the reason under errors.
type Container struct {
	Kind           string            `json:"kind"` // container, sandbox; --services: service, slice; --machines: vm
	ID             *text.Text        `json:"id"`   // null for a sandbox, a service and a slice
	Runtime        *string           `json:"runtime"`
	Name           *text.Text        `json:"name"`
	Image          *text.Text        `json:"image"`
	Pod            *Pod              `json:"pod"`
	PID            int               `json:"pid"`
	PIDs           []int             `json:"pids"` // stats of one TARGET does not look for those that only visit it
	NS             map[string]uint64 `json:"ns"`
	SharedWithHost []string          `json:"shared_with_host"`
	Cgroups        []Cgroup          `json:"cgroups"`
	Memory         Memory            `json:"memory"`
	CPUPercent     *float64          `json:"cpu_percent"`
	PIDsCurrent    *uint64           `json:"pids_current"`
	PIDsLimit      *uint64           `json:"pids_limit"` // null without an error: none
	PIDsLimitFrom  *text.Text        `json:"pids_limit_from"`
	CPULimit       *float64          `json:"cpu_limit"` // processors; null without an error: none
	CPULimitFrom   *text.Text        `json:"cpu_limit_from"`
	ReadBytes      *uint64           `json:"read_bytes"`
	WriteBytes     *uint64           `json:"write_bytes"`
	NetRxBytes     *uint64           `json:"net_rx_bytes"` // by stats alone
	NetTxBytes     *uint64           `json:"net_tx_bytes"`
	Frozen         *bool             `json:"frozen"`
	Machine        *Guest            `json:"machine"` // by containers --machines alone
	Errors         map[string]string `json:"errors"`
}

// Memory is the memory of a container's group.
type Memory struct {
	UsageBytes *uint64    `json:"usage_bytes"` // without the inactive page cache
	LimitBytes *uint64    `json:"limit_bytes"` // null without an error: none
	LimitFrom  *text.Text `json:"limit_from"`  // the directory of the group whose limit it is
	LimitFile  *string    `json:"limit_file"`  // that sets it: memory.max, or memory.high, which slows down only
	SwapLimit  *uint64    `json:"swap_limit_bytes"`
}

// Network is what was received and sent through the network devices of a container.
type Network struct {
	Counters *detail.Net // nil: not read
	Err      error       // why not; nil: nobody asked
}

// NewContainer tells what a container uses. host are the namespaces of the host; cpu is in percent of one processor,
// nil where there is nothing to compare with.
func NewContainer(u *inventory.Usage, host [procwalk.NSTypes]uint64, cpu *float64, net Network) *Container {
	o := &Container{Kind: u.Chain.Innermost().Kind.String(), ID: OrNull(u.ID), Runtime: runtimeOrNull(u.Runtime),
		Name:  OrNull(u.Name),
		Image: OrNull(u.Info.Image), PID: u.PID,
		PIDs: List(u.PIDs), NS: map[string]uint64{}, SharedWithHost: []string{}, Cgroups: []Cgroup{},
		Errors: map[string]string{}}
	if pod := u.Info.Pod; pod.UID.Len() > 0 || pod.Name.Len() > 0 {
		o.Pod = newPod(pod)
	}
	for t := range procwalk.NSTypes {
		if u.Process.NS == nil || u.Process.NS.Inode[t] == 0 {
			o.Errors["ns."+t.String()] = "not readable"
			continue
		}
		o.NS[t.String()] = u.Process.NS.Inode[t]
		if u.Process.NS.Inode[t] == host[t] {
			o.SharedWithHost = append(o.SharedWithHost, t.String())
		}
	}
	for _, g := range u.Groups.List {
		o.Cgroups = append(o.Cgroups, newCgroup(g))
	}
	for _, e := range u.Groups.Errors {
		o.Errors["cgroups."+e.Line.Controllers.String()] = fault.Line(e.Err)
	}
	number := func(name string, r cgroupview.Reading) *uint64 {
		if r.Err != nil {
			o.Errors[name] = fault.Line(r.Err)
			return nil
		}
		return &r.Value
	}
	limit := func(name string, l cgroupview.Limit) *uint64 {
		switch err := l.Known(); {
		case err != nil:
			o.Errors[name] = fault.Line(err)
		case !l.Unlimited:
			return &l.Value
		}
		return nil
	}
	if u.Sample.Time.IsZero() {
		o.Errors["memory"] = cgroupview.ErrNoHierarchies.Error()
		if u.Sample.CPU.Err == nil { // nothing was read
			return o
		}
	}
	m := u.Sample.MemoryLimit
	o.Memory.UsageBytes, o.Memory.LimitBytes = number("memory.usage_bytes", u.Sample.Memory), limit("memory.limit_bytes",
		m)
	o.Memory.LimitFrom, o.PIDsLimitFrom, o.CPULimitFrom = from(m), from(u.Sample.PIDsLimit), from(u.Sample.CPULimit)
	if m.File != "" {
		o.Memory.LimitFile = &m.File
	}
	o.Memory.SwapLimit = limit("memory.swap_limit_bytes", u.Sample.SwapLimit)
	if milli := limit("cpu_limit", u.Sample.CPULimit); milli != nil {
		cpus := float64(*milli) / 1000
		o.CPULimit = &cpus
	}
	o.PIDsCurrent, o.PIDsLimit = number("pids_current", u.Sample.PIDs), limit("pids_limit", u.Sample.PIDsLimit)
	o.ReadBytes, o.WriteBytes = number("read_bytes", u.Sample.ReadBytes), number("write_bytes", u.Sample.WriteBytes)
	if u.Sample.FrozenErr == nil {
		o.Frozen = &u.Sample.Frozen
	} else {
		o.Errors["frozen"] = fault.Line(u.Sample.FrozenErr)
	}
	o.rates(u, cpu, net)
	return o
}

// rates fills in what was not read of the container's group at one moment: what it uses of processors, and its
// network.
func (o *Container) rates(u *inventory.Usage, cpu *float64, net Network) {
	if o.CPUPercent = cpu; cpu == nil {
		o.Errors["cpu_percent"] = "there is no earlier reading to compare with"
		if u.Sample.CPU.Err != nil {
			o.Errors["cpu_percent"] = fault.Line(u.Sample.CPU.Err)
		}
	}
	if net.Counters != nil {
		rx, tx := net.Counters.Total()
		o.NetRxBytes, o.NetTxBytes = &rx, &tx
	} else if net.Err != nil {
		o.Errors["net"] = fault.Line(net.Err)
	}
}

// from is the directory of the group whose limit binds; null where there is none.
func from(l cgroupview.Limit) *text.Text {
	if l.From == nil {
		return nil
	}
	return &l.From.Dir
}
