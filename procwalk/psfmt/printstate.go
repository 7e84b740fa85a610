package psfmt

import "bones/procwalk"

// printStat is the state letter, followed by < or N for the nice value, L for locked memory, s for a session leader,
// l for several threads, + for the foreground process group of the terminal.
//
// Source: ps(1), "PROCESS STATE CODES".
func printStat(c *context, p *procwalk.Process) int {
	start := len(c.cell)
	c.cell = append(c.cell, state(p))
	if p.Nice < 0 {
		c.cell = append(c.cell, '<')
	}
	if p.Nice > 0 {
		c.cell = append(c.cell, 'N')
	}
	if status(p).VmLck >= 1024 {
		c.cell = append(c.cell, 'L')
	}
	if p.Session == p.PID {
		c.cell = append(c.cell, 's')
	}
	if p.NumThreads > 1 {
		c.cell = append(c.cell, 'l')
	}
	if p.PGRP == p.TPGID {
		c.cell = append(c.cell, '+')
	}
	return len(c.cell) - start
}

func printState(c *context, p *procwalk.Process) int {
	c.cell = append(c.cell, state(p))
	return 1
}

func state(p *procwalk.Process) byte {
	if p.State < 0x21 || p.State > 0x7e {
		return '?'
	}
	return p.State
}

// printFlag is two of the kernel's flags as a digit: 1 forked but did not exec, 4 used superuser privileges.
func printFlag(c *context, p *procwalk.Process) int { return c.uint(p.Flags >> 6 & 7) }

func printThreads(c *context, p *procwalk.Process) int { return c.int(max(p.NumThreads, 1)) }

// mask appends a mask of signals: all of it if the line has room, else the lower half, with a < if the upper
// holds something.
func (c *context) mask(m uint64) int {
	if c.wideSigs {
		return c.hex16(m)
	}
	start := len(c.cell)
	if m>>32 != 0 {
		c.cell = append(c.cell, '<')
	}
	at := len(c.cell)
	c.hex16(m)
	c.cell = append(c.cell[:at], c.cell[at+8:]...)
	return len(c.cell) - start
}

func printSig(c *context, p *procwalk.Process) int       { return c.mask(status(p).ShdPnd) }
func printTsig(c *context, p *procwalk.Process) int      { return c.mask(status(p).SigPnd) }
func printSigmask(c *context, p *procwalk.Process) int   { return c.mask(status(p).SigBlk) }
func printSigignore(c *context, p *procwalk.Process) int { return c.mask(status(p).SigIgn) }
func printSigcatch(c *context, p *procwalk.Process) int  { return c.mask(status(p).SigCgt) }

// printNS returns the printer of a namespace's inode number.
func printNS(t procwalk.NSType) printer {
	return func(c *context, p *procwalk.Process) int {
		if n := nsInode(p, t); n != 0 {
			return c.uint(n)
		}
		return c.string("-")
	}
}

func byNS(t procwalk.NSType) key {
	return number(func(c *context, p *procwalk.Process) uint64 { return nsInode(p, t) })
}

func nsInode(p *procwalk.Process, t procwalk.NSType) uint64 {
	if p.NS == nil {
		return 0
	}
	return p.NS.Inode[t]
}

var (
	byState      = number(func(c *context, p *procwalk.Process) int { return int(p.State) })
	byFlags      = number(func(c *context, p *procwalk.Process) uint64 { return p.Flags })
	byNlwp       = number(func(c *context, p *procwalk.Process) int { return max(p.NumThreads, 1) })
	bySignals    = number(func(c *context, p *procwalk.Process) uint64 { return status(p).ShdPnd })
	bySigpending = number(func(c *context, p *procwalk.Process) uint64 { return status(p).SigPnd })
	bySigblocked = number(func(c *context, p *procwalk.Process) uint64 { return status(p).SigBlk })
	bySigignore  = number(func(c *context, p *procwalk.Process) uint64 { return status(p).SigIgn })
	bySigcatch   = number(func(c *context, p *procwalk.Process) uint64 { return status(p).SigCgt })
)
