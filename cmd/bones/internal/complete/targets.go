package complete

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"

	"github.com/spf13/cobra"
)

// completeTarget offers containers by name, or by id once two digits of one are typed; processes by PID; and control
// groups one level at a time; and namespaces, once one is begun, where the command takes them.
func (r *resolver) completeTarget(ctx context.Context, c *cobra.Command, _ []string, word string) []candidate {
	if slices.Contains(takeNamespaces, c.Name()) && beginsNamespace(word) {
		return r.namespaces(ctx, c, word)
	}
	if path, ok := strings.CutPrefix(word, "cgroup:"); ok || strings.HasPrefix(word, "/") {
		return r.completeGroup(path, word[:len(word)-len(path)])
	}
	switch {
	case strings.HasPrefix(word, "pid:"):
		s, err := r.snapshot(ctx)
		if err != nil {
			return nil
		}
		return processCandidates(s, "pid:")
	case strings.HasPrefix(word, "service:"):
		s, _, err := r.Finder().Containers(ctx)
		if err != nil {
			return nil
		}
		return serviceCandidates(s)
	}
	x, err := r.Finder().Listed(ctx)
	if err != nil {
		return nil
	}
	list := append(append(containerCandidates(x, word), podCandidates(x, word)...), candidate{"self", "bones itself"},
		candidate{"name:", "a container by its name"}, candidate{"id:", "a container by the beginning of its id"},
		candidate{"pid:", "a process"}, candidate{"pod:", "a container of a pod"},
		candidate{"service:", "a service or slice of systemd's"},
		candidate{"cgroup:", "a control group, as /proc/PID/cgroup has it"})
	if slices.Contains(takeNamespaces, c.Name()) {
		list = append(list, candidate{"ns:", "a namespace by its inode"},
			candidate{"netns:", "a network namespace of ip netns"})
	}
	if word != "" && (word[0] < '0' || word[0] > '9') {
		return list // no PID begins so
	}
	s, err := r.snapshot(ctx)
	if err != nil {
		return list
	}
	return append(list, processCandidates(s, "")...)
}

// containerCandidates are the words for the containers. What could be two things is offered with what decides.
func containerCandidates(x *inventory.Inventory, word string) []candidate {
	count := map[string]int{}
	for _, e := range x.List {
		count[e.Name.Raw()]++
	}
	var list []candidate
	for _, e := range x.List {
		if e.Sandbox() {
			continue
		}
		name, id := e.Name.Raw(), e.ID.Raw()
		does := strings.Join(strings.Fields(fmt.Sprintf("%s %s PID %d", cmp.Or(string(e.Runtime), "container"),
			e.Info.Image.Raw(), e.PID)), " ")
		rest, prefixed := strings.CutPrefix(word, "id:")
		short := inventory.ShortID(e.ID).Raw()
		byID := id != "" && id != name && (prefixed || len(rest) >= 2) && strings.HasPrefix(id, rest)
		if byID {
			if len(rest) > len(short) || !prefixed && !inventory.BareID(short) {
				short = id
			}
			byID = prefixed || inventory.BareID(short) // digits alone are a PID
		}
		if byID {
			list = append(list, candidate{word[:len(word)-len(rest)] + short, does + " " + name})
		}
		switch {
		case (name == "" || count[name] > 1) && byID:
		case name == "" || count[name] > 1:
			list = append(list, candidate{"id:" + short, does})
		case strings.HasPrefix(word, "name:") || ambiguousName(name):
			list = append(list, candidate{"name:" + name, does})
		default:
			list = append(list, candidate{name, does})
		}
	}
	return list
}

// podCandidates are the words for pods, and once one is typed for the containers in it.
func podCandidates(x *inventory.Inventory, word string) []candidate {
	prefix := ""
	if strings.HasPrefix(word, "pod:") {
		prefix = "pod:"
	}
	var list []candidate
	count := map[string]int{}
	for _, c := range x.List {
		if c.Info.Pod.Name.Len() > 0 {
			count[c.Pod().Raw()]++
		}
	}
	for _, c := range x.List {
		pod := c.Pod().Raw()
		switch n := count[pod]; {
		case n > 0: // the first of its containers
			list = append(list, candidate{prefix + pod, "pod of " + containersCount(n)})
			count[pod] = -n
			fallthrough
		case n < 0 && strings.HasPrefix(word, prefix+pod+"/"):
			if strings.HasPrefix(word, prefix+pod+"/") && c.PodTarget() != "" {
				list = append(list, candidate{prefix + c.PodTarget(), fmt.Sprintf("container of the pod, PID %d", c.PID)})
			}
		}
	}
	return list
}

// serviceCandidates are the words for the services and slices that processes are in.
func serviceCandidates(s *procwalk.Snapshot) []candidate {
	var list []candidate
	for _, c := range inventory.Units(s) {
		list = append(list, candidate{"service:" + strings.TrimSuffix(c.Name.Raw(), ".service"),
			fmt.Sprintf("%s, PID %d", c.Chain.Innermost().Kind, c.PID)})
	}
	return list
}

func containersCount(n int) string {
	if n == 1 {
		return "1 container"
	}
	return strconv.Itoa(n) + " containers"
}

// ambiguousName reports whether a name alone would be taken for something else.
func ambiguousName(name string) bool {
	return !inventory.BareName(name) || strings.ContainsAny(name, ":/")
}

// processCandidates are the processes that programs run in, by PID.
func processCandidates(s *procwalk.Snapshot, prefix string) []candidate {
	var list []candidate
	for i := range s.Processes {
		if p := &s.Processes[i]; !p.KernelThread() {
			list = append(list, candidate{prefix + strconv.Itoa(p.PID), p.Comm.Raw()})
		}
	}
	return list
}

func (r *resolver) completePID(ctx context.Context, _ *cobra.Command, _ []string, _ string) []candidate {
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil
	}
	return append(processCandidates(s, ""), candidate{"self", "bones itself"})
}

// snapshot reads the process table alone.
func (r *resolver) snapshot(ctx context.Context) (*procwalk.Snapshot, error) {
	w, err := r.Finder().Walker()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return w.Snapshot(ctx, procwalk.Request{})
}

// mostGroups is how many groups right below one are looked at. Beyond that nothing is offered, and what was typed is
// for the command to find: a Tab that reads hundreds of thousands of groups would hold up the shell.
const mostGroups = 50_000

// completeGroup offers the groups right below the one that is typed, of all hierarchies.
func (r *resolver) completeGroup(path, prefix string) []candidate {
	h, err := r.Finder().CgroupHost()
	if err != nil {
		return nil
	}
	path = "/" + strings.TrimLeft(path, "/")
	above := path[:strings.LastIndexByte(path, '/')+1]
	in := map[string]string{}
	deeper := map[string]bool{}
	var order []string
	for _, g := range h.Find(cmp.Or(strings.TrimRight(above, "/"), "/")).List {
		children, _, _ := h.Children(g, mostGroups)
		for _, child := range children {
			name := child.Path.Raw()
			if !strings.HasPrefix(name, path) {
				continue // before they are counted, as everywhere
			}
			if _, ok := in[name]; !ok {
				order = append(order, name)
			}
			in[name] = strings.TrimPrefix(in[name]+" "+g.Hierarchy.String(), " ")
			if below, more, err := h.Children(child, 1); err == nil && (len(below) > 0 || more) {
				deeper[name] = true
			}
		}
	}
	var list []candidate
	for _, name := range order {
		word := prefix + name
		if deeper[name] {
			word += "/"
		}
		list = append(list, candidate{word, in[name]})
	}
	return list
}

// groupsForCompletion are the groups that the first argument names.
func (r *resolver) groupsForCompletion(
	ctx context.Context,
	args []string,
) (*cgroupview.FileSystem, *target.GroupTarget) {
	h, err := r.Finder().CgroupHost()
	if err != nil || len(args) == 0 {
		return nil, nil
	}
	t, err := r.Finder().Groups(ctx, h, args[0])
	if err != nil {
		return nil, nil
	}
	return h, t
}
