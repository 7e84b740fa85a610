package cgroupview

// Counters are what the kernel has counted of a container's groups since they were made.
type Counters struct {
	// OOMKills is how many processes were killed because memory ran out. With version 1 those of the container's own
	// groups count, with version 2 those below as well. Since Linux 4.13.
	OOMKills Reading
	// Throttled is in how many periods the quota of the container's own groups was used up.
	Throttled Reading
}

// counters reads them.
func (r *reader) counters(g Groups) *Counters {
	c := &Counters{OOMKills: Reading{Err: ErrUnsupported}, Throttled: Reading{Err: ErrUnsupported}}
	add := func(to *Reading, n Reading) {
		if n.Err != nil {
			return
		}
		to.Value, to.Err = to.Value+n.Value, nil
	}
	take := func(x *Group, inner bool) {
		if x.Hierarchy.Has("memory") && (!inner || x.Hierarchy.Version == 1) {
			add(&c.OOMKills, r.keyed(x, pick(x, "memory.oom_control", "memory.events"), "oom_kill"))
		}
		if x.Hierarchy.Has("cpu") {
			add(&c.Throttled, r.keyed(x, "cpu.stat", "nr_throttled"))
		}
	}
	for _, x := range g.List {
		take(x, false)
	}
	for _, x := range g.Inner {
		take(x, true)
	}
	return c
}
