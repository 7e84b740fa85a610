package psfmt

import (
	"time"

	"bones/procwalk"
)

// clock is a time of day and a date, in the zone of the output.
type clock struct {
	year, month, day, yday, weekday, hour, min, sec int
}

func (c *context) at(unix int64) clock {
	t := time.Unix(unix, 0).In(c.loc)
	return clock{t.Year(), int(t.Month()) - 1, t.Day(), t.YearDay(), int(t.Weekday()), t.Hour(), t.Minute(), t.Second()}
}

const (
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
	dayNames   = "SunMonTueWedThuFriSat"
)

func (t *clock) monthName() string { return monthNames[3*t.month : 3*t.month+3] }

// ctime appends what ctime(3) makes of it: "Mon Nov 23 20:04:21 2026".
func (c *context) ctime(t clock) int {
	start := len(c.cell)
	c.cell = append(c.cell, dayNames[3*t.weekday:3*t.weekday+3]...)
	c.cell = append(c.cell, ' ')
	c.cell = append(c.cell, t.monthName()...)
	c.cell = append(c.cell, ' ')
	c.padded(uint64(t.day), 2)
	c.cell = append(c.cell, ' ')
	c.timeOfDay(t)
	c.cell = append(c.cell, ' ')
	c.int(t.year)
	return len(c.cell) - start
}

func (c *context) timeOfDay(t clock) {
	c.two(uint64(t.hour))
	c.cell = append(c.cell, ':')
	c.two(uint64(t.min))
	c.cell = append(c.cell, ':')
	c.two(uint64(t.sec))
}

// started returns when a process started, in seconds since 1970.
func (c *context) started(p *procwalk.Process) int64 { return c.boot + int64(p.StartTime/c.hz) }

// aliveTicks returns how long a process has lived, in clock ticks; 0 if it is younger than the snapshot.
func (c *context) aliveTicks(p *procwalk.Process) float64 {
	if p.StartTime >= c.upTicks {
		return 0
	}
	return float64(c.upTicks - p.StartTime)
}

// elapsed returns the same in seconds.
func (c *context) elapsed(p *procwalk.Process) float64 { return c.aliveTicks(p) / float64(c.hz) }

func cpuTicks(p *procwalk.Process) uint64 { return p.UTime + p.STime }

func cpuTicksWithChildren(p *procwalk.Process) uint64 {
	return p.UTime + p.STime + uint64(p.CUTime) + uint64(p.CSTime)
}

// cpuSeconds returns the CPU time in whole seconds.
func (c *context) cpuSeconds(p *procwalk.Process) uint64 { return cpuTicks(p) / c.hz }

// printBsdtime is CPU time in minutes and seconds.
func printBsdtime(c *context, p *procwalk.Process) int {
	t := uint64(uint32(c.cpuSeconds(p)))
	n := c.padded(t/60, 3)
	c.cell = append(c.cell, ':')
	return n + 1 + c.two(t%60)
}

// printTime is CPU time as [DD-]HH:MM:SS.
func printTime(c *context, p *procwalk.Process) int {
	t := c.cpuSeconds(p)
	start := len(c.cell)
	if days := t / 86400; days > 0 {
		c.uint(days)
		c.cell = append(c.cell, '-')
	}
	c.two(t / 3600 % 24)
	c.cell = append(c.cell, ':')
	c.two(t / 60 % 60)
	c.cell = append(c.cell, ':')
	c.two(t % 60)
	return len(c.cell) - start
}

func printTimes(c *context, p *procwalk.Process) int { return c.uint(c.cpuSeconds(p)) }

// printEtime is the time since the start as [[DD-]HH:]MM:SS.
func printEtime(c *context, p *procwalk.Process) int {
	t := uint64(c.elapsed(p))
	start := len(c.cell)
	days, hours := t/86400, t/3600%24
	if days > 0 {
		c.uint(days)
		c.cell = append(c.cell, '-')
	}
	if days > 0 || hours > 0 {
		c.two(hours)
		c.cell = append(c.cell, ':')
	}
	c.two(t / 60 % 60)
	c.cell = append(c.cell, ':')
	c.two(t % 60)
	return len(c.cell) - start
}

func printEtimes(c *context, p *procwalk.Process) int { return c.uint(uint64(uint32(c.elapsed(p)))) }

// printStime is START of `ps aux`: the time of day if today, the month and day if this year, else the year.
func printStime(c *context, p *procwalk.Process) int {
	t := c.at(c.started(p))
	switch {
	case t.year != c.today.year:
		return c.int(t.year)
	case t.yday != c.today.yday:
		c.cell = append(c.cell, t.monthName()...)
		c.two(uint64(t.day))
	default:
		c.two(uint64(t.hour))
		c.cell = append(c.cell, ':')
		c.two(uint64(t.min))
	}
	return 5
}

// printStart is the time of day if less than a day ago, else the month and day.
func printStart(c *context, p *procwalk.Process) int {
	began := c.started(p)
	t := c.at(began)
	if began+86400 > c.now {
		c.timeOfDay(t)
		return 8
	}
	c.cell = append(c.cell, "  "...)
	c.cell = append(c.cell, t.monthName()...)
	c.cell = append(c.cell, ' ')
	c.two(uint64(t.day))
	return 8
}

// printBsdstart is much the same, narrower.
func printBsdstart(c *context, p *procwalk.Process) int {
	began := c.started(p)
	t := c.at(began)
	if c.now-began > 86400 {
		c.cell = append(c.cell, t.monthName()...)
		c.cell = append(c.cell, ' ')
		c.padded(uint64(t.day), 2)
		return 6
	}
	c.cell = append(c.cell, ' ')
	c.two(uint64(t.hour))
	c.cell = append(c.cell, ':')
	c.two(uint64(t.min))
	return 6
}

func printLstart(c *context, p *procwalk.Process) int { return c.ctime(c.at(c.started(p))) }

var (
	byTimeAll = number(func(c *context, p *procwalk.Process) float64 {
		return float64(cpuTicks(p)) / float64(c.hz)
	})
	byTicsAll     = number(func(c *context, p *procwalk.Process) uint64 { return cpuTicks(p) })
	byTicsUser    = number(func(c *context, p *procwalk.Process) uint64 { return p.UTime })
	byTicsUserC   = number(func(c *context, p *procwalk.Process) uint64 { return p.UTime + uint64(p.CUTime) })
	byTicsBegan   = number(func(c *context, p *procwalk.Process) uint64 { return p.StartTime })
	byTimeElapsed = number((*context).elapsed)
)
