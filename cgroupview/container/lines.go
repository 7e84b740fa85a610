package container

import (
	"strings"

	"bones/procwalk/cgroupline"
	"bones/procwalk/text"
)

// CgroupLine is a line of /proc/PID/cgroup.
type CgroupLine = cgroupline.Line

// FromLines tells what a process belongs to, from all its lines: with cgroup v1 each hierarchy may say something else,
// and some say nothing. The most specific line wins, and in it the innermost container. The order of the lines does
// not matter.
func FromLines(lines []CgroupLine) Chain {
	var best Chain
	var bestPath string
	var buf [4]ChainEntry
	others := false
	for i := range lines {
		path := clean(lines[i].Path.Raw())
		if path == bestPath || path == "/" || path == "" {
			continue // as a rule all hierarchies agree
		}
		others = others || bestPath != ""
		chain := parsePath(path, buf[:0])
		if bestPath == "" || better(chain, path, best, bestPath) {
			best, bestPath = append(best[:0], chain...), path
		}
	}
	if others {
		complete(best, lines)
	}
	return best
}

// better reports whether chain a says more than b.
func better(a Chain, aPath string, b Chain, bPath string) bool {
	x, y := a.Innermost(), b.Innermost()
	if n, m := a.depth(), b.depth(); n != m {
		return n > m
	}
	if x.Kind != y.Kind {
		// The monitor of a container may be in the container's group in one hierarchy and beside it in another; that
		// of another container than the one that we are in says less than this one.
		if x.ID == y.ID && x.ID.Len() > 0 && (x.Kind == Conmon || y.Kind == Conmon) {
			return x.Kind == Conmon
		}
		return rank(x.Kind) > rank(y.Kind)
	}
	if n, m := x.known(), y.known(); n != m {
		return n > m
	}
	if n, m := strings.Count(aPath, "/"), strings.Count(bPath, "/"); n != m {
		return n > m
	}
	return aPath < bPath
}

// depth is how many containers, pods and monitors are in the chain: what is in a service is not deeper than what is
// not.
func (c Chain) depth() int {
	n := len(c)
	if n > 0 && rank(c[n-1].Kind) < rank(Pod) {
		n--
	}
	return n
}

// rank orders kinds by how specific they are.
func rank(k EntryKind) int {
	switch k {
	case Container:
		return 6
	case Conmon:
		return 5
	case Pod:
		return 4
	case Session:
		return 3
	case Service:
		return 2
	case Scope:
		return 1
	}
	return 0
}

// known is how much is known beside the kind.
func (e ChainEntry) known() int {
	n := 0
	if e.Runtime != Unknown && e.Runtime != CRI {
		n += 4
	} else if e.Runtime == CRI {
		n += 2
	}
	if e.PodUID.Len() > 0 {
		n++
	}
	return n
}

// complete adds to the innermost entry what other lines know about the same container.
func complete(best Chain, lines []CgroupLine) {
	if len(best) == 0 {
		return
	}
	e := &best[len(best)-1]
	id := e.ID
	runtime, pod := e.Runtime, e.PodUID
	if id.Len() == 0 || runtime != Unknown && runtime != CRI && pod.Len() > 0 {
		return
	}
	var buf [4]ChainEntry
	for i := range lines {
		x := parsePath(clean(lines[i].Path.Raw()), buf[:0]).Innermost()
		if x.ID != id || x.Kind != e.Kind {
			continue
		}
		if more := (ChainEntry{Runtime: x.Runtime}).known() - (ChainEntry{Runtime: runtime}).known(); more > 0 ||
			more == 0 &&
				x.Runtime < runtime {
			if e.Runtime == Unknown || e.Runtime == CRI {
				runtime = x.Runtime
			}
		}
		if e.PodUID.Len() == 0 && x.PodUID.Len() > 0 && (pod.Len() == 0 || x.PodUID.Raw() < pod.Raw()) {
			pod = x.PodUID
		}
	}
	e.Runtime, e.PodUID = runtime, pod
}

// GroupIn returns the path of the entry's own group in another hierarchy than the one that told about it: what a
// command acts on that means the container, and not only the group of one of its processes.
func (e ChainEntry) GroupIn(l CgroupLine) (text.Text, bool) {
	var buf [4]ChainEntry
	for _, x := range parsePath(clean(l.Path.Raw()), buf[:0]) {
		if x.ID == e.ID && x.Kind == e.Kind && (x.PodUID == e.PodUID || e.ID.Len() > 0) && (e.Unit == x.Unit ||
			e.ID.Len() > 0) {
			return x.Group, true
		}
	}
	return text.Text{}, false
}

// GroupIn is ChainEntry.GroupIn for the innermost entry of a chain. Where a container has another one of its own name
// inside, each keeps to its own group.
func (c Chain) GroupIn(l CgroupLine) (text.Text, bool) {
	in := c.Innermost()
	outer := 0
	for _, e := range c[:max(len(c)-1, 0)] {
		if e.ID == in.ID && e.Kind == in.Kind {
			outer++
		}
	}
	if outer == 0 || in.ID.Len() == 0 {
		return in.GroupIn(l)
	}
	var buf [4]ChainEntry
	for _, x := range parsePath(clean(l.Path.Raw()), buf[:0]) {
		if x.ID != in.ID || x.Kind != in.Kind {
			continue
		}
		if outer--; outer < 0 {
			return x.Group, true
		}
	}
	return text.Text{}, false
}

// OutsideNamespace reports whether a path leads out of the cgroup namespace that bones reads it in. It says who a
// process is, but not where its directory is.
func OutsideNamespace(path text.Text) bool {
	return path.Raw() == "/.." || strings.HasPrefix(path.Raw(), "/../")
}
