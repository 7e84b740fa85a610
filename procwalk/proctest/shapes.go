package proctest

// Chain adds n processes, each the child of the one before; the first is first, a child of PID 0.
func (t *Tree) Chain(first, n int) {
	t.tb.Helper()
	t.Fill(n, func(i int) Proc {
		p := Proc{PID: first + i, PPID: first + i - 1}
		if i == 0 {
			p.PPID = 0
		}
		return p
	})
}

// Cycle adds processes of which each says that the one before is its parent, and the first that the last is: what a
// snapshot may see when PIDs are used again while it is taken.
func (t *Tree) Cycle(pids ...int) {
	t.tb.Helper()
	t.Fill(len(pids), func(i int) Proc {
		return Proc{PID: pids[i], PPID: pids[(i+len(pids)-1)%len(pids)]}
	})
}

// Orphans adds n processes whose parent is not there.
func (t *Tree) Orphans(first, n, parent int) {
	t.tb.Helper()
	t.Fill(n, func(i int) Proc { return Proc{PID: first + i, PPID: parent} })
}

// Host adds n processes that look like a busy host: init and kthreadd, a tenth kernel threads, and the rest in
// families of ten below init, each family in a cgroup, and namespaces, of its own.
func (t *Tree) Host(n int) {
	t.tb.Helper()
	t.Fill(n, func(i int) Proc {
		pid := i + 1
		switch {
		case pid == 1:
			return Proc{PID: 1, Comm: "init", Args: []string{"/sbin/init"}}
		case pid == 2:
			return Proc{PID: 2, Comm: "kthreadd", Kernel: true}
		case pid <= n/10:
			return Proc{PID: pid, PPID: 2, Comm: "kworker/0:1-events", Kernel: true, State: 'I'}
		}
		head := pid - pid%10
		p := Proc{PID: pid, PPID: head, PGRP: head, Session: head, Comm: "worker", Args: []string{"/usr/bin/worker",
			"--serve", "--verbose"}}
		if pid == head || head <= n/10 {
			p.PPID = 1
		}
		ns := uint64(4026540000 + head*8)
		p.NS = map[string]uint64{"mnt": ns, "uts": ns + 1, "ipc": ns + 2, "pid": ns + 3, "net": ns + 4, "cgroup": ns + 5}
		p.CgroupLines = []string{"0::/system.slice/family-" + string(rune('a'+head%26)) + ".service"}
		p.NSpid = []int{pid, pid - head + 1}
		return p
	})
}
