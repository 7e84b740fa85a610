package psfmt

import (
	"bytes"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// commMax is how many bytes ps keeps of a process's name; only kernel threads have as many.
const commMax = 63

// comm returns the name as ps keeps it.
func (c *context) comm(dst []byte, p *procwalk.Process) []byte {
	return escapeRead(dst, p.Comm.Raw(), commMax, c.o.UTF8)
}

// cmdline returns the command line as ps keeps it: arguments separated by blanks, or the name in brackets if there
// are none, or ? if they are all empty.
//
// Source: procps 4.0.2, library/readproc.c, read_unvectored and fill_cmdline_cvt; library/escape.c, escape_command.
func (c *context) cmdline(dst []byte, p *procwalk.Process) []byte {
	raw := ""
	if p.Cmdline != nil {
		raw = p.Cmdline.Raw.Raw()
	}
	if raw == "" {
		dst = append(dst, '[')
		dst = c.comm(dst, p)
		dst = append(dst, ']')
		if p.State == 'Z' {
			dst = append(dst, " <defunct>"...)
		}
		return dst
	}
	raw = raw[:min(len(raw), procwalk.CmdlineMax-1)]
	line := strings.TrimRight(raw, "\x00")
	if len(line) == len(raw) {
		// Without a NUL at its end it has been overwritten: one blank or newline there is dropped.
		if last := len(line) - 1; line[last] == ' ' || line[last] == '\n' {
			line = line[:last]
		}
	}
	start := len(dst)
	if plainLine(line) {
		dst = append(dst, line...)
		for i, b := range dst[start:] {
			if b == 0 {
				dst[start+i] = ' '
			}
		}
	} else {
		dst = escapeRead(dst, blankSeparators.Replace(line), len(line), c.o.UTF8)
	}
	if len(dst) == start {
		dst = append(dst, '?')
	}
	return dst
}

var blankSeparators = strings.NewReplacer("\x00", " ", "\n", " ")

// plainLine reports whether s holds only printable ASCII and NUL.
func plainLine(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < 0x20 && b != 0) || b > 0x7e {
			return false
		}
	}
	return true
}

func printArgs(c *context, p *procwalk.Process) int {
	drawn := c.drawBranches()
	c.scratch2 = c.cmdline(c.scratch2[:0], p)
	return drawn + c.text(c.scratch2, c.rest-drawn)
}

func printComm(c *context, p *procwalk.Process) int {
	drawn := c.drawBranches()
	c.scratch2 = c.comm(c.scratch2[:0], p)
	return drawn + c.text(c.scratch2, c.rest-drawn)
}

// printFname is the first eight columns of the name.
func printFname(c *context, p *procwalk.Process) int {
	drawn := c.drawBranches()
	c.scratch2 = c.comm(c.scratch2[:0], p)
	return drawn + c.text(c.scratch2, min(c.rest-drawn, 8))
}

// cgroups returns the lines of /proc/PID/cgroup separated by commas, without those that name a root.
func (c *context) cgroups(dst []byte, p *procwalk.Process) []byte {
	if p.Cgroups != nil {
		for _, l := range p.Cgroups.Lines {
			path := l.Path.Raw()
			if strings.HasSuffix(path, "/") || len(dst) > procwalk.CmdlineMax {
				continue
			}
			if len(dst) > 0 {
				dst = append(dst, ',')
			}
			dst = escapeRead(dst, cgroupLine(l), procwalk.CmdlineMax, c.o.UTF8)
		}
	}
	if len(dst) == 0 {
		dst = append(dst, '-')
	}
	return dst
}

func cgroupLine(l procwalk.CgroupLine) string {
	return strconv.Itoa(l.Hierarchy) + ":" + l.Controllers.Raw() + ":" + l.Path.Raw()
}

func printCgroup(c *context, p *procwalk.Process) int {
	c.scratch2 = c.cgroups(c.scratch2[:0], p)
	return c.text(c.scratch2, c.rest)
}

// cgroupName returns what follows the first ":name=", which is that of systemd's hierarchy on v1; all of it if
// there is none.
func (c *context) cgroupName(dst []byte, p *procwalk.Process) []byte {
	all := c.cgroups(dst, p)
	if _, name, ok := bytes.Cut(all, []byte(":name=")); ok && len(name) > 0 {
		return name
	}
	return all
}

func printCgname(c *context, p *procwalk.Process) int {
	return c.text(c.cgroupName(nil, p), c.rest)
}

// lxcName returns the name that follows the last "lxc.payload." (LXC 4), "lxc.payload/" (3.2) or "lxc/" (3.0) in the
// first line of cgroup that has one.
func lxcName(p *procwalk.Process) string {
	if p.Cgroups == nil {
		return "-"
	}
	for _, mark := range []string{"lxc.payload.", "lxc.payload/", "lxc/"} {
		for _, l := range p.Cgroups.Lines {
			line := cgroupLine(l)
			if i := strings.LastIndex(line, mark); i >= 0 {
				name, _, _ := strings.Cut(line[i+len(mark):], "/")
				return name
			}
		}
	}
	return "-"
}

func printLxcname(c *context, p *procwalk.Process) int { return c.plain(lxcName(p)) }

// printContext is the label of the security module, as far as it is printable ASCII.
func printContext(c *context, p *procwalk.Process) int {
	if p.Label != nil {
		name := p.Label.Name.Raw()
		if n := printable([]byte(name)); n > 0 {
			return c.string(name[:n])
		}
	}
	return c.string("-")
}

func printTTY8(c *context, p *procwalk.Process) int { return c.plain(c.tty(p)) }

// printTTY4 is the shorter name: 1 for tty1 and for pts/1.
func printTTY4(c *context, p *procwalk.Process) int {
	name := c.tty(p)
	if s, ok := strings.CutPrefix(name, "tty"); ok && s != "" {
		name = s
	}
	if s, ok := strings.CutPrefix(name, "pts/"); ok && s != "" {
		name = s
	}
	return c.plain(name)
}

func (c *context) tty(p *procwalk.Process) string {
	if p.TTYNr == 0 || c.o.TTYs == nil {
		return "?"
	}
	return c.o.TTYs.Name(p)
}

// Our own columns.

func printContainer(c *context, p *procwalk.Process) int { return c.resolved(c.o.Container, p) }
func printRuntime(c *context, p *procwalk.Process) int   { return c.resolved(c.o.Runtime, p) }

func (c *context) resolved(resolve func(*procwalk.Process) text.Text, p *procwalk.Process) int {
	name := resolvedRaw(resolve, p)
	if name == "" {
		return c.string("-")
	}
	c.scratch2 = text.AppendSafe(c.scratch2[:0], name)
	return c.text(c.scratch2, Unlimited)
}

func resolvedRaw(resolve func(*procwalk.Process) text.Text, p *procwalk.Process) string {
	if resolve == nil {
		return ""
	}
	return resolve(p).Raw()
}

// printCPID is the PID that the process has in its own pid namespace.
func printCPID(c *context, p *procwalk.Process) int {
	n := innerPID(p)
	if n == 0 {
		return c.string("-")
	}
	return c.int(n)
}

func innerPID(p *procwalk.Process) int {
	if pids := status(p).NSpid; len(pids) > 0 {
		return pids[len(pids)-1]
	}
	return 0
}

var (
	byCmd     = words(func(c *context, p *procwalk.Process) string { return string(c.comm(nil, p)) })
	byCmdline = words(func(c *context, p *procwalk.Process) string { return string(c.cmdline(nil, p)) })
	byCgroup  = words(func(c *context, p *procwalk.Process) string { return string(c.cgroups(nil, p)) })
	byCgname  = words(func(c *context, p *procwalk.Process) string { return string(c.cgroupName(nil, p)) })
	byLxcname = words(func(c *context, p *procwalk.Process) string { return lxcName(p) })
	byTTYName = wordsBy((*context).tty, versions)

	byContainer = words(func(c *context, p *procwalk.Process) string { return resolvedRaw(c.o.Container, p) })
	byRuntime   = words(func(c *context, p *procwalk.Process) string { return resolvedRaw(c.o.Runtime, p) })
	byCPID      = number(func(c *context, p *procwalk.Process) int { return innerPID(p) })
)
