package spec

import (
	"strings"
	"sync"
)

// specs are the interface files that are known: version, name, controller, kind, unit, access, the word for no limit,
// and what it does. Access: r read, w written by the kernel's leave, s by `bones set` as well.
//
// Sources: Documentation/admin-guide/cgroup-v1/*.rst, Documentation/admin-guide/cgroup-v2.rst, and trying.
var specs = sync.OnceValue(func() map[specKey]*Spec { return parseSpecs(tableV1, tableV2) })

type specKey struct {
	version int
	name    string
}

// Of returns what is known about a file; nil if nothing.
func Of(version int, name string) *Spec {
	if s, ok := specs()[specKey{version, name}]; ok {
		return s
	}
	if size, rest, ok := strings.Cut(strings.TrimPrefix(name, "hugetlb."), "."); ok &&
		strings.HasPrefix(name, "hugetlb.") && strings.HasSuffix(size, "B") {
		return specs()[specKey{version, "hugetlb.SIZE." + rest}]
	}
	return nil
}

var kinds = map[string]ValueKind{"raw": Raw, "int": Int, "bytes": Bytes, "us": Micros, "word": Word, "list": List,
	"flat":   FlatKeys,
	"nested": Nested, "dev": PerDev, "quota": Quota, "pids": PIDs, "psi": Pressures, "trigger": Trigger}

// String names the form as the JSON of `bones cgroup` does.
func (k ValueKind) String() string {
	for name, kind := range kinds {
		if kind == k {
			return name
		}
	}
	return "raw"
}

var units = map[string]string{"bytes": "bytes", "us": "µs"}

// parseSpecs reads the tables: NAME CONTROLLER KIND ACCESS UNLIMITED | sentence | why it is not to be set.
func parseSpecs(v1, v2 string) map[specKey]*Spec {
	all := map[specKey]*Spec{}
	for version, table := range map[int]string{1: v1, 2: v2} {
		for line := range strings.Lines(strings.TrimSpace(table)) {
			parts := strings.SplitN(strings.TrimSpace(line), "|", 3)
			f := strings.Fields(parts[0])
			s := &Spec{Name: f[0], Version: version, Controller: f[1], Kind: kinds[f[2]], Unit: units[f[2]],
				Readable: strings.Contains(f[3], "r"), Writable: strings.ContainsAny(f[3], "ws"), Settable: strings.Contains(f[3],
					"s")}
			if len(f) > 4 {
				s.Unlimited = f[4]
			}
			s.Does = strings.TrimSpace(parts[1])
			if len(parts) > 2 {
				s.Why = strings.TrimSpace(parts[2])
			}
			all[specKey{version, s.Name}] = s
		}
	}
	return all
}

const tableV1 = `
memory.limit_in_bytes memory bytes rs -1 | The most memory the group may use, page cache included.
memory.memsw.limit_in_bytes memory bytes rs -1 | The most memory and swap together; never below the limit of memory.
memory.soft_limit_in_bytes memory bytes rs -1 | What the group is pushed back to when memory is short on the host.
memory.usage_in_bytes memory bytes r | Memory in use now, page cache included.
memory.memsw.usage_in_bytes memory bytes r | Memory and swap in use now.
memory.max_usage_in_bytes memory bytes rw | The most that was in use so far. | writing only resets it, whatever is written
memory.memsw.max_usage_in_bytes memory bytes rw | The most memory and swap so far. | writing only resets it, whatever is written
memory.failcnt memory int rw | How often the limit was reached. | writing only resets it, whatever is written
memory.memsw.failcnt memory int rw | How often the limit of memory and swap was reached. | writing only resets it, whatever is written
memory.stat memory flat r | Where the memory goes: anonymous, cache, and so on; total_ includes the groups below.
memory.numa_stat memory flat r | Memory by NUMA node.
memory.swappiness memory int rs | How readily anonymous memory is swapped out, 0 to 200.
memory.oom_control memory flat rs | Whether the OOM killer acts (0), or tasks wait for memory instead (1).
memory.use_hierarchy memory int rw | Whether memory counts in the groups around it as well. | always 1; deprecated
memory.move_charge_at_immigrate memory int rw | Whether memory moves along with a task. | deprecated
memory.force_empty memory trigger w | Drops what memory can be reclaimed. | it is a trigger, not a value
memory.pressure_level memory trigger w | Registers for notifications of pressure. | it is for programs that listen
memory.kmem.limit_in_bytes memory bytes rw -1 | The most kernel memory. | deprecated: kernels ignore or refuse it
memory.kmem.usage_in_bytes memory bytes r | Kernel memory in use now.
memory.kmem.max_usage_in_bytes memory bytes rw | The most kernel memory so far. | writing only resets it
memory.kmem.failcnt memory int rw | How often the limit of kernel memory was reached. | writing only resets it
memory.kmem.slabinfo memory raw r | Slab caches of the group.
memory.kmem.tcp.limit_in_bytes memory bytes rs -1 | The most memory for buffers of TCP.
memory.kmem.tcp.usage_in_bytes memory bytes r | Memory in buffers of TCP now.
memory.kmem.tcp.max_usage_in_bytes memory bytes rw | The most memory in buffers of TCP so far. | writing only resets it
memory.kmem.tcp.failcnt memory int rw | How often the limit of TCP buffers was reached. | writing only resets it
cpu.shares cpu int rs | The group's weight when processors are short, 2 to 262144; 1024 is ordinary.
cpu.cfs_quota_us cpu us rs -1 | Processor time the group may use in each period; twice the period is two processors.
cpu.cfs_period_us cpu us rs | The period of the quota, 1000 to 1000000.
cpu.cfs_burst_us cpu us rs | Unused quota that may be saved up for a burst.
cpu.idle cpu int rs | 1: the group runs only when nothing else wants to.
cpu.stat cpu flat r | Periods, and how often and how long the group was throttled.
cpu.stat.local cpu flat r | How long this group alone was throttled.
cpu.rt_runtime_us cpu us rs | Realtime processor time in each period.
cpu.rt_period_us cpu us rs | The period of realtime time.
cpuacct.usage cpuacct int rw | Processor time used, in nanoseconds. | writing only resets it
cpuacct.usage_user cpuacct int r | Processor time in user mode, in nanoseconds.
cpuacct.usage_sys cpuacct int r | Processor time in the kernel, in nanoseconds.
cpuacct.usage_percpu cpuacct list r | Processor time on each processor, in nanoseconds.
cpuacct.usage_percpu_user cpuacct list r | The same in user mode.
cpuacct.usage_percpu_sys cpuacct list r | The same in the kernel.
cpuacct.usage_all cpuacct raw r | Both, as a table.
cpuacct.stat cpuacct flat r | Processor time in ticks, user and system.
cpuset.cpus cpuset list rs | The processors that the group's tasks may run on.
cpuset.mems cpuset list rs | The NUMA nodes that memory may come from.
cpuset.effective_cpus cpuset list r | The processors that it really gets.
cpuset.effective_mems cpuset list r | The NUMA nodes that it really gets.
cpuset.cpu_exclusive cpuset int rs | 1: no sibling may have the same processors.
cpuset.mem_exclusive cpuset int rs | 1: no sibling may have the same nodes.
cpuset.mem_hardwall cpuset int rs | 1: kernel memory comes from the group's nodes only, too.
cpuset.memory_migrate cpuset int rs | 1: pages move when the nodes change.
cpuset.memory_pressure cpuset int r | How often memory had to be reclaimed.
cpuset.memory_pressure_enabled cpuset int rw | Whether that is counted at all. | it is for the whole host
cpuset.memory_spread_page cpuset int rs | 1: page cache is spread over the nodes.
cpuset.memory_spread_slab cpuset int rs | 1: slab caches are spread over the nodes.
cpuset.sched_load_balance cpuset int rs | 1: the scheduler balances load over these processors.
cpuset.sched_relax_domain_level cpuset int rs | How far the scheduler looks for idle processors.
pids.max pids int rs max | The most tasks, threads included; fork fails beyond it.
pids.current pids int r | Tasks in the group and below it now.
pids.peak pids int r | The most tasks so far.
pids.events pids flat r | How often a fork failed for the limit.
pids.events.local pids flat r | The same for this group alone.
freezer.state freezer word rs | FROZEN: its tasks do not run; THAWED: they do.
freezer.self_freezing freezer int r | Whether this group itself was frozen.
freezer.parent_freezing freezer int r | Whether a group around it was.
blkio.throttle.read_bps_device blkio dev rs | The most bytes a second read from a device: MAJ:MIN BYTES, 0 for no limit.
blkio.throttle.write_bps_device blkio dev rs | The most bytes a second written to a device: MAJ:MIN BYTES, 0 for no limit.
blkio.throttle.read_iops_device blkio dev rs | The most reads a second from a device: MAJ:MIN NUMBER, 0 for no limit.
blkio.throttle.write_iops_device blkio dev rs | The most writes a second to a device: MAJ:MIN NUMBER, 0 for no limit.
blkio.throttle.io_service_bytes blkio dev r | Bytes moved, by device.
blkio.throttle.io_service_bytes_recursive blkio dev r | Bytes moved, by device, groups below included.
blkio.throttle.io_serviced blkio dev r | Operations, by device.
blkio.throttle.io_serviced_recursive blkio dev r | Operations, by device, groups below included.
blkio.bfq.weight blkio int rs | The group's share of a device under the BFQ scheduler, 1 to 1000.
blkio.bfq.weight_device blkio dev rs | The same for one device: MAJ:MIN WEIGHT, 0 takes it away.
blkio.bfq.io_service_bytes blkio dev r | Bytes moved under BFQ, by device.
blkio.bfq.io_service_bytes_recursive blkio dev r | Bytes moved under BFQ, by device, groups below included.
blkio.bfq.io_serviced blkio dev r | Operations under BFQ, by device.
blkio.bfq.io_serviced_recursive blkio dev r | Operations under BFQ, by device, groups below included.
blkio.reset_stats blkio trigger w | Resets the counters. | it is a trigger, not a value
devices.allow devices trigger w | Allows a device. | a wrong word here allows all devices
devices.deny devices trigger w | Forbids a device. | a wrong word here forbids all devices
devices.list devices raw r | The devices that are allowed.
net_cls.classid net_cls int rs | The class of the group's packets for tc.
net_prio.prioidx net_prio int r | The kernel's number for the group.
net_prio.ifpriomap net_prio flat rw | Priority by interface. | one line at a time; tc does it better
cgroup.procs core pids rw | The processes in the group. | writing moves a process, and the kernel reads 0x1 as PID 1
tasks core pids rw | The threads in the group. | writing moves a thread, and the kernel reads 0x1 as PID 1
cgroup.clone_children core int rs | 1: new groups below take over the cpuset.
cgroup.event_control core trigger w | Registers for notifications. | it is for programs that listen
cgroup.sane_behavior core int r | Always 0.
notify_on_release core int rs | 1: the release agent runs when the group is empty.
release_agent core word rw | The program that runs on release. | the kernel would run it as root
hugetlb.SIZE.limit_in_bytes hugetlb bytes rs -1 | The most huge pages of this size.
hugetlb.SIZE.usage_in_bytes hugetlb bytes r | Huge pages in use now.
hugetlb.SIZE.max_usage_in_bytes hugetlb bytes rw | The most so far. | writing only resets it
hugetlb.SIZE.failcnt hugetlb int rw | How often the limit was reached. | writing only resets it
`

const tableV2 = `
memory.max memory bytes rs max | The most memory the group may use; beyond it the OOM killer acts.
memory.high memory bytes rs max | Above it the group is slowed down and its memory reclaimed; nothing is killed.
memory.low memory bytes rs max | Memory that is left alone as long as others have some to give.
memory.min memory bytes rs max | Memory that is never taken away.
memory.current memory bytes r | Memory in use now, page cache included.
memory.peak memory bytes rw | The most so far. | writing resets it for the writer alone
memory.stat memory flat r | Where the memory goes.
memory.numa_stat memory nested r | The same by NUMA node.
memory.events memory flat r | How often limits were reached and tasks killed, groups below included.
memory.events.local memory flat r | The same for this group alone.
memory.oom.group memory int rs | 1: the OOM killer kills the whole group, not one task.
memory.pressure memory psi rw | Share of time in which tasks waited for memory. | writing sets a trigger for a program that polls
memory.reclaim memory trigger w | Reclaims so many bytes now. | it is a trigger, not a value
memory.swap.max memory bytes rs max | The most swap; memory is not part of it.
memory.swap.high memory bytes rs max | Above it the group is slowed down.
memory.swap.current memory bytes r | Swap in use now.
memory.swap.peak memory bytes rw | The most swap so far. | writing resets it for the writer alone
memory.swap.events memory flat r | How often the limits of swap were reached.
memory.zswap.max memory bytes rs max | The most compressed memory.
memory.zswap.current memory bytes r | Compressed memory in use now.
memory.zswap.writeback memory int rs | 0: compressed pages never go to the swap device.
cpu.max cpu quota rs max | Processor time in each period, QUOTA PERIOD in µs; 200000 100000 is two processors.
cpu.max.burst cpu us rs | Unused quota that may be saved up for a burst.
cpu.weight cpu int rs | The group's weight when processors are short, 1 to 10000; 100 is ordinary.
cpu.weight.nice cpu int rs | The same as a nice value, -20 to 19.
cpu.idle cpu int rs | 1: the group runs only when nothing else wants to.
cpu.stat cpu flat r | Processor time, and how often and how long the group was throttled.
cpu.stat.local cpu flat r | The same for this group alone.
cpu.pressure cpu psi rw | Share of time in which tasks waited for a processor. | writing sets a trigger for a program that polls
cpu.uclamp.min cpu word rs max | The least performance asked of processors, in percent.
cpu.uclamp.max cpu word rs max | The most performance asked of processors, in percent.
cpuset.cpus cpuset list rs | The processors that tasks may run on; empty takes those of the group around it.
cpuset.cpus.effective cpuset list r | The processors that it really gets.
cpuset.cpus.exclusive cpuset list rs | The processors that siblings may not have.
cpuset.cpus.exclusive.effective cpuset list r | What came of it.
cpuset.cpus.isolated cpuset list r | Processors in isolated partitions.
cpuset.cpus.partition cpuset word rs | member, root or isolated.
cpuset.mems cpuset list rs | The NUMA nodes that memory may come from.
cpuset.mems.effective cpuset list r | The nodes that it really gets.
pids.max pids int rs max | The most tasks, threads included; fork fails beyond it.
pids.current pids int r | Tasks in the group and below it now.
pids.peak pids int r | The most tasks so far.
pids.events pids flat r | How often a fork failed for the limit.
pids.events.local pids flat r | The same for this group alone.
io.max io nested rs max | Limits by device: MAJ:MIN rbps= wbps= riops= wiops=.
io.weight io flat rs | The group's share of devices, 1 to 10000.
io.bfq.weight io flat rs | The same under the BFQ scheduler.
io.latency io nested rw | The latency to protect, by device: MAJ:MIN target=, in µs. | bones cannot check its values
io.stat io nested r | Bytes and operations by device.
io.prio.class io word rs | The class of the group's requests.
io.pressure io psi rw | Share of time in which tasks waited for storage. | writing sets a trigger for a program that polls
cgroup.freeze core int rs | 1: its tasks do not run; 0: they do.
cgroup.kill core trigger w | 1 kills every process of the group and below. | it is an act, not a value; bones kill --all does it
cgroup.procs core pids rw | The processes in the group. | writing moves a process, and the kernel reads 0x1 as PID 1
cgroup.threads core pids rw | The threads in the group. | writing moves a thread, and the kernel reads 0x1 as PID 1
cgroup.controllers core word r | The controllers that the group was handed.
cgroup.subtree_control core word rw | The controllers handed down. | taking one away destroys the limits below
cgroup.type core word rw | domain or threaded. | it cannot be taken back
cgroup.events core flat r | Whether there are processes in it, and whether they are frozen.
cgroup.stat core flat r | Groups below it.
cgroup.stat.local core flat r | How long this group itself was frozen.
cgroup.max.depth core int rs max | How deep groups below may go.
cgroup.max.descendants core int rs max | How many groups there may be below.
cgroup.pressure core int rs | 0: pressure is not measured for the group.
irq.pressure core psi rw | Share of time lost to interrupts. | writing sets a trigger for a program that polls
hugetlb.SIZE.max hugetlb bytes rs max | The most huge pages of this size.
hugetlb.SIZE.current hugetlb bytes r | Huge pages in use now.
hugetlb.SIZE.rsvd.max hugetlb bytes rs max | The most that may be reserved.
hugetlb.SIZE.rsvd.current hugetlb bytes r | Reserved now.
hugetlb.SIZE.events hugetlb flat r | How often the limit was reached.
hugetlb.SIZE.events.local hugetlb flat r | The same for this group alone.
hugetlb.SIZE.numa_stat hugetlb flat r | The same by NUMA node.
misc.max misc flat rw max | Limits of other resources. | by resource; see misc.capacity
misc.current misc flat r | What is in use of them.
misc.events misc flat r | How often the limits were reached.
rdma.max rdma nested rw max | Limits of RDMA devices. | by device
rdma.current rdma nested r | What is in use of them.
`
