package procwalk

import (
	"bones/procwalk/text"
	"time"

	"golang.org/x/sys/unix"
)

// memory reads the files that may hang: the read is announced to the watchdog, and only what is still ours after it is
// written down. cmdline takes the lock on the process's memory, io the one that an exec holds while it waits for that.
func (wk *worker) memory(dir folder, i int, want Want) (state rowState, mine bool) {
	p := wk.pass
	row := &p.rows[i]
	if row.KernelThread() || row.State == 'Z' || row.VSize == 0 && row.NumThreads <= 1 {
		if want&WantCmdline != 0 {
			row.Cmdline = noCmdline // without memory there is none
			want &^= WantCmdline
		}
		if want&WantIO == 0 {
			return rowRead, true
		}
	}
	if !p.w.jail.empty() {
		switch p.w.jail.judge(row.ID(), prisonerAt(dir)) {
		case neverMore:
			p.giveUp(row)
			return rowRead, true
		case notNow:
			if want&WantIO != 0 {
				row.IO = &IO{Err: ErrNotTried}
			}
			if want&WantCmdline != 0 && row.Cmdline == nil {
				row.Cmdline = &Cmdline{Err: ErrNotTried}
			}
			return rowRead, true
		}
	}
	read := &slowRead{row: i, id: row.ID(), dir: dir, since: time.Now()}
	wk.slow.Store(read)
	var io *IO
	short := false // of descriptors or of memory
	if want&WantIO != 0 {
		if b, err := readAt(dir.fd, dir.prefix+"io", wk.buf); err != nil {
			short = wk.starved(err)
			io = &IO{Err: unsupportedIfAbsent(err)}
		} else {
			io = parseIO(b)
		}
	}
	var line []byte
	var truncated bool
	var err error
	if want&WantCmdline != 0 {
		limit := CmdlineMax
		if p.lines.Load() > CmdlinesMax {
			limit = CmdlineCut
		}
		line, truncated, err = wk.readCmdline(dir, limit)
		if p.lines.Add(int64(len(line))); truncated && limit == CmdlineCut {
			p.cut.Add(1)
		}
	}
	if !wk.slow.CompareAndSwap(read, nil) {
		p.w.jail.release(read.id)
		return 0, false
	}
	if io != nil {
		row.IO = io
	}
	switch {
	case short || wk.starved(err):
		return rowStarved, true
	case want&WantCmdline == 0:
	case gone(err):
		return rowVanished, true
	case err != nil:
		row.Cmdline = &Cmdline{Err: err}
	case len(line) == 0:
		row.Cmdline = noCmdline
	case row.Cmdline == nil || row.Cmdline.Raw.Raw() != string(line):
		row.Cmdline = &Cmdline{Raw: text.New(string(line)), Truncated: truncated}
	}
	return rowRead, true
}

// prisonerAt returns what a hang of the process behind dir is counted by.
func prisonerAt(dir folder) prisoner {
	var who prisoner
	var st unix.Stat_t
	if dir.stat(&st) == nil {
		who.uid = st.Uid
	}
	var b [64]byte
	if n, err := quickReadlink(dir.fd, dir.name(nsLinks[Mnt]), b[:]); err == nil {
		who.mnt, _ = parseNSLink(b[:n])
	}
	return who
}
