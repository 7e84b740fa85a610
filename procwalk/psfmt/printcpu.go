package psfmt

import (
	"strconv"

	"bones/procwalk"
)

// share returns the CPU time used as a part of the time lived, in 1/unit.
func (c *context) share(p *procwalk.Process, unit uint64) uint64 {
	lived := uint64(c.elapsed(p) * float64(c.hz))
	if lived == 0 {
		return 0
	}
	return uint64(uint32(cpuTicks(p) * unit / lived))
}

// printPCPU is the share in percent with one decimal, without it from 100 on.
func printPCPU(c *context, p *procwalk.Process) int {
	n := c.share(p, 1000)
	if n > 999 {
		return c.uint(n / 10)
	}
	return c.tenths(n)
}

func (c *context) tenths(n uint64) int {
	size := c.uint(n / 10)
	c.cell = append(c.cell, '.', byte('0'+n%10))
	return size + 2
}

func printC(c *context, p *procwalk.Process) int  { return c.padded(min(c.share(p, 100), 99), 2) }
func printCP(c *context, p *procwalk.Process) int { return c.padded(min(c.share(p, 1000), 999), 3) }

// utilization is the share in percent; ps computes it in single precision first.
func (c *context) utilization(p *procwalk.Process, ticks uint64) float64 {
	lived := c.aliveTicks(p)
	if lived <= 0 {
		return 0
	}
	return float64(float32(ticks)*100) / lived
}

func (c *context) thousandths(v float64) int {
	if v > 99 {
		v = 99.999
	}
	start := len(c.cell)
	c.cell = strconv.AppendFloat(c.cell, v, 'f', 3, 64)
	return len(c.cell) - start
}

func printUtilization(c *context, p *procwalk.Process) int {
	return c.thousandths(c.utilization(p, cpuTicks(p)))
}

func printUtilizationC(c *context, p *procwalk.Process) int {
	return c.thousandths(c.utilization(p, cpuTicksWithChildren(p)))
}

// printCPU is the processor that the process ran on last.
func printCPU(c *context, p *procwalk.Process) int { return c.int(p.Processor) }

// printSgiP is the same, only for those that run.
func printSgiP(c *context, p *procwalk.Process) int {
	if p.State == 'R' {
		return c.uint(uint64(uint32(p.Processor)))
	}
	return c.string("*")
}

// The kernel's priority is -100 to -1 for real-time processes and 0 to 39 for the others. ps has a column for every
// scale that some system used.

func printPriority(c *context, p *procwalk.Process) int { return c.int(p.Priority) }
func printOpri(c *context, p *procwalk.Process) int     { return c.int(60 + p.Priority) }
func printPri(c *context, p *procwalk.Process) int      { return c.int(39 - p.Priority) }
func printPriApi(c *context, p *procwalk.Process) int   { return c.int(-1 - p.Priority) }
func printPriBar(c *context, p *procwalk.Process) int   { return c.int(p.Priority + 1) }
func printPriBaz(c *context, p *procwalk.Process) int   { return c.int(p.Priority + 100) }
func printPriFoo(c *context, p *procwalk.Process) int   { return c.int(p.Priority - 20) }

// printNice is the nice value, which counts only under SCHED_OTHER (0) and SCHED_BATCH (3).
func printNice(c *context, p *procwalk.Process) int {
	if p.Policy != 0 && p.Policy != 3 {
		return c.string("-")
	}
	return c.int(p.Nice)
}

// printClass is the scheduling policy.
//
// Source: sched(7); include/uapi/linux/sched.h.
func printClass(c *context, p *procwalk.Process) int {
	switch p.Policy {
	case 0:
		return c.string("TS")
	case 1:
		return c.string("FF")
	case 2:
		return c.string("RR")
	case 3:
		return c.string("B")
	case 4:
		return c.string("ISO")
	case 5:
		return c.string("IDL")
	case 6:
		return c.string("DLN")
	case 7, 8, 9:
		return c.string("#") + c.int(p.Policy)
	}
	return c.string("?")
}

func printSched(c *context, p *procwalk.Process) int { return c.int(p.Policy) }

func printRtprio(c *context, p *procwalk.Process) int {
	if p.Policy == 0 {
		return c.string("-")
	}
	return c.int(p.RTPriority)
}

var (
	byUtilization  = number(func(c *context, p *procwalk.Process) float64 { return c.utilization(p, cpuTicks(p)) })
	byUtilizationC = number(func(c *context, p *procwalk.Process) float64 {
		return c.utilization(p, cpuTicksWithChildren(p))
	})
	byProcessor  = number(func(c *context, p *procwalk.Process) int { return p.Processor })
	byPriority   = number(func(c *context, p *procwalk.Process) int { return p.Priority })
	byPriorityRt = number(func(c *context, p *procwalk.Process) int { return p.RTPriority })
	byNice       = number(func(c *context, p *procwalk.Process) int { return p.Nice })
	bySchedClass = number(func(c *context, p *procwalk.Process) int { return p.Policy })
)
