package taskiter

import (
	"strconv"
	"unsafe"

	"bones/procwalk"

	"github.com/cilium/ebpf/asm"
)

// typeNames are the types that the program is made of.
var typeNames = []string{"task_struct", "bpf_iter_meta", "pid", "upid", "pid_namespace", "pid_type",
	"bpf_rdonly_cast", "bpf_iter_task", "signal_struct", "mm_struct"}

// program is what the kernel is to run for each task, made for its types.
type program struct {
	code   []byte
	attach uint32        // what it is attached to: the kernel's function bpf_iter_task
	has    procwalk.Want // what the record tells beside stat
}

// field is a member of the record, and the ways from a task to it, of which the first that the kernel has is taken.
type field struct {
	at, size uintptr
	paths    []string
}

var layout record

// statFields are those of stat, and of what tells whether the rest changed. Without one of them there is no program.
var statFields = []field{
	{unsafe.Offsetof(layout.TGID), 4, []string{"tgid"}},
	{unsafe.Offsetof(layout.TTY), 8, []string{"signal.tty"}},
	{unsafe.Offsetof(layout.TTYMajor), 4, []string{"signal.tty.driver.major"}},
	{unsafe.Offsetof(layout.State), 4, []string{"__state", "state"}}, // a long before Linux 5.14
	{unsafe.Offsetof(layout.ExitState), 4, []string{"exit_state"}},
	{unsafe.Offsetof(layout.Flags), 4, []string{"flags"}},
	{unsafe.Offsetof(layout.StaticPrio), 4, []string{"static_prio"}},
	{unsafe.Offsetof(layout.Prio), 4, []string{"prio"}},
	{unsafe.Offsetof(layout.Threads), 4, []string{"signal.nr_threads"}},
	{unsafe.Offsetof(layout.Policy), 4, []string{"policy"}},
	{unsafe.Offsetof(layout.RTPriority), 4, []string{"rt_priority"}},
	{unsafe.Offsetof(layout.CPU), 4, []string{"thread_info.cpu", "cpu"}}, // the latter before Linux 5.16
	{unsafe.Offsetof(layout.Start), 8, []string{"start_boottime"}},
	{unsafe.Offsetof(layout.UTime), 8, []string{"utime"}},
	{unsafe.Offsetof(layout.STime), 8, []string{"stime"}},
	{unsafe.Offsetof(layout.Runtime), 8, []string{"se.sum_exec_runtime"}},
	{unsafe.Offsetof(layout.PastUTime), 8, []string{"signal.utime"}},
	{unsafe.Offsetof(layout.PastSTime), 8, []string{"signal.stime"}},
	{unsafe.Offsetof(layout.PastRT), 8, []string{"signal.sum_sched_runtime"}},
	{unsafe.Offsetof(layout.ShownUTime), 8, []string{"signal.prev_cputime.utime"}},
	{unsafe.Offsetof(layout.ShownSTime), 8, []string{"signal.prev_cputime.stime"}},
	{unsafe.Offsetof(layout.MinFlt), 8, []string{"min_flt"}},
	{unsafe.Offsetof(layout.MajFlt), 8, []string{"maj_flt"}},
	{unsafe.Offsetof(layout.PastMinFlt), 8, []string{"signal.min_flt"}},
	{unsafe.Offsetof(layout.PastMajFlt), 8, []string{"signal.maj_flt"}},
	{unsafe.Offsetof(layout.CMinFlt), 8, []string{"signal.cmin_flt"}},
	{unsafe.Offsetof(layout.CMajFlt), 8, []string{"signal.cmaj_flt"}},
	{unsafe.Offsetof(layout.CUTime), 8, []string{"signal.cutime"}},
	{unsafe.Offsetof(layout.CSTime), 8, []string{"signal.cstime"}},
	{unsafe.Offsetof(layout.BlkIODelay), 8, []string{"delays.blkio_delay"}},
	{unsafe.Offsetof(layout.Memory), 8, []string{"mm"}},
	{unsafe.Offsetof(layout.TotalVM), 8, []string{"mm.total_vm"}},
	{unsafe.Offsetof(layout.ArgStart), 8, []string{"mm.arg_start"}},
	{unsafe.Offsetof(layout.ArgEnd), 8, []string{"mm.arg_end"}},
	{unsafe.Offsetof(layout.ExecID), 8, []string{"self_exec_id"}},
}

// part is something that a kernel may not have, or keep elsewhere: then /proc is read for it.
type part struct {
	want   procwalk.Want
	fields []field
}

var parts = []part{
	{procwalk.WantBrief, []field{
		{unsafe.Offsetof(layout.UID), 4, []string{"real_cred.uid.val"}},
		{unsafe.Offsetof(layout.EUID), 4, []string{"real_cred.euid.val"}},
		{unsafe.Offsetof(layout.LockedVM), 8, []string{"mm.locked_vm"}},
	}},
	{procwalk.WantCgroup, []field{
		{unsafe.Offsetof(layout.CSet), 8, []string{"cgroups"}},
		{unsafe.Offsetof(layout.Cgroup2), 8, []string{"cgroups.dfl_cgrp.kn.id"}},
	}},
	{procwalk.WantNS, []field{
		namespace(procwalk.Cgroup, "nsproxy.cgroup_ns"),
		namespace(procwalk.IPC, "nsproxy.ipc_ns"),
		namespace(procwalk.Mnt, "nsproxy.mnt_ns"),
		namespace(procwalk.Net, "nsproxy.net_ns"),
		namespace(procwalk.Time, "nsproxy.time_ns"), // since Linux 5.6
		namespace(procwalk.User, "real_cred.user_ns"),
		namespace(procwalk.UTS, "nsproxy.uts_ns"),
		namespace(pidForChildren, "nsproxy.pid_ns_for_children"),
		namespace(timeForChildren, "nsproxy.time_ns_for_children"),
		{unsafe.Offsetof(layout.ChildReaper), 8, []string{"nsproxy.pid_ns_for_children.child_reaper"}},
	}},
	{0, []field{{unsafe.Offsetof(layout.Root), 8, []string{"fs.root.dentry.d_inode"}}}},
}

func namespace(t procwalk.NSType, path string) field {
	return field{unsafe.Offsetof(layout.NS) + 4*uintptr(t), 4, []string{path + ".ns.inum"}}
}

// Where the program keeps what it needs all the time, and a place on its stack for what it looks at once.
const (
	task    = asm.R6
	seq     = asm.R7 // the file that the records go to
	level   = asm.R8 // of the reader's pid namespace
	readers = asm.R9 // the reader's pid namespace

	base    = int16(-recordSize) // of the record on the stack
	scratch = base - 16
)

func at(offset uintptr) int16 { return base + int16(offset) }

// newProgram puts the program together for a kernel with these types. With seen, it leaves out what is the same as in
// the read before; nil: it writes all.
func newProgram(t *types, seen *seen) (*program, error) {
	p := &program{}
	var err error
	if p.attach, err = t.find("bpf_iter_task", kindFunc); err != nil {
		return nil, err
	}
	for _, known := range []struct {
		name  string
		value uint32
	}{{"PIDTYPE_TGID", 1}, {"PIDTYPE_PGID", 2}, {"PIDTYPE_SID", 3}} {
		if v, err := t.value("pid_type", known.name); err != nil {
			return nil, err
		} else if v != known.value {
			return nil, errBTF
		}
	}
	b := &builder{types: t}
	b.add(asm.LoadMem(task, asm.R1, 8, asm.DWord), asm.LoadMem(seq, asm.R1, 0, asm.DWord), asm.JEq.Imm(task, 0, "out"))
	b.load(seq, seq, "bpf_iter_meta", "seq")
	b.trustNothing(task)
	b.load(asm.R1, task, "task_struct", "pid")
	b.load(asm.R2, task, "task_struct", "tgid")
	b.add(asm.JNE.Reg(asm.R1, asm.R2, "thread"))
	if seen != nil {
		b.skipSame(seen)
	}
	b.reader()
	b.numbers()
	b.fields(statFields)
	// The minor number of a terminal is the driver's first one and an index.
	b.load(asm.R1, task, "task_struct", "signal.tty.driver.minor_start")
	b.load(asm.R2, task, "task_struct", "signal.tty.index")
	b.add(asm.Add.Reg(asm.R1, asm.R2))
	b.store(at(unsafe.Offsetof(layout.TTYMinor)), asm.R1, 4)
	b.add(asm.Mov.Reg(asm.R3, task), asm.Add.Imm(asm.R3, b.offset("task_struct", "comm")))
	b.probe(at(unsafe.Offsetof(layout.Comm)), int32(unsafe.Sizeof(layout.Comm)))
	b.levels()
	for _, part := range parts {
		if part.missing(t) {
			b.clear(part.fields)
			continue
		}
		b.fields(part.fields)
		p.has |= part.want
	}
	if b.pages() && p.has&procwalk.WantBrief != 0 {
		p.has |= procwalk.WantRSS
	}
	b.write(ofProcess, recordSize)
	if seen != nil {
		b.remember()
	}
	b.add(asm.Ja.Label("out"))
	b.mark("thread")
	b.thread()
	b.mark("out")
	b.add(asm.Mov.Imm(asm.R0, 0), asm.Return())
	p.code, err = b.finish()
	return p, err
}

// trustNothing makes a pointer one that the kernel's verifier knows to be of no consequence. From Linux 6.3 on it
// searches all types for each member that is followed from a pointer that it trusts: 100 ms for this program. Kernels
// without this function do not search.
func (b *builder) trustNothing(r asm.Register) {
	cast, err := b.types.find("bpf_rdonly_cast", kindFunc)
	if err != nil {
		return
	}
	typ, err := b.types.find("task_struct", kindStruct)
	if err != nil {
		b.fail(err)
		return
	}
	b.add(asm.Mov.Reg(asm.R1, r), asm.Mov.Imm(asm.R2, int32(typ)),
		asm.Instruction{OpCode: asm.FnUnspec.Call().OpCode, Src: asm.PseudoKfuncCall, Constant: int64(cast)},
		asm.Mov.Reg(r, asm.R0))
}

// reader finds out whose numbers are wanted: those of the pid namespace that the reader is in.
func (b *builder) reader() {
	b.add(asm.FnGetCurrentTask.Call(), asm.Mov.Reg(asm.R3, asm.R0),
		asm.Add.Imm(asm.R3, b.offset("task_struct", "thread_pid")))
	b.probe(scratch, 8)
	b.add(asm.LoadMem(readers, asm.RFP, scratch, asm.DWord), // its struct pid
		asm.Mov.Reg(asm.R3, readers), asm.Add.Imm(asm.R3, b.offset("pid", "level")))
	b.probe(scratch, 4)
	b.add(asm.LoadMem(level, asm.RFP, scratch, asm.Word))
	b.number(readers)
	b.add(asm.LoadMem(readers, asm.RFP, scratch+int16(b.offset("upid", "ns")), asm.DWord))
}

// number reads to the scratch place which number a struct pid has in the reader's namespace, and which namespace that
// is. The size of a number is a constant here, hence the check in newProgram's types.
func (b *builder) number(pid asm.Register) {
	if id, err := b.types.find("upid", kindStruct); err != nil || b.types.size(id) != 16 {
		b.fail(errBTF)
	}
	b.add(asm.Mov.Reg(asm.R3, level), asm.LSh.Imm(asm.R3, 4), asm.Add.Reg(asm.R3, pid),
		asm.Add.Imm(asm.R3, b.offset("pid", "numbers")))
	b.probe(scratch, 16)
}

// numbers stores the PIDs of the process and of those that it belongs to. What is outside of the reader's namespace
// has the number 0, as in /proc.
func (b *builder) numbers() {
	nr := int16(b.offset("upid", "nr"))
	ns := int16(b.offset("upid", "ns"))
	for _, f := range []field{
		{unsafe.Offsetof(layout.PID), 4, []string{"thread_pid"}},
		{unsafe.Offsetof(layout.PPID), 4, []string{"real_parent.signal.pids[1]"}},
		{unsafe.Offsetof(layout.PGRP), 4, []string{"signal.pids[2]"}},
		{unsafe.Offsetof(layout.SID), 4, []string{"signal.pids[3]"}},
		{unsafe.Offsetof(layout.TPGID), 4, []string{"signal.tty.ctrl.pgrp", "signal.tty.pgrp"}}, // since and before 5.16
	} {
		none, done := b.newLabel(), b.newLabel()
		b.load(asm.R1, task, "task_struct", f.paths...)
		b.add(asm.JEq.Imm(asm.R1, 0, none))
		b.load(asm.R2, asm.R1, "pid", "level")
		b.add(asm.JLT.Reg(asm.R2, level, none))
		b.number(asm.R1)
		b.add(asm.LoadMem(asm.R1, asm.RFP, scratch+ns, asm.DWord), asm.JNE.Reg(asm.R1, readers, none),
			asm.LoadMem(asm.R1, asm.RFP, scratch+nr, asm.Word), asm.Ja.Label(done))
		b.mark(none)
		b.add(asm.Mov.Imm(asm.R1, 0))
		b.mark(done)
		b.store(at(f.at), asm.R1, 4)
	}
}

// levels stores the PID in each namespace from the reader's to the process's own, and which the last one is.
func (b *builder) levels() {
	b.zero(at(unsafe.Offsetof(layout.NSpid)), int(unsafe.Sizeof(layout.NSpid)))
	b.load(asm.R1, task, "task_struct", "thread_pid.level")
	b.add(asm.Sub.Reg(asm.R1, level))
	b.store(at(unsafe.Offsetof(layout.Level)), asm.R1, 4)
	numbers := b.offset("pid", "numbers")
	of := func() { // R3 is how far from the first one
		b.add(asm.LSh.Imm(asm.R3, 4))
		b.load(asm.R1, task, "task_struct", "thread_pid")
		b.add(asm.Add.Reg(asm.R3, asm.R1), asm.Add.Imm(asm.R3, numbers))
		b.probe(scratch, 16)
	}
	for i := range maxLevels {
		b.add(asm.LoadMem(asm.R2, asm.RFP, at(unsafe.Offsetof(layout.Level)), asm.Word),
			asm.Mov.Imm(asm.R3, int32(i)), asm.JLT.Reg(asm.R2, asm.R3, "last"),
			asm.Mov.Reg(asm.R3, level), asm.Add.Imm(asm.R3, int32(i)))
		of()
		b.add(asm.LoadMem(asm.R1, asm.RFP, scratch+int16(b.offset("upid", "nr")), asm.Word))
		b.store(at(unsafe.Offsetof(layout.NSpid))+int16(4*i), asm.R1, 4)
	}
	b.mark("last")
	b.load(asm.R3, task, "task_struct", "thread_pid.level")
	of()
	b.add(asm.LoadMem(asm.R3, asm.RFP, scratch+int16(b.offset("upid", "ns")), asm.DWord),
		asm.Add.Imm(asm.R3, b.offset("pid_namespace", "ns.inum")))
	b.probe(at(unsafe.Offsetof(layout.NS))+4*int16(procwalk.PID), 4)
}

// pages stores the counts of pages in memory. It reports whether they are exact: from Linux 6.2 on each processor
// counts for itself, and only statm has the sum.
func (b *builder) pages() (exact bool) {
	to := at(unsafe.Offsetof(layout.Pages))
	if hops, err := b.types.path("task_struct", "mm.rss_stat.count[0].counter"); err == nil {
		// The verifiers of these kernels do not follow a path into such a list.
		b.load(asm.R3, task, "task_struct", "mm")
		b.add(asm.Add.Imm(asm.R3, int32(hops[len(hops)-1].offset)))
		b.probe(to, int32(unsafe.Sizeof(layout.Pages)))
		return true
	}
	b.zero(to, int(unsafe.Sizeof(layout.Pages)))
	for i := range layout.Pages {
		b.load(asm.R1, task, "task_struct", "mm.rss_stat["+strconv.Itoa(i)+"].count")
		b.store(to+8*int16(i), asm.R1, 8)
	}
	return false
}

// pageCount loads one of the counts that pages stores into R1.
func (b *builder) pageCount(i int) {
	if hops, err := b.types.path("task_struct", "mm.rss_stat.count[0].counter"); err == nil {
		b.load(asm.R3, task, "task_struct", "mm")
		b.add(asm.Add.Imm(asm.R3, int32(hops[len(hops)-1].offset)+8*int32(i)))
		b.probe(scratch, 8)
		b.add(asm.LoadMem(asm.R1, asm.RFP, scratch, asm.DWord))
		return
	}
	b.load(asm.R1, task, "task_struct", "mm.rss_stat["+strconv.Itoa(i)+"].count")
}

// fields stores what paths from the task lead to.
func (b *builder) fields(list []field) {
	for _, f := range list {
		b.load(asm.R1, task, "task_struct", f.paths...)
		b.store(at(f.at), asm.R1, uint32(f.size))
	}
}

// clear stores nothing: all that is written must have been set.
func (b *builder) clear(list []field) {
	b.add(asm.Mov.Imm(asm.R1, 0))
	for _, f := range list {
		b.store(at(f.at), asm.R1, uint32(f.size))
	}
}

// missing reports whether the kernel lacks one of the fields of a part.
func (p *part) missing(t *types) bool {
	for _, f := range p.fields {
		found := false
		for _, path := range f.paths {
			_, err := t.path("task_struct", path)
			found = found || err == nil
		}
		if !found {
			return true
		}
	}
	return false
}

// thread stores what one thread adds to its process.
func (b *builder) thread() {
	var t threadRecord
	b.fields([]field{
		{unsafe.Offsetof(t.TGID), 4, []string{"tgid"}},
		{unsafe.Offsetof(t.TID), 4, []string{"pid"}},
		{unsafe.Offsetof(t.UTime), 8, []string{"utime"}},
		{unsafe.Offsetof(t.STime), 8, []string{"stime"}},
		{unsafe.Offsetof(t.Runtime), 8, []string{"se.sum_exec_runtime"}},
		{unsafe.Offsetof(t.MinFlt), 8, []string{"min_flt"}},
		{unsafe.Offsetof(t.MajFlt), 8, []string{"maj_flt"}},
	})
	b.write(ofThread, threadSize)
}

// write hands the record to the reader.
func (b *builder) write(kind, size int) {
	b.add(asm.Mov.Imm(asm.R1, int32(kind)))
	b.store(base, asm.R1, 4)
	b.add(asm.Mov.Imm(asm.R1, int32(size)))
	b.store(base+4, asm.R1, 4)
	b.add(asm.Mov.Reg(asm.R1, seq), asm.Mov.Reg(asm.R2, asm.RFP), asm.Add.Imm(asm.R2, int32(base)),
		asm.Mov.Imm(asm.R3, int32(size)), asm.FnSeqWrite.Call())
}
