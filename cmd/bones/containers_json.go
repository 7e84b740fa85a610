package main

import (
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// containerObject is a container in JSON. Unknown is null, with the reason under errors.
type containerObject struct {
	ID             *text.Text           `json:"id"` // null for a sandbox
	Runtime        *string              `json:"runtime"`
	Name           *text.Text           `json:"name"`
	Image          *text.Text           `json:"image"`
	Pod            *podObject           `json:"pod"`
	PID            int                  `json:"pid"`
	PIDs           []int                `json:"pids"`
	NS             map[string]uint64    `json:"ns"`
	SharedWithHost []string             `json:"shared_with_host"`
	Cgroups        []psfmt.CgroupObject `json:"cgroups"`
	Memory         memoryObject         `json:"memory"`
	CPUPercent     *float64             `json:"cpu_percent"`
	PIDsCurrent    *uint64              `json:"pids_current"`
	PIDsLimit      *uint64              `json:"pids_limit"` // null without an error: none
	ReadBytes      *uint64              `json:"read_bytes"`
	WriteBytes     *uint64              `json:"write_bytes"`
	NetRxBytes     *uint64              `json:"net_rx_bytes"` // by stats alone
	NetTxBytes     *uint64              `json:"net_tx_bytes"`
	Frozen         *bool                `json:"frozen"`
	Errors         map[string]string    `json:"errors"`
}

type memoryObject struct {
	UsageBytes *uint64    `json:"usage_bytes"` // without the inactive page cache
	LimitBytes *uint64    `json:"limit_bytes"` // null without an error: none
	LimitFrom  *text.Text `json:"limit_from"`  // the directory of the group whose limit it is
}

func (a *app) containersJSON(s *procwalk.Snapshot, list []usedContainer) error {
	host := inventory.HostNamespaces(s)
	return writeArray(a.out, func(yield func(any) bool) {
		for i := range list {
			if !yield(list[i].object(host)) {
				return
			}
		}
	})
}

func (u *usedContainer) object(host [procwalk.NSTypes]uint64) *containerObject {
	o := &containerObject{ID: orNull(u.ID), Runtime: runtimeOrNull(u.Runtime), Name: orNull(u.Name), Image: orNull(u.Info.Image), PID: u.PID,
		PIDs: u.PIDs, NS: map[string]uint64{}, SharedWithHost: []string{}, Cgroups: []psfmt.CgroupObject{}, Errors: map[string]string{}}
	if pod := u.Info.Pod; pod.UID.Len() > 0 || pod.Name.Len() > 0 {
		o.Pod = &podObject{UID: orNull(pod.UID), Name: orNull(pod.Name), Namespace: orNull(pod.Namespace)}
	}
	for t := range procwalk.NSTypes {
		if u.process.NS == nil || u.process.NS.Inode[t] == 0 {
			o.Errors["ns."+t.String()] = "not readable"
			continue
		}
		o.NS[t.String()] = u.process.NS.Inode[t]
		if u.process.NS.Inode[t] == host[t] {
			o.SharedWithHost = append(o.SharedWithHost, t.String())
		}
	}
	for _, g := range u.groups.List {
		o.Cgroups = append(o.Cgroups, cgroupObject(g))
	}
	for _, e := range u.groups.Errors {
		o.Errors["cgroups."+e.Line.Controllers.Raw()] = text.Line(e.Err.Error())
	}
	number := func(name string, r cgroupview.Reading) *uint64 {
		if r.Err != nil {
			o.Errors[name] = text.Line(r.Err.Error())
			return nil
		}
		return &r.Value
	}
	limit := func(name string, l cgroupview.Limit) *uint64 {
		switch {
		case l.Err != nil:
			o.Errors[name] = text.Line(l.Err.Error())
		case !l.Unlimited:
			return &l.Value
		}
		return nil
	}
	if u.sample.Time.IsZero() {
		o.Errors["memory"] = cgroupview.ErrNoHierarchies.Error()
		return o
	}
	m := u.sample.MemoryLimit
	o.Memory.UsageBytes, o.Memory.LimitBytes = number("memory.usage_bytes", u.sample.Memory), limit("memory.limit_bytes", m)
	if m.From != nil {
		o.Memory.LimitFrom = &m.From.Dir
	}
	o.PIDsCurrent, o.PIDsLimit = number("pids_current", u.sample.PIDs), limit("pids_limit", u.sample.PIDsLimit)
	o.ReadBytes, o.WriteBytes = number("read_bytes", u.sample.ReadBytes), number("write_bytes", u.sample.WriteBytes)
	if u.hasCPU {
		o.CPUPercent = &u.cpu
	} else {
		o.Errors["cpu_percent"] = "there is no earlier reading to compare with"
		if u.sample.CPU.Err != nil {
			o.Errors["cpu_percent"] = text.Line(u.sample.CPU.Err.Error())
		}
	}
	if u.net != nil {
		rx, tx := u.net.Total()
		o.NetRxBytes, o.NetTxBytes = &rx, &tx
	} else if u.netErr != nil {
		o.Errors["net"] = text.Line(u.netErr.Error())
	}
	if u.sample.FrozenErr == nil {
		o.Frozen = &u.sample.Frozen
	} else {
		o.Errors["frozen"] = text.Line(u.sample.FrozenErr.Error())
	}
	return o
}

func cgroupObject(g *cgroupview.Group) psfmt.CgroupObject {
	o := psfmt.CgroupObject{Version: g.Hierarchy.Version, Controllers: []text.Text{}, Path: g.Path}
	if o.Version == 1 {
		for name := range strings.SplitSeq(g.Hierarchy.String(), ",") {
			o.Controllers = append(o.Controllers, text.New(name))
		}
	} else {
		for _, name := range g.Hierarchy.Controllers {
			o.Controllers = append(o.Controllers, text.New(name))
		}
	}
	return o
}
