package rows

import (
	"math"

	"bones/procwalk"
	"bones/procwalk/rates"
)

// The columns whose cells differ from process to thread row, or that need more than one field.

func pidColumn() *Column {
	return &Column{Name: "pid", Title: "PID", keep: 100, Right: true, ascending: true, Help: "process ID, seen from here",
		width: func(m *Model) int { return m.pidWide },
		num:   func(m *Model, i int32) float64 { return float64(m.facts.Snap.Processes[i].PID) },
		cell: func(m *Model, dst []byte, r Row) []byte {
			if t := m.thread(r); t != nil {
				return appendInt(dst, t.TID)
			}
			return appendInt(dst, m.Process(r).PID)
		}}
}

func cpidColumn() *Column {
	inside := func(p *procwalk.Process) int {
		if p.Status == nil || len(p.Status.NSpid) < 2 {
			return 0 // in the pid namespace that it is seen from
		}
		return p.Status.NSpid[len(p.Status.NSpid)-1]
	}
	return &Column{Name: "cpid", Title: "INSIDE", keep: 72, Right: true, ascending: true,
		Help:  "the PID inside: the one it has in its container's pid namespace",
		Want:  procwalk.WantBrief,
		width: func(m *Model) int { return max(m.pidWide, 6) },
		num:   func(m *Model, i int32) float64 { return float64(inside(&m.facts.Snap.Processes[i])) },
		cell: func(m *Model, dst []byte, r Row) []byte {
			if pid := inside(m.Process(r)); pid > 0 && r.Thread < 0 {
				return appendInt(dst, pid)
			}
			return append(dst, '-')
		}}
}

func ttyColumn() *Column {
	return &Column{Name: "tty", Title: "TTY", keep: 30, Help: "controlling terminal",
		width: func(*Model) int { return 7 }, cell: ttyCell,
		str: func(m *Model, i int32) string { return string(ttyCell(m, nil, Row{Index: i, Thread: -1})) }}
}

func timeColumn() *Column {
	return &Column{Name: "time", Title: "TIME", keep: 50, Right: true, Help: "processor time it has used",
		width: func(*Model) int { return 7 }, cell: timeCell,
		num: func(m *Model, i int32) float64 {
			p := &m.facts.Snap.Processes[i]
			return float64(p.UTime + p.STime)
		}}
}

func threadsColumn() *Column {
	return &Column{Name: "thcount", Title: "THR", keep: 30, Right: true, Help: "number of threads",
		width: func(*Model) int { return 4 },
		num:   func(m *Model, i int32) float64 { return float64(m.facts.Snap.Processes[i].NumThreads) },
		cell: func(m *Model, dst []byte, r Row) []byte {
			if r.Thread >= 0 {
				return append(dst, '-')
			}
			return appendInt(dst, m.Process(r).NumThreads)
		}}
}

func ioColumn(name, title, help string, get func(rates.Rate) float64) *Column {
	return &Column{Name: name, Title: title, keep: 40, Right: true, Help: help, Want: procwalk.WantIO,
		width: func(*Model) int { return 7 },
		num: func(m *Model, i int32) float64 {
			if !m.known(i) || !m.facts.Rates[i].HasIO {
				return math.Inf(-1)
			}
			return get(m.facts.Rates[i])
		},
		cell: func(m *Model, dst []byte, r Row) []byte {
			if !m.known(r.Index) || !m.facts.Rates[r.Index].HasIO || r.Thread >= 0 {
				return append(dst, '?')
			}
			return appendSize(dst, uint64(get(m.facts.Rates[r.Index])))
		}}
}

func nsColumn(t procwalk.NSType) *Column {
	name := t.String()
	return &Column{Name: name + "ns", Title: upper(name) + "NS", keep: 40, Right: true, Help: "inode of its " + name +
		" namespace",
		Want:  procwalk.WantNS,
		width: func(*Model) int { return 10 }, ascending: true,
		num: func(m *Model, i int32) float64 {
			if ns := m.facts.Snap.Processes[i].NS; ns != nil {
				return float64(ns.Inode[t])
			}
			return 0
		},
		cell: func(m *Model, dst []byte, r Row) []byte {
			ns := m.Process(r).NS
			switch {
			case ns == nil:
				return append(dst, '-')
			case ns.Err[t] != nil:
				return append(dst, '?')
			}
			return appendUint(dst, ns.Inode[t])
		}}
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// thread returns the thread that a row stands for, or nil if it is that of a process.
func (m *Model) thread(r Row) *Thread {
	if r.Thread < 0 {
		return nil
	}
	list := m.threads[m.Process(r).ID()]
	if int(r.Thread) >= len(list) {
		return nil
	}
	return &list[r.Thread]
}
