// Package taskiter reads the process table through a BPF program: the kernel runs it for each task and hands over what
// it writes, all in a few system calls. Where a file of /proc costs 4 to 13 us for each process, everything that a
// refresh needs costs 1.4 us, after 5 to 8 ms to load the program. It is put together at run time for the types of the
// kernel that runs, and nothing of it stays when bones ends.
//
// What the kernel shows in /proc this package shows to the tick and the byte; a test compares them field by field.
// Where it cannot be sure of that, for one process or for all, /proc is read.
//
// Source: Documentation/bpf/bpf_iterators.rst; kernel/bpf/task_iter.c. Since Linux 5.8, with CAP_BPF and CAP_PERFMON
// or CAP_SYS_ADMIN.
package taskiter

import (
	"slices"
	"sync"
	"unsafe"

	"bones/procwalk"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Iterator is a procwalk.Bulk that asks the kernel by BPF.
type Iterator struct {
	link   int
	has    procwalk.Want
	seen   *seen    // nil: all records are written each time
	blocks [][]byte // of blockSize, filled one after the other
	batch  batch
}

// Open loads the program, for a table that is read once. root is the proc file system that the other fields come from,
// and m what it says of this host. The error says why its processes cannot be read this way.
func Open(root string, m *procwalk.Machine) (*Iterator, error) { return openFor(root, m, nil) }

// OpenAgain is Open for a table that is read again and again: what is as it was in the read before is not read again.
func OpenAgain(root string, m *procwalk.Machine) (*Iterator, error) {
	if err := possible(root, m); err != nil {
		return nil, err
	}
	if s, err := newSeen(tasks()); err == nil {
		if it, err := openFor(root, m, s); err == nil {
			return it, nil
		}
		s.close() // the kernel may take the program that does without
	}
	return openFor(root, m, nil)
}

func openFor(root string, m *procwalk.Machine, seen *seen) (*Iterator, error) {
	if err := possible(root, m); err != nil {
		return nil, err
	}
	var p *program
	if err := readTypes(func(raw []byte) error {
		t, err := parseTypes(raw, typeNames...)
		if err == nil {
			p, err = newProgram(t, seen)
		}
		return err
	}); err != nil {
		return nil, refused("bones does not know this kernel well enough", err)
	}
	link, err := load(p)
	if err != nil {
		return nil, refused("the kernel refuses the program", err)
	}
	return &Iterator{link: link, has: p.has, seen: seen}, nil
}

// Name implements procwalk.Bulk.
func (it *Iterator) Name() string { return "BPF" }

// Close implements procwalk.Bulk: the kernel forgets the program.
func (it *Iterator) Close() error {
	it.seen.close()
	return unix.Close(it.link)
}

const (
	// chunk is how much is read at once, in bytes. The kernel gives 8 pages at most, and whole records.
	chunk = 64 << 10
	// blockSize is how much memory is taken at once: one buffer that grows would be copied again and again, and leave
	// more behind than it holds.
	blockSize = 16 * chunk
)

// Read implements procwalk.Bulk.
func (it *Iterator) Read(m *procwalk.Machine, all bool) (procwalk.Batch, error) {
	if len(it.batch.roots) > maxSpaces {
		// The numbers begin anew: no row may have one of before, as those of processes that are as they were have.
		all, it.batch.roots = true, nil
		clear(it.batch.spaces)
	}
	if it.seen != nil {
		if err := it.seen.next(all); err != nil {
			return nil, err
		}
	}
	fd, err := open(it.link)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	it.batch.begin(it.has, m.PageSize)
	if err := it.readAll(fd); err != nil {
		return nil, err
	}
	return &it.batch, nil
}

func (it *Iterator) readAll(fd int) error {
	for at := 0; ; at++ {
		if at == len(it.blocks) {
			it.blocks = append(it.blocks, make([]byte, blockSize))
		}
		n, err := fill(fd, it.blocks[at])
		if err != nil {
			return err
		}
		it.batch.add(it.blocks[at][:n])
		if n <= blockSize-chunk { // there is no more
			clear(it.blocks[at+1:]) // of a read of all
			it.blocks = it.blocks[:at+1]
			return nil
		}
	}
}

// fill reads until the end, or until there is no room for another read.
func fill(fd int, block []byte) (n int, err error) {
	for len(block)-n >= chunk {
		more, err := unix.Read(fd, block[n:n+chunk])
		if err == unix.EAGAIN || err == unix.EINTR {
			continue // it has gone through many tasks, and gives others a turn
		}
		if err != nil || more == 0 {
			return n, err
		}
		n += more
	}
	return n, nil
}

// batch implements procwalk.Batch over the records of one read.
type batch struct {
	rows     []row
	threads  map[uint32]*threadRecord // by TGID, summed up
	sums     []*threadRecord          // those that there have been, of which used are in threads
	used     int
	has      procwalk.Want
	pageSize uint64

	mu     sync.Mutex
	spaces map[space]*procwalk.Namespaces // one copy of what many processes have
	roots  map[uint64]uint32              // the number of each root directory, by where the kernel has it
	given  uint32                         // the last one of those numbers
}

// space is where a process is: its namespaces, and its root.
type space struct {
	ns   [10]uint32
	root uint32
}

// row is what a read says of one process.
type row struct {
	pid int32
	is  *record // nil: as it was in the last read
}

// maxSpaces bounds how many are kept to be used again, and how many roots are numbered at the start of a read.
const maxSpaces = 4096

// begin forgets the records of the last read.
func (t *batch) begin(has procwalk.Want, pageSize uint64) {
	t.rows, t.has, t.pageSize = t.rows[:0], has, pageSize
	if t.threads == nil {
		t.threads, t.spaces = map[uint32]*threadRecord{}, map[space]*procwalk.Namespaces{}
	}
	clear(t.threads)
	t.used = 0
	if len(t.spaces) > maxSpaces {
		clear(t.spaces)
	}
}

// add sorts out the records of a block. They point into it.
func (t *batch) add(b []byte) {
	for len(b) >= 8 {
		head := (*threadRecord)(unsafe.Pointer(unsafe.SliceData(b)))
		if int(head.Len) > len(b) || head.Len < 8 {
			return
		}
		switch {
		case head.Kind == ofProcess && int(head.Len) == recordSize:
			r := (*record)(unsafe.Pointer(unsafe.SliceData(b)))
			t.append(row{r.PID, r})
		case head.Kind == ofSame && int(head.Len) == sameSize:
			t.append(row{pid: (*record)(unsafe.Pointer(unsafe.SliceData(b))).PID})
		case head.Kind == ofThread && int(head.Len) == threadSize:
			sum := t.sumOf(head.TGID)
			sum.UTime, sum.STime, sum.Runtime = sum.UTime+head.UTime, sum.STime+head.STime, sum.Runtime+head.Runtime
			sum.MinFlt, sum.MajFlt = sum.MinFlt+head.MinFlt, sum.MajFlt+head.MajFlt
		}
		b = b[head.Len:]
	}
}

// append takes a process. Tasks come in the order of their numbers: one that would break it is left to /proc.
func (t *batch) append(r row) {
	if n := len(t.rows); r.pid > 0 && (n == 0 || t.rows[n-1].pid < r.pid) {
		t.rows = append(t.rows, r)
	}
}

// sumOf returns where the threads of a process are summed up.
func (t *batch) sumOf(tgid uint32) *threadRecord {
	if sum := t.threads[tgid]; sum != nil {
		return sum
	}
	if t.used == len(t.sums) {
		t.sums = append(t.sums, &threadRecord{})
	}
	sum := t.sums[t.used]
	t.used++
	*sum = threadRecord{}
	t.threads[tgid] = sum
	return sum
}

// Len implements procwalk.Batch.
func (t *batch) Len() int { return len(t.rows) }

// Has implements procwalk.Batch.
func (t *batch) Has() procwalk.Want { return t.has &^ procwalk.WantCgroup }

// Position implements procwalk.Batch.
func (t *batch) Position(pid int) int {
	at, _ := slices.BinarySearchFunc(t.rows, pid, func(r row, pid int) int { return int(r.pid) - pid })
	return at
}

// PID implements procwalk.Batch.
func (t *batch) PID(i int) int { return int(t.rows[i].pid) }

// Same implements procwalk.Batch.
func (t *batch) Same(i int) bool { return t.rows[i].is == nil }

// Started implements procwalk.Batch.
func (t *batch) Started(i int) uint64 { return t.rows[i].is.Start }

// kthreadd is the kernel's thread that starts the others. It has all capabilities that this kernel knows, which is
// where views look it up: its status is read whole.
const kthreadd = 2

// Fill implements procwalk.Batch.
func (t *batch) Fill(i int, want procwalk.Want, old *procwalk.Process, was procwalk.Given,
	row *procwalk.Process) (procwalk.Given, bool) {
	r := t.rows[i].is
	state, ok := r.state()
	if !ok {
		return procwalk.Given{}, false
	}
	var more *threadRecord
	if r.Threads > 1 {
		more = t.threads[r.TGID]
	}
	r.stat(&row.Stat, state, more, t.pageSize)
	if old != nil && old.Comm.Raw() == string(r.comm()) {
		row.Comm = old.Comm
	} else {
		row.Comm = text.New(string(r.comm()))
	}
	g := procwalk.Given{Has: t.has, Image: [3]uint64{r.ExecID, r.ArgStart, r.ArgEnd}, Named: !row.KernelThread(),
		Ran: r.Runtime + r.PastRT, Pages: mix(mix(uint64(r.Pages[0]), uint64(r.Pages[1])), mix(uint64(r.Pages[2]),
			uint64(r.Pages[3])))}
	if more != nil {
		g.Ran += more.Runtime
	}
	if old != nil && old.StartTime != row.StartTime {
		old = nil
	}
	if r.PID == kthreadd || r.Level >= maxLevels {
		g.Has &^= procwalk.WantBrief | procwalk.WantRSS
	}
	if want&procwalk.WantBrief&g.Has != 0 {
		r.status(row, old, t.pageSize, old != nil && g.Asleep(&was, old.State, state))
	}
	if state == 'Z' && r.Threads > 1 {
		g.Has &^= procwalk.WantNS // those of its threads count
	}
	if want&procwalk.WantNS&g.Has != 0 {
		row.NS = t.namespaces(r)
	}
	// Those of an ended process are no longer what the set says, and change without it.
	if g.Has&procwalk.WantCgroup != 0 && r.Flags&exiting == 0 {
		g.Groups = mix(r.CSet, r.Cgroup2)
	}
	g.Has &^= procwalk.WantCgroup // only the paths in /proc tell which they are
	return g, true
}

// mix makes one number, not 0, of two.
//
// Source: the finaliser of SplitMix64, http://prng.di.unimi.it/splitmix64.c.
func mix(a, b uint64) uint64 {
	x := a ^ b*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31 | 1
}

// namespaces returns the namespaces of a process: one copy for all that have the same.
func (t *batch) namespaces(r *record) *procwalk.Namespaces {
	in := space{ns: r.NS}
	key := &in.ns
	if r.ChildReaper == 0 {
		key[pidForChildren] = 0 // nobody is in there yet: /proc has no link for it, either
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	in.root = t.rootNumber(r.Root)
	ns := t.spaces[in]
	if ns == nil {
		with := procwalk.Namespaces{PIDForChildren: uint64(key[pidForChildren]),
			TimeForChildren: uint64(key[timeForChildren])}.WithRoot(in.root)
		ns = &with
		for n := range procwalk.NSTypes {
			if ns.Inode[n] = uint64(key[n]); key[n] == 0 {
				ns.Err[n] = procwalk.ErrGone
			}
		}
		if ns.PIDForChildren == 0 {
			ns.PIDForChildren = ns.Inode[procwalk.PID]
		}
		if ns.TimeForChildren == 0 {
			ns.TimeForChildren = ns.Inode[procwalk.Time]
		}
		t.spaces[in] = ns
	}
	return ns
}

// rootNumber numbers the root directories in the order in which they are met. Where the kernel has one is for nobody
// to see: who knows such an address knows where to strike. A number stands until all rows are read anew, and no other
// directory ever has it, so that rows of two snapshots can be compared.
func (t *batch) rootNumber(address uint64) uint32 {
	if address == 0 {
		return 0
	}
	number, ok := t.roots[address]
	if !ok {
		if t.roots == nil {
			t.roots = map[uint64]uint32{}
		}
		t.given++
		number = t.given
		t.roots[address] = number
	}
	return number
}
