package main

import (
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

// whichObject is what `bones which` prints in JSON.
type whichObject struct {
	PID       int               `json:"pid"`
	PIDInside *int              `json:"pid_inside"`
	Comm      text.Text         `json:"comm"`
	Kind      string            `json:"kind"` // container, sandbox, pod, conmon, service, scope, session, none
	Container *whichContainer   `json:"container"`
	Chain     []whichEntry      `json:"chain"` // innermost last
	Errors    map[string]string `json:"errors"`
}

type whichContainer struct {
	ID       text.Text            `json:"id"`
	Runtime  *string              `json:"runtime"`
	Name     *text.Text           `json:"name"`
	Image    *text.Text           `json:"image"`
	Labels   map[string]text.Text `json:"labels"`
	Pod      *podObject           `json:"pod"`
	PID      int                  `json:"pid"` // that backs it
	Evidence []string             `json:"evidence"`
}

type podObject struct {
	UID       *text.Text `json:"uid"`
	Name      *text.Text `json:"name"`
	Namespace *text.Text `json:"namespace"`
}

type whichEntry struct {
	Kind    string     `json:"kind"`
	Runtime *string    `json:"runtime"`
	ID      *text.Text `json:"id"`
	Name    *text.Text `json:"name"`
	PodUID  *text.Text `json:"pod_uid"`
	Unit    *text.Text `json:"unit"`
	Group   *text.Text `json:"group"`
}

// orNull is nil for text that is not known.
func orNull(t text.Text) *text.Text {
	if t.Len() == 0 {
		return nil
	}
	return &t
}

func runtimeOrNull(r container.Runtime) *string {
	if r == container.Unknown {
		return nil
	}
	s := string(r)
	return &s
}

// newPodObject returns null for a container in no pod.
func newPodObject(p container.PodInfo) *podObject {
	if p == (container.PodInfo{}) {
		return nil
	}
	return &podObject{orNull(p.UID), orNull(p.Name), orNull(p.Namespace)}
}

func newWhichObject(x *inventory.Inventory, p *procwalk.Process) whichObject {
	chain := x.Chain(p)
	o := whichObject{PID: p.PID, Comm: p.Comm, Kind: chain.Innermost().Kind.String(), Chain: []whichEntry{}, Errors: map[string]string{}}
	if n := inventory.InsidePID(p); n > 0 {
		o.PIDInside = &n
	} else {
		o.Errors["pid_inside"] = "status could not be read"
		if p.Status != nil && p.Status.Err != nil {
			o.Errors["pid_inside"] = text.Line(p.Status.Err.Error())
		}
	}
	if err := p.Cgroups.Err; err != nil {
		o.Errors["chain"] = text.Line(err.Error())
	}
	for i, e := range chain {
		w := whichEntry{Kind: e.Kind.String(), Runtime: runtimeOrNull(e.Runtime), ID: orNull(e.ID), PodUID: orNull(e.PodUID),
			Unit: orNull(e.Unit), Group: orNull(e.Group)}
		if known := x.ChainEntry(p, i); known != nil {
			w.Name, w.Runtime = orNull(known.Name), runtimeOrNull(known.Runtime)
		}
		o.Chain = append(o.Chain, w)
	}
	c, ok := x.Of(p)
	if !ok {
		return o
	}
	o.Container = &whichContainer{ID: c.ID, Runtime: runtimeOrNull(c.Runtime), Name: orNull(c.Name), Image: orNull(c.Info.Image),
		Pod: newPodObject(c.Info.Pod), PID: c.PID, Labels: map[string]text.Text{}, Evidence: c.Evidence()}
	for _, l := range c.Info.Labels {
		o.Container.Labels[strings.ToValidUTF8(l.Key.Raw(), "\uFFFD")] = l.Value
	}
	for i, err := range c.Info.Errors {
		o.Errors["container."+strconv.Itoa(i)] = text.Line(err.Error())
	}
	return o
}
