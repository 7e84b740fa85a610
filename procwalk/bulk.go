package procwalk

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"bones/procwalk/quick"
	"bones/procwalk/text"
)

// Bulk reads many rows of the table in one go, from elsewhere than the files of /proc: see procwalk/taskiter. The
// Walker reads from /proc what it does not give, and the processes that it does not know. It is for one goroutine at a
// time.
type Bulk interface {
	// Name is what Origin.Bulk says.
	Name() string
	// Read reads all that it can. The Batch is valid until the next call. Unless all is set, it may say of a process that
	// it is as it was in the Batch before, see Batch.Same.
	Read(m *Machine, all bool) (Batch, error)
	Close() error
}

// Batch is what a Bulk read. Its methods may be called by several goroutines at once.
type Batch interface {
	// Len is how many processes there are, and PID the number of one of them; they ascend.
	Len() int
	PID(i int) int
	// Position is where the first process is that has at least this number; Len if there is none.
	Position(pid int) int
	// Has is what it gives of a process as a rule, beside Stat.
	Has() Want
	// Same says that Stat and all that Has tells of are for this process as they were in the Batch before. Started and
	// Fill do not know it then.
	Same(i int) bool
	// Started returns when the process started, in nanoseconds since boot: with the PID its identity, to the kernel's
	// own precision.
	Started(i int) uint64
	// Fill fills in a row that is empty but for what it may keep of old, the same PID's row of the snapshot before, of
	// which was is what was given then. old is nil if there was none, and may be another process. False says that the row
	// is to be read from /proc.
	Fill(i int, want Want, old *Process, was Given, row *Process) (Given, bool)
}

// BulkFrom has the Walker take rows from what open returns, given the proc file system and what all rows share. It is
// opened for the first table that has at least so many processes, because opening costs time that reading few does not
// save. Where open or a read fails, the rows come from /proc, and Origin.Why says why; with must, the snapshot fails.
func BulkFrom(atLeast int, must bool, open func(root string, m *Machine) (Bulk, error)) Option {
	return func(w *Walker) { w.bulk = &bulkState{open: open, atLeast: atLeast, must: must} }
}

// NoBulk has all rows come from /proc, and Origin.Why say why.
func NoBulk(why string) Option { return func(w *Walker) { w.bulk = &bulkState{why: why} } }

// bulkState is what a Walker knows of its Bulk.
type bulkState struct {
	open    func(root string, m *Machine) (Bulk, error)
	atLeast int
	must    bool
	bulk    Bulk // nil before it is opened, and after it has failed
	why     string
	base    *Want // what the rows that are kept have of the last batch; nil: they do not stand on it
	last    int   // the number that had been given to a task last before the last batch; 0: not known
}

// beyondBulk is what no Bulk gives: where all rows need a file of /proc anyway, one pass over the files is cheaper. A
// Walker that keeps has the status of those that have not run since.
func (w *Walker) beyondBulk(want Want) bool {
	return want&WantStat != 0 || want&WantStatus != 0 && !w.keep
}

// readBulk returns the batch for this pass; nil if the rows are to be read from /proc.
func (w *Walker) readBulk(want Want) (Batch, error) {
	b := w.bulk
	if b == nil || w.only != nil {
		return nil, nil
	}
	all := !w.keep || b.base == nil || want&(WantBrief|WantRSS|WantNS)&^*b.base != 0 ||
		w.fresh.All&WantStat != 0
	b.base = nil // until all rows of this one are kept
	if b.bulk == nil && b.why == "" && (b.must || len(w.pids) >= b.atLeast) {
		var err error
		if b.bulk, err = b.open(w.root, &w.host); err != nil {
			b.bulk, b.why = nil, err.Error()
			if b.must {
				return nil, err
			}
		}
	}
	if b.bulk == nil || w.beyondBulk(want) {
		return nil, nil
	}
	batch, err := b.bulk.Read(&w.host, all)
	if err == nil {
		return batch, nil
	}
	if b.must {
		return nil, fmt.Errorf("reading the process table by %s: %w", b.bulk.Name(), err)
	}
	w.giveUpBulk(err)
	return nil, nil
}

// giveUpBulk has all rows come from /proc from now on.
func (w *Walker) giveUpBulk(why error) {
	w.bulk.why = why.Error()
	w.bulk.bulk.Close()
	w.bulk.bulk = nil
}

// origin says where the rows of a pass come from.
func (w *Walker) origin(batch Batch, want Want) Origin {
	switch b := w.bulk; {
	case b == nil:
		return Origin{}
	case batch != nil:
		return Origin{Bulk: b.bulk.Name()}
	case b.why != "":
		return Origin{Why: b.why}
	case w.beyondBulk(want):
		return Origin{Why: "only the files of each process hold what is asked for"}
	case w.only != nil:
		return Origin{Why: "bones reads only a few processes"}
	default:
		return Origin{Why: fmt.Sprintf("with fewer than %d processes it costs more than it saves", b.atLeast)}
	}
}

// useBatch has the pass take rows from a batch. Processes that only the batch has have started since the list was
// read; those that only the list has the kernel may hide from the batch, or they have ended.
func (p *pass) useBatch(batch Batch) {
	w := p.w
	listed, at := len(w.pids), 0
	for i := range batch.Len() {
		pid := batch.PID(i)
		for at < listed && w.pids[at] < pid {
			at++
		}
		if at == listed || w.pids[at] != pid {
			w.pids = append(w.pids, pid)
		}
	}
	if len(w.pids) > listed {
		slices.Sort(w.pids)
	}
	n := len(w.pids)
	p.batch, p.index, p.notes = batch, cleared(&w.scratch.index, n), cleared(&w.scratch.notes, n)
	at = 0
	for i, pid := range w.pids {
		for at < batch.Len() && batch.PID(at) < pid {
			at++
		}
		p.index[i] = -1
		if at < batch.Len() && batch.PID(at) == pid {
			p.index[i] = int32(at)
		}
	}
	lacking := 0
	for i := range w.kept {
		if p.want&^(w.kept[i].has|batch.Has()) != 0 {
			lacking++
		}
	}
	// Rows of the same groups need one file, threads of the kernel one for their name: few, where there are many rows.
	few := len(w.kept) == 0 && n >= 1000 && p.want&^(batch.Has()|WantCgroup) == 0
	if p.recheck = lacking*4 >= len(w.kept) && !few; p.recheck {
		p.started = cleared(&w.scratch.started, n)
	}
}

// given reads a row of which the batch has the most. ok is false if it does not know the process.
func (wk *worker) given(i, pid int) (state rowState, mine, ok bool) {
	p := wk.pass
	at := int(p.index[i])
	if at < 0 {
		return 0, false, false
	}
	var old *kept
	wk.old = nil
	var was Given
	if j, ok := wk.find(i, pid); ok {
		old = &p.w.kept[j]
		was = old.given
		if wk.old = old.row; old.row.parts() != old.known {
			wk.whole = old.all()
			wk.old = &wk.whole
		}
	}
	row := &p.rows[i]
	var g Given
	if !p.batch.Same(at) {
		g, ok = p.batch.Fill(at, p.want, wk.old, was, row)
	} else if g, ok = was, wk.same(row, &was); !ok {
		return 0, false, false // it was not read by the last batch, either
	}
	if !ok {
		*row = Process{}
		return 0, false, false
	}
	want := p.want &^ g.Has
	has := p.want
	if old != nil && old.row.StartTime == row.StartTime {
		stands := wk.stands(row, old, &g, want)
		want, has = want&^stands, has|stands
	}
	if want&WantCgroup != 0 && g.Groups != 0 {
		if row.Cgroups = p.groupsOf(g.Groups); row.Cgroups != nil {
			want &^= WantCgroup
		}
	}
	p.notes[i] = g
	if p.w.keep {
		p.has[i] = has &^ dirHeld
	}
	if want == 0 && g.Named {
		return rowRead, true, true
	}
	held := -1
	if old != nil && old.row.StartTime == row.StartTime && old.has&dirHeld != 0 {
		held = old.statfd
	}
	state, mine, same := wk.missingFiles(i, held, want, g, wk.old != nil && wk.old.Status == row.Status)
	if !same {
		*row, p.notes[i] = Process{}, Given{}
		return 0, false, false
	}
	if mine && state != rowRead {
		p.letGo(i, held)
	}
	return state, mine, true
}

// dirHeld says in kept.has that the descriptor is that of the process's directory. A process that runs in each pass
// needs files in each, and the directory answers for it alone.
const dirHeld Want = 1 << 30

// seldom is in how many snapshots everything is read anew of a process that has not run, and of which the batch tells
// what others change most: priority, groups, most of the resident size.
const seldom = 8 * rereadEvery

// stands returns what of the row before holds still, and takes it over, also what is not wanted now: all, if the
// process has not run, and else what few change. What the batch does not give can change without a sign of it: of
// missing, some is read anew every now and then, in turn.
func (wk *worker) stands(row *Process, k *kept, is *Given, missing Want) (stands Want) {
	p, old, was := wk.pass, wk.old, &k.given
	own := ownDoing &^ p.w.fresh.All
	asleep := is.Asleep(was, old.State, row.State)
	turn := func(every uint64) bool { return p.w.passes%every == uint64(row.PID)%every }
	switch {
	case asleep && turn(seldom):
		stands = k.has & own
	case asleep:
		is.Named, row.Comm = true, old.Comm
		stands = k.has&^p.w.fresh.Of(row.PID, missing) | k.has&own
	case was.Image == is.Image && (old.State == 'Z') == (row.State == 'Z') && !turn(rereadEvery):
		stands = k.has & (WantCmdline | WantLabel | WantCgroup) &^ p.w.fresh.Of(row.PID, missing)
	}
	if triedInVain(old.IO) {
		stands &^= WantIO
	}
	// A group's path can change as well: each is read anew in its turn, by whoever comes first.
	if stands &^= WantCgroup; is.Groups != 0 && was.Groups == is.Groups && old.Cgroups != nil &&
		p.w.passes%rereadEvery != is.Groups%rereadEvery && p.w.fresh.Of(row.PID, missing)&WantCgroup == 0 {
		stands |= WantCgroup
		row.Cgroups = old.Cgroups
		if p.groupsOf(is.Groups) == nil {
			p.groups.Store(is.Groups, old.Cgroups)
		}
	}
	if stands&(WantStatus|WantBrief|WantRSS) != 0 && row.Status != old.Status {
		if row.Status != nil { // the batch tells something else than before
			stands &^= WantStatus | WantBrief | WantRSS
		} else {
			row.Status = old.Status
		}
	}
	if stands&WantCmdline != 0 {
		row.Cmdline = old.Cmdline
		wk.countLine(row)
	}
	if stands&WantLabel != 0 {
		row.Label = old.Label
	}
	if stands&WantIO != 0 {
		row.IO = old.IO
	}
	if stands&WantNS != 0 && row.NS == nil {
		row.NS = old.NS
	}
	return stands
}

// groupsOf returns the groups that a number of this batch stands for; nil if they have not been read yet.
func (p *pass) groupsOf(number uint64) *Cgroups {
	if c, ok := p.groups.Load(number); ok {
		return c.(*Cgroups)
	}
	return nil
}

// missingFiles reads the files that are still wanted. same is false if the process is no longer the one of the batch;
// shared says that other snapshots have the row's status, too. held is the directory, open since the pass before, or
// -1.
func (wk *worker) missingFiles(i, held int, want Want, g Given, shared bool) (state rowState, mine, same bool) {
	p := wk.pass
	row := &p.rows[i]
	dir, pid := folder{fd: held}, p.w.pids[i]
	switch {
	case p.recheck && !p.batch.Same(int(p.index[i])):
		// Most rows need a file: their paths are cheaper than a descriptor each, and another batch tells at the end
		// which of the processes are still the same.
		dir = folder{fd: p.w.rootfd, prefix: strconv.Itoa(pid) + "/"}
		p.started[i] = p.batch.Started(int(p.index[i]))
	case held >= 0:
		p.fds[i], p.has[i] = held, p.has[i]|dirHeld
	default:
		var err error
		if dir, err = wk.open(pid); err != nil {
			return failure(err), true, true
		}
		var check Stat
		err = wk.statOf(dir, &check)
		if err == nil && check.StartTime == row.StartTime && p.w.keep && p.hold() {
			p.fds[i], p.has[i] = dir.fd, p.has[i]|dirHeld
		} else {
			defer quick.Close(dir.fd)
		}
		if err != nil {
			return failure(err), true, true
		}
		if check.StartTime != row.StartTime {
			return 0, false, false
		}
	}
	if !g.Named {
		b, err := wk.readQuick(dir, fileComm)
		if err != nil {
			return failure(err), true, true
		}
		if name := trimLabel(b); row.Comm.Raw() != name {
			row.Comm = text.New(name)
		}
	}
	if want&WantStatus != 0 {
		want &^= WantRSS // status has it
	}
	if want&WantRSS != 0 {
		want &^= WantRSS
		if err := wk.residentSize(dir, row, shared); err != nil {
			return failure(err), true, true
		}
	}
	state, mine = wk.files(dir, i, want)
	if mine && state == rowRead && want&WantCgroup != 0 && g.Groups != 0 && row.Cgroups.Err == nil {
		p.groups.Store(g.Groups, row.Cgroups)
	}
	return state, mine, true
}

// recheckIdentities drops the rows of which files were read by path and whose process has ended since.
func (p *pass) recheckIdentities() error {
	if !p.recheck {
		return nil
	}
	batch, err := p.w.bulk.bulk.Read(&p.w.host, true)
	if err != nil {
		return err
	}
	at := 0
	for i, started := range p.started {
		if started == 0 || p.state[i] != rowRead {
			continue
		}
		pid := p.w.pids[i]
		for at < batch.Len() && batch.PID(at) < pid {
			at++
		}
		if at == batch.Len() || batch.PID(at) != pid || batch.Started(at) != started {
			p.state[i] = rowVanished
		}
	}
	return nil
}

// keptAt finds a PID in what is kept, as position does among rows.
func keptAt(list []kept, pid int) (at int, ok bool) {
	at = sort.Search(len(list), func(i int) bool { return list[i].pid >= pid })
	return at, at < len(list) && list[at].pid == pid
}

var (
	fileComm  = quick.Name("comm\x00")
	fileStatm = quick.Name("statm\x00")
)
