package psfmt

import (
	"strconv"

	"bones/procwalk"
)

func printPID(c *context, p *procwalk.Process) int  { return c.uint(uint64(p.PID)) }
func printLWP(c *context, p *procwalk.Process) int  { return c.uint(uint64(lwp(p))) }
func printPpid(c *context, p *procwalk.Process) int { return c.uint(uint64(uint32(p.PPID))) }
func printPgid(c *context, p *procwalk.Process) int { return c.uint(uint64(uint32(p.PGRP))) }
func printSess(c *context, p *procwalk.Process) int { return c.int(p.Session) }

func printTpgid(c *context, p *procwalk.Process) int { return c.int(p.TPGID) }

// ps prints user and group IDs as signed numbers: 4294967295 is -1.

func (c *context) id(n uint32) int { return c.int(int(int32(n))) }

func printEuid(c *context, p *procwalk.Process) int { return c.id(status(p).EUID) }
func printRuid(c *context, p *procwalk.Process) int { return c.id(status(p).UID) }
func printSuid(c *context, p *procwalk.Process) int { return c.id(status(p).SUID) }
func printFuid(c *context, p *procwalk.Process) int { return c.id(status(p).FSUID) }
func printEgid(c *context, p *procwalk.Process) int { return c.id(status(p).EGID) }
func printRgid(c *context, p *procwalk.Process) int { return c.id(status(p).GID) }
func printSgid(c *context, p *procwalk.Process) int { return c.id(status(p).SGID) }
func printFgid(c *context, p *procwalk.Process) int { return c.id(status(p).FSGID) }

func printEuser(c *context, p *procwalk.Process) int { return c.name(c.o.Users, status(p).EUID) }
func printRuser(c *context, p *procwalk.Process) int { return c.name(c.o.Users, status(p).UID) }
func printSuser(c *context, p *procwalk.Process) int { return c.name(c.o.Users, status(p).SUID) }
func printFuser(c *context, p *procwalk.Process) int { return c.name(c.o.Users, status(p).FSUID) }

func printEgroup(c *context, p *procwalk.Process) int { return c.name(c.o.Groups, status(p).EGID) }
func printRgroup(c *context, p *procwalk.Process) int { return c.name(c.o.Groups, status(p).GID) }
func printSgroup(c *context, p *procwalk.Process) int { return c.name(c.o.Groups, status(p).SGID) }
func printFgroup(c *context, p *procwalk.Process) int { return c.name(c.o.Groups, status(p).FSGID) }

// lwp is the number of the thread that a row stands for: of a whole process that of its first.
func lwp(p *procwalk.Process) int {
	if p.TID != 0 {
		return p.TID
	}
	return p.PID
}

var (
	byLWP       = number(func(c *context, p *procwalk.Process) int { return lwp(p) })
	byPID       = number(func(c *context, p *procwalk.Process) int { return p.PID })
	byIDPpid    = number(func(c *context, p *procwalk.Process) int { return p.PPID })
	byIDPgrp    = number(func(c *context, p *procwalk.Process) int { return p.PGRP })
	byIDSession = number(func(c *context, p *procwalk.Process) int { return p.Session })
	byIDTpgid   = number(func(c *context, p *procwalk.Process) int { return p.TPGID })

	byIDEuid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).EUID) })
	byIDRuid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).UID) })
	byIDSuid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).SUID) })
	byIDFuid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).FSUID) })
	byIDEgid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).EGID) })
	byIDRgid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).GID) })
	byIDSgid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).SGID) })
	byIDFgid = number(func(c *context, p *procwalk.Process) uint64 { return uint64(status(p).FSGID) })

	byIDEuser = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Users, status(p).EUID) })
	byIDRuser = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Users, status(p).UID) })
	byIDSuser = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Users, status(p).SUID) })
	byIDFuser = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Users, status(p).FSUID) })

	byIDEgroup = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Groups, status(p).EGID) })
	byIDRgroup = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Groups, status(p).GID) })
	byIDSgroup = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Groups, status(p).SGID) })
	byIDFgroup = words(func(c *context, p *procwalk.Process) string { return nameOf(c.o.Groups, status(p).FSGID) })

	bySupgids   = words(func(c *context, p *procwalk.Process) string { return string(groupIDs(nil, p)) })
	bySupgroups = words(func(c *context, p *procwalk.Process) string { return string(c.groupNames(nil, p)) })
)

// nameMax is the longest name that ps takes from the databases of users and groups; of a longer one it shows the ID.
const nameMax = 32

// nameOf returns the name of an ID, or the number as text if it has none.
func nameOf(names Names, id uint32) string {
	if names != nil {
		if name := names.Name(id); name != "" && len(name) <= nameMax {
			return name
		}
	}
	return strconv.FormatUint(uint64(id), 10)
}

// name appends a user's or group's name. One that is too wide for its column is cut and ends in +; where the cut
// would go through a character that is not ASCII, the ID is shown instead.
//
// Source: procps 4.0.2, src/ps/output.c, do_pr_name.
func (c *context) name(names Names, id uint32) int {
	name := ""
	if names != nil {
		name = names.Name(id)
	}
	var size int
	if name != "" && len(name) <= nameMax {
		c.scratch = append(c.scratch[:0], name...)
		size = c.text(c.scratch, Unlimited)
	} else {
		size = c.uint(uint64(id))
	}
	if size <= c.rest {
		return size
	}
	if c.rest >= 1 && len(c.cell) >= c.rest && c.cell[c.rest-1] < 127 {
		c.cell = append(c.cell[:c.rest-1], '+')
		return c.rest
	}
	c.cell = c.cell[:0]
	return c.uint(uint64(id))
}

func groupIDs(dst []byte, p *procwalk.Process) []byte {
	for i, gid := range status(p).Groups {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(gid), 10)
	}
	if len(dst) == 0 {
		dst = append(dst, '-')
	}
	return dst
}

func printSupgid(c *context, p *procwalk.Process) int {
	c.scratch = groupIDs(c.scratch[:0], p)
	ids := c.scratch[:min(len(c.scratch), c.rest)]
	c.cell = append(c.cell, ids...)
	return len(ids)
}

func (c *context) groupNames(dst []byte, p *procwalk.Process) []byte {
	for i, gid := range status(p).Groups {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, nameOf(c.o.Groups, gid)...)
	}
	if len(dst) == 0 {
		dst = append(dst, '-')
	}
	return dst
}

func printSupgrp(c *context, p *procwalk.Process) int {
	names := c.groupNames(nil, p)
	return c.text(names, c.rest)
}
