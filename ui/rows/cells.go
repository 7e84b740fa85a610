package rows

import (
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/text"
)

func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }

func appendUint(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }

func appendSize(dst []byte, n uint64) []byte { return spec.AppendSize(dst, n) }

// Size writes a number of bytes for a reader: 812, 9.8K, 123M.
func Size(n uint64) string { return string(appendSize(nil, n)) }

func statCell(m *Model, dst []byte, r Row) []byte {
	if t := m.thread(r); t != nil {
		return text.AppendSafe(dst, string(rune(t.State)))
	}
	return AppendStat(dst, m.Process(r))
}

// AppendStat appends the state and its flags as ps prints them under STAT.
//
// Source: ps(1), PROCESS STATE CODES.
func AppendStat(dst []byte, p *procwalk.Process) []byte {
	if p.State > ' ' && p.State < 0x7f {
		dst = append(dst, p.State)
	} else {
		dst = append(dst, '?')
	}
	if p.Nice < 0 {
		dst = append(dst, '<')
	} else if p.Nice > 0 {
		dst = append(dst, 'N')
	}
	if p.Status != nil && p.Status.VmLck > 0 {
		dst = append(dst, 'L')
	}
	if p.Session == p.PID {
		dst = append(dst, 's')
	}
	if p.NumThreads > 1 {
		dst = append(dst, 'l')
	}
	if p.TPGID != -1 && p.TPGID == p.PGRP {
		dst = append(dst, '+')
	}
	return dst
}

func userCell(m *Model, dst []byte, r Row) []byte {
	p := m.Process(r)
	if p.Status == nil || p.Status.Err != nil {
		return append(dst, '?')
	}
	if m.names.User != nil {
		if name := m.names.User(p.Status.EUID); name != "" {
			return text.AppendSafe(dst, name)
		}
	}
	return appendUint(dst, uint64(p.Status.EUID))
}

func ttyCell(m *Model, dst []byte, r Row) []byte {
	p := m.Process(r)
	if p.TTYNr == 0 {
		return append(dst, '?')
	}
	if m.names.TTY != nil {
		if name := m.names.TTY(p); name != "" {
			return text.AppendSafe(dst, name)
		}
	}
	major, minor := p.TTYNr>>8&0xfff, p.TTYNr&0xff|p.TTYNr>>12&0xfff00
	switch {
	case major >= 136 && major <= 143: // UNIX98_PTY_SLAVE_MAJOR, include/uapi/linux/major.h
		return appendUint(append(dst, "pts/"...), uint64(major-136)<<20|uint64(minor))
	case major == 4 && minor < 64:
		return appendUint(append(dst, "tty"...), uint64(minor))
	case major == 4:
		return appendUint(append(dst, "ttyS"...), uint64(minor-64))
	}
	return appendUint(append(appendUint(dst, uint64(major)), ':'), uint64(minor))
}

// timeCell prints minutes and seconds, hours and minutes, or days and hours: at most seven cells.
func timeCell(m *Model, dst []byte, r Row) []byte {
	p := m.Process(r)
	ticks := p.UTime + p.STime
	if t := m.thread(r); t != nil {
		ticks = t.Ticks
	}
	return appendClock(dst, m.facts.Snap.Host.Ticks(ticks))
}

func appendClock(dst []byte, d time.Duration) []byte {
	s := int64(d / time.Second)
	two := func(dst []byte, n int64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }
	switch {
	case s < 0:
		return append(dst, '-')
	case s < 1000*60:
		return two(append(strconv.AppendInt(dst, s/60, 10), ':'), s%60)
	case s < 100*3600:
		return append(two(append(strconv.AppendInt(dst, s/3600, 10), 'h'), s/60%60), 'm')
	case s < 1000*86400:
		return append(two(append(strconv.AppendInt(dst, s/86400, 10), 'd'), s/3600%24), 'h')
	}
	return append(strconv.AppendInt(dst, s/86400, 10), 'd')
}

// skew is by how much a process that has just started may seem to do so in the future: the time of boot is known to a
// second.
const skew = time.Minute

// startCell prints the time for a process of the last 24 hours, then the day, then the year. What the clock, which was
// set back, has in the future is written with its date.
func startCell(m *Model, dst []byte, r Row) []byte {
	snap := m.facts.Snap
	at := snap.StartedAt(m.Process(r))
	if t := m.thread(r); t != nil {
		at = snap.Host.BootTime.Add(snap.Host.Ticks(t.Start))
	}
	switch age := snap.Taken.Sub(at); {
	case age < -365*24*time.Hour:
		return at.AppendFormat(dst, "2006-01-02")
	case age < -skew:
		return at.AppendFormat(dst, "Jan02 15:04")
	case age < 24*time.Hour:
		return at.AppendFormat(dst, "15:04")
	case age < 365*24*time.Hour:
		return at.AppendFormat(dst, "Jan02")
	}
	return at.AppendFormat(dst, "2006")
}

func (m *Model) folded(i int32) bool {
	if m.Flat || len(m.foldSet()) == 0 {
		return false
	}
	return m.Folded(m.facts.Snap.Processes[i].ID())
}

func (m *Model) rss(i int32) uint64 {
	if m.folded(i) {
		return m.sumRSS[i]
	}
	return m.facts.Snap.Processes[i].RSS * m.facts.Snap.Host.PageSize
}

// cpuKey is the processor use that a row shows, in processors; unknown is less than none.
func (m *Model) cpuKey(i int32) float64 {
	switch {
	case m.folded(i):
		return m.sumCPU[i]
	case m.known(i):
		return m.facts.Rates[i].CPU
	}
	return math.Inf(-1)
}

func cpuCell(m *Model, dst []byte, r Row) []byte {
	if t := m.thread(r); t != nil && t.known {
		return appendPercent(dst, 100*t.cpu)
	}
	if r.Thread >= 0 || !r.Folded && !m.known(r.Index) {
		return append(dst, '-')
	}
	v := 100 * m.sumCPU[r.Index]
	if !r.Folded {
		v = 100 * m.facts.Rates[r.Index].CPU
	}
	return appendPercent(dst, v)
}

func appendPercent(dst []byte, v float64) []byte {
	if v < 999.95 {
		return strconv.AppendFloat(dst, v, 'f', 1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', 0, 64)
}

func rssCell(m *Model, dst []byte, r Row) []byte {
	if r.Thread >= 0 {
		return append(dst, '-')
	}
	return appendSize(dst, m.rss(r.Index))
}

func memCell(m *Model, dst []byte, r Row) []byte {
	total := m.facts.Snap.Host.MemTotal
	if r.Thread >= 0 || total == 0 {
		return append(dst, '-')
	}
	return appendPercent(dst, 100*float64(m.rss(r.Index))/float64(total))
}

func containerCell(m *Model, dst []byte, r Row) []byte {
	if m.names.Container == nil {
		return append(dst, '?')
	}
	if names := m.names.Container(m.Process(r)); len(names) > 0 {
		return text.AppendSafe(dst, names[0].Raw())
	}
	if g := m.facts.Now.GuestOf(m.Process(r).ID()); g != nil {
		return text.AppendSafe(append(dst, "vm:"...), g.Label().Raw())
	}
	return append(dst, '-')
}

func cgroupCell(m *Model, dst []byte, r Row) []byte {
	c := m.Process(r).Cgroups
	if c == nil || c.Err != nil {
		return append(dst, '?')
	}
	for _, l := range c.Lines {
		if l.V2() && (l.Path.Raw() != "/" || len(c.Lines) == 1) {
			return text.AppendSafe(dst, l.Path.Raw())
		}
	}
	for _, l := range c.Lines {
		if !l.V2() {
			return text.AppendSafe(dst, l.Path.Raw())
		}
	}
	return append(dst, '-')
}

// commandMax is how much of a command line is put into a cell: no screen is wider. What was scrolled away to the left
// comes on top of it.
const commandMax = 4096

func commandCell(m *Model, dst []byte, r Row) []byte {
	p := m.Process(r)
	if t := m.thread(r); t != nil {
		return text.AppendSafe(dst, t.Comm.Raw())
	}
	return appendCommand(dst, p, commandMax+utf8.UTFMax*m.Scrolled)
}

// AppendCommand appends the arguments of a process with blanks between them, or its name in brackets where it has
// none, as ps does.
func AppendCommand(dst []byte, p *procwalk.Process) []byte { return appendCommand(dst, p, commandMax) }

// appendCommand is AppendCommand for so many bytes of the command line.
func appendCommand(dst []byte, p *procwalk.Process, most int) []byte {
	if p.Cmdline != nil && p.Cmdline.Raw.Len() > 0 && p.State != 'Z' {
		raw := p.Cmdline.Raw.Raw()
		raw = raw[:min(len(raw), most)]
		for len(raw) > 0 {
			n := 0
			for n < len(raw) && raw[n] != 0 {
				n++
			}
			dst = text.AppendSafe(dst, raw[:n])
			if n == len(raw) {
				break
			}
			if raw = raw[n+1:]; len(raw) > 0 {
				dst = append(dst, ' ')
			}
		}
		return dst
	}
	dst = append(text.AppendSafe(append(dst, '['), p.Comm.Raw()), ']')
	switch {
	case p.State == 'Z':
		return append(dst, " <defunct>"...)
	case p.Cmdline != nil && errors.Is(p.Cmdline.Err, procwalk.ErrStuck):
		return append(dst, " (its memory does not answer)"...)
	}
	return dst
}
