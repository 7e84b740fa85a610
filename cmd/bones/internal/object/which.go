package object

import (
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Which is what `bones which --json` prints for each PID.
type Which struct {
	PID       int               `json:"pid"`
	PIDInside *int              `json:"pid_inside"`
	Comm      text.Text         `json:"comm"`
	Kind      string            `json:"kind"`  // container, sandbox, pod, conmon, service, scope, session, none
	Role      *string           `json:"role"`  // what it is to an engine beside any container; null as a rule
	Guest     bool              `json:"guest"` // in the container's pid namespace and in none of its control groups
	Container *WhichContainer   `json:"container"`
	Machine   *Guest            `json:"machine"` // the virtual machine that the process is; null: none
	Chain     []ChainEntry      `json:"chain"`   // innermost last
	Errors    map[string]string `json:"errors"`
}

// WhichContainer is the innermost container of a process.
type WhichContainer struct {
	ID       text.Text            `json:"id"`
	Runtime  *string              `json:"runtime"`
	Name     *text.Text           `json:"name"`
	Image    *text.Text           `json:"image"`
	Labels   map[string]text.Text `json:"labels"`
	Pod      *Pod                 `json:"pod"`
	PID      int                  `json:"pid"` // that backs it
	Evidence []string             `json:"evidence"`
}

// Pod is the Kubernetes pod that a container belongs to.
type Pod struct {
	UID       *text.Text `json:"uid"`
	Name      *text.Text `json:"name"`
	Namespace *text.Text `json:"namespace"`
}

// ChainEntry is one of the things a process is in: a container, a pod, a service.
type ChainEntry struct {
	Kind    string     `json:"kind"`
	Runtime *string    `json:"runtime"`
	ID      *text.Text `json:"id"`
	Name    *text.Text `json:"name"`
	PodUID  *text.Text `json:"pod_uid"`
	Unit    *text.Text `json:"unit"`
	Group   *text.Text `json:"group"`
}

func runtimeOrNull(r container.Runtime) *string {
	if r == container.Unknown {
		return nil
	}
	s := string(r)
	return &s
}

// newPod returns null for a container in no pod.
func newPod(p container.PodInfo) *Pod {
	if p == (container.PodInfo{}) {
		return nil
	}
	return &Pod{OrNull(p.UID), OrNull(p.Name), OrNull(p.Namespace)}
}

// NewWhich makes the object of what a process belongs to. The process must be of the inventory's snapshot.
func NewWhich(x *inventory.Inventory, p *procwalk.Process) Which {
	chain := x.Chain(p)
	o := Which{PID: p.PID, Comm: p.Comm, Kind: chain.Innermost().Kind.String(), Chain: []ChainEntry{},
		Errors: map[string]string{}}
	o.Guest = x.Guest(p)
	if role := x.Role(p); role != "" {
		o.Role = &role
	}
	if o.PIDInside = PIDInside(p); o.PIDInside == nil {
		o.Errors["pid_inside"] = "status could not be read"
		if p.Status != nil && p.Status.Err != nil {
			o.Errors["pid_inside"] = fault.Line(p.Status.Err)
		}
	}
	if err := p.Cgroups.Err; err != nil {
		o.Errors["chain"] = fault.Line(err)
	}
	for i, e := range chain {
		w := ChainEntry{Kind: e.Kind.String(), Runtime: runtimeOrNull(e.Runtime), ID: OrNull(e.ID), PodUID: OrNull(e.PodUID),
			Unit: OrNull(e.Unit), Group: OrNull(e.Group)}
		if known := x.ChainEntry(p, i); known != nil {
			w.Name, w.Runtime = OrNull(known.Name), runtimeOrNull(known.Runtime)
		}
		o.Chain = append(o.Chain, w)
	}
	c, ok := x.Of(p)
	if !ok {
		return o
	}
	o.Container = &WhichContainer{ID: c.ID, Runtime: runtimeOrNull(c.Runtime), Name: OrNull(c.Name),
		Image: OrNull(c.Info.Image),
		Pod:   newPod(c.Info.Pod), PID: c.PID, Labels: map[string]text.Text{}, Evidence: c.Evidence()}
	for _, l := range c.Info.Labels {
		o.Container.Labels[strings.ToValidUTF8(l.Key.Raw(), "\uFFFD")] = l.Value
	}
	for i, err := range c.Info.Errors {
		o.Errors["container."+strconv.Itoa(i)] = fault.Line(err)
	}
	return o
}
