package inventory

import (
	"strings"

	"bones/procwalk/text"
)

// podPause is what Kubernetes calls the container that holds a pod's namespaces, and bones calls it too.
const (
	podPause = "POD"
	pause    = "pause"

	pauseLabel = pause + ":" // and the name of the pod: see Container.Label
)

// Pause reports whether a container does nothing but hold the namespaces of its pod.
func (e *Container) Pause() bool {
	return e.Name.Raw() == podPause && (e.Info.Pod.Name.Len() > 0 || e.Info.Pod.UID.Len() > 0)
}

// Pod is the pod that a container is in, as a TARGET names it: NAMESPACE/NAME, or NAME where there are no namespaces;
// the pod's UID where the name is not known. Empty: in none.
func (e *Container) Pod() text.Text {
	switch pod := e.Info.Pod; {
	case pod.Name.Len() == 0:
		return pod.UID
	case pod.Namespace.Len() == 0:
		return pod.Name
	default:
		return text.New(pod.Namespace.Raw() + "/" + pod.Name.Raw())
	}
}

// PodTarget is the TARGET that means this container of its pod: NAMESPACE/POD/CONTAINER. Empty: it is in no pod whose
// name is known.
func (e *Container) PodTarget() string {
	name := e.Name.Raw()
	if e.Info.Pod.Name.Len() == 0 || name == "" {
		return ""
	}
	if e.Pause() {
		name = pause
	}
	return e.Pod().Raw() + "/" + name
}

// Project is the compose project that a container belongs to, by its labels; empty: to none.
//
// Source: docker compose, pkg/api/labels.go; podman-compose.
func (e *Container) Project() text.Text {
	for _, l := range e.Info.Labels {
		if key := l.Key.Raw(); key == "com.docker.compose.project" || key == "io.podman.compose.project" {
			return l.Value
		}
	}
	return text.Text{}
}

// Slice is the directory of control groups that a container's own group stands in: the innermost slice of systemd
// around it, else the group right above it. Empty for a sandbox.
func (e *Container) Slice() text.Text {
	group := e.Chain.Innermost().Group.Raw()
	at := strings.LastIndexByte(group, '/')
	if at < 0 {
		return text.Text{}
	}
	above := group[:at]
	if i := strings.LastIndex(above+"/", ".slice/"); i >= 0 {
		above = above[:i+len(".slice")]
		return text.New(above[strings.LastIndexByte(above, '/')+1:])
	}
	if above == "" {
		above = "/"
	}
	return text.New(above)
}

// inPod reports whether a word names the pod that a container is in, or the container in its pod; whole says that the
// word names the container and not only the pod.
func (e *Container) inPod(word string) (in, whole bool) {
	pod := e.Info.Pod
	if pod.Name.Len() == 0 && pod.UID.Len() == 0 {
		return false, false
	}
	named := func(name string) bool {
		return e.Name.Len() > 0 && name == e.Name.Raw() || e.Pause() && name == pause
	}
	for _, p := range []string{e.Pod().Raw(), pod.Name.Raw(), pod.UID.Raw()} {
		switch rest, ok := strings.CutPrefix(word, p); {
		case p == "" || !ok:
		case rest == "":
			return true, false
		case rest[0] == '/' && named(rest[1:]):
			return true, true
		}
	}
	return false, false
}

// podWith returns the containers of the pod that a word names, those that do nothing but hold its namespaces last. Of
// a word that names one of its containers it is that one.
func (x *Inventory) podWith(word string) []*Container {
	var all, pauses []*Container
	for _, c := range x.List {
		switch in, _ := c.inPod(word); {
		case in && c.Pause():
			pauses = append(pauses, c)
		case in:
			all = append(all, c)
		}
	}
	return append(all, pauses...)
}

// isPodOf reports whether a word names the pod that a container is in: for who wants one container, one that does the
// pod's work, and only where there is none the one that holds its namespaces.
func (x *Inventory) isPodOf(word string) func(*Container) bool {
	all := x.podWith(word)
	if len(all) > 0 && !all[0].Pause() {
		for len(all) > 0 && all[len(all)-1].Pause() {
			all = all[:len(all)-1]
		}
	}
	return func(c *Container) bool {
		for _, p := range all {
			if p == c {
				return true
			}
		}
		return false
	}
}
