package kmsg

import (
	"strconv"
	"strings"
	"time"

	"bones/procwalk/pattern"
)

// OOM is one process that the kernel has killed because memory ran out. What its lines do not say is zero. PIDs are
// those of the first pid namespace.
type OOM struct {
	Seq     uint64        // of the line that says that it was killed
	Since   time.Duration // since boot, as Record.Since
	PID     int
	Comm    string // chosen by the process
	RSS     uint64 // bytes that it had in memory: anonymous, of files and shared
	Machine bool   // the whole machine was out of memory, or the nodes that the process may use: no group's limit
	// Group is the control group that was at its limit, TaskGroup that of the process. Where the kernel kills many in a
	// short time it leaves out the lines that say so.
	Group, TaskGroup string
	Usage, Limit     uint64 // bytes of Group; Limit is 0 where the line was not seen
	Failures         uint64 // how often Group had been at its limit
	// Asker is the process that had asked for the memory.
	Asker     int
	AskerComm string
}

// Parser finds them in one record after the other. The kernel writes a dozen lines about one: they are told apart by
// nothing, but one is written at a time.
//
// Source: mm/oom_kill.c, dump_header and __oom_kill_process; mm/memcontrol.c, mem_cgroup_print_oom_context and
// mem_cgroup_print_oom_meminfo; those before Linux 5.0 as well.
type Parser struct {
	open   OOM  // what is known of the one that is being told
	any    bool // something is
	victim int  // who is to be killed, as the lines before say
	whole  bool // with all in its group
}

var (
	askerLine = pattern.Of(`^CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm: (.*) ` +
		`(?:Not tainted|Tainted|Kdump|Hardware)`)
	usageLine  = pattern.Of(`^memory: usage (\d+)kB, limit (\d+)kB, failcnt (\d+)`)
	killedLine = pattern.Of(`^(Memory cgroup out of memory|Out of memory(?: \(oom_kill_allocating_task\))?): ` +
		`(?:Killed process|Kill process) (\d+) \((.*)\),?(?: (.*))?$`)
	oldKilledLine = pattern.Of(`^Killed process (\d+) \((.*)\),?(?: (.*))?$`)
	rssPart       = pattern.Of(`(?:anon|file|shmem)-rss:(\d+)kB`)
)

// Feed takes the next record, and returns what it says of a process that was killed.
func (p *Parser) Feed(r Record) (OOM, bool) {
	s := r.Text
	if i := strings.LastIndex(s, " invoked oom-killer: gfp_mask="); i >= 0 {
		*p = Parser{open: OOM{AskerComm: s[:i]}, any: true}
		return OOM{}, false
	}
	if m := killedLine().FindStringSubmatch(s); m != nil {
		if strings.Contains(s, ": Kill process ") {
			p.victim = -1 // before Linux 5.0: the line that counts is the next, and may name a child instead
			return OOM{}, false
		}
		return p.killed(r, m[2], m[3], m[4], strings.HasPrefix(s, "Memory")), true
	}
	if m := oldKilledLine().FindStringSubmatch(s); m != nil && p.victim == -1 {
		return p.killed(r, m[1], m[2], m[3], p.open.Group != ""), true
	}
	if !p.any {
		return OOM{}, false
	}
	switch {
	case strings.HasPrefix(s, "Tasks in ") && strings.HasSuffix(s, " are going to be killed due to memory.oom.group set"):
		p.whole = true
	case strings.HasPrefix(s, "oom-kill:constraint="):
		p.constraint(s)
	case strings.HasPrefix(s, "Task in ") && strings.Contains(s, " killed as a result of limit of "):
		// Before Linux 5.0, also over two lines.
		p.open.TaskGroup, p.open.Group, _ = strings.Cut(strings.TrimPrefix(s, "Task in "),
			" killed as a result of limit of ")
	default:
		if m := usageLine().FindStringSubmatch(s); m != nil {
			p.open.Usage, p.open.Limit = kilobytes(m[1]), kilobytes(m[2])
			p.open.Failures, _ = strconv.ParseUint(m[3], 10, 64)
		} else if m := askerLine().FindStringSubmatch(s); m != nil && p.open.Asker == 0 {
			p.open.Asker = number(m[1])
		}
	}
	return OOM{}, false
}

// constraint reads "oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=A,task_memcg=B,task=NAME,pid=1,uid=0". A name
// may hold any of these words: what stands behind it is taken off first.
func (p *Parser) constraint(s string) {
	s, _, ok := cutLast(s, ",uid=")
	if !ok {
		return
	}
	s, pid, _ := cutLast(s, ",pid=")
	p.victim = number(pid)
	if _, memcg, ok := strings.Cut(s, ",oom_memcg="); ok {
		p.open.Group, memcg, _ = strings.Cut(memcg, ",task_memcg=")
		p.open.TaskGroup, _, _ = strings.Cut(memcg, ",task=")
	} else if _, memcg, ok := strings.Cut(s, ",task_memcg="); ok {
		p.open.TaskGroup, _, _ = strings.Cut(memcg, ",task=")
	}
}

// killed completes it. What the lines before say counts only for whom they are about: of a group that is killed as a
// whole (memory.oom.group) they come once, and of many kills in a short time the kernel leaves them out.
func (p *Parser) killed(r Record, pid, comm, rest string, group bool) OOM {
	o := p.open
	if n := number(pid); !p.any || p.victim != n && p.victim != -1 && !p.whole {
		o = OOM{}
	}
	o.Seq, o.Since, o.PID, o.Comm, o.Machine = r.Seq, r.Since, number(pid), comm, !group
	for _, m := range rssPart().FindAllStringSubmatch(rest, -1) {
		o.RSS += kilobytes(m[1])
	}
	return o
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func number(s string) int {
	n, _ := strconv.ParseUint(s, 10, 31)
	return int(n)
}

func kilobytes(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 53)
	return n << 10
}
