package kmsg

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/text"
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

// Parser finds such kills in one record after the other. The kernel writes a dozen lines about each. No line says
// which kill it belongs to, but the kernel writes about one kill at a time.
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
	askerLine = text.Pattern(`^CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm: (.*) ` +
		`(?:Not tainted|Tainted|Kdump|Hardware)`)
	usageLine  = text.Pattern(`^memory: usage (\d+)kB, limit (\d+)kB, failcnt (\d+)`)
	killedLine = text.Pattern(`^(Memory cgroup out of memory|Out of memory(?: \(oom_kill_allocating_task\))?): ` +
		`(?:Killed process|Kill process) (\d+) \((.*)\),?(?: (.*))?$`)
	oldKilledLine = text.Pattern(`^Killed process (\d+) \((.*)\),?(?: (.*))?$`)
	// figures are what stands behind the name: nothing but words with numbers.
	figures = text.Pattern(`^(?:[A-Za-z_-]+:-?\d+[A-Za-z]*(?:,? |,?$))*$`)
	rssPart = text.Pattern(`(?:anon|file|shmem)-rss:(\d+)kB`)
)

// maxComm is how long the name of a process can be in the log, where a byte may be written as \xNN.
const maxComm = 15 * 4

// match returns the parts of a line that begins with one of these words and has the form of a pattern; nil: it does
// not. The log has thousands of lines of which hardly one does, and to try a pattern on each takes longer than to read
// them.
func match(pattern func() *regexp.Regexp, s string, begins ...string) []string {
	for _, word := range begins {
		if strings.HasPrefix(s, word) {
			return pattern().FindStringSubmatch(s)
		}
	}
	return nil
}

// invoked is what the first line about a kill says behind the name of who asked for memory.
const invoked = " invoked oom-killer: gfp_mask="

// Feed takes the next record, and returns what it says of a process that was killed.
//
// The kernel writes lines of others' choice into its log as well: the prefix of a rule of netfilter comes from whoever
// has CAP_NET_ADMIN, what an audit message says from whoever has CAP_AUDIT_WRITE. Behind it the kernel goes on with
// words of its own, so that a line counts only if it is as it should be to its end.
func (p *Parser) Feed(r Record) (OOM, bool) {
	s := r.Text
	if i := strings.Index(s, invoked); i >= 0 && strings.LastIndex(s, invoked) <= maxComm {
		*p = Parser{open: OOM{AskerComm: s[:strings.LastIndex(s, invoked)]}, any: true}
		return OOM{}, false
	}
	if m := match(killedLine, s, "Memory cgroup out of memory", "Out of memory"); m != nil {
		if len(m[3]) > maxComm || !strings.Contains(s, ": Kill process ") && !figures().MatchString(m[4]) {
			return OOM{}, false
		}
		if strings.Contains(s, ": Kill process ") {
			p.victim = -1 // before Linux 5.0: the line that counts is the next, and may name a child instead
			return OOM{}, false
		}
		return p.killed(r, m[2], m[3], m[4], strings.HasPrefix(s, "Memory")), true
	}
	if m := match(oldKilledLine, s, "Killed process "); m != nil && p.victim == -1 &&
		len(m[2]) <= maxComm && figures().MatchString(m[3]) {
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
		p.open.TaskGroup, p.open.Group = "", ""
		splits(strings.TrimPrefix(s, "Task in "), " killed as a result of limit of ", func(task, limit string) bool {
			if !within(task, limit) {
				return true
			}
			p.open.TaskGroup, p.open.Group = task, limit
			return false
		})
	default:
		if m := match(usageLine, s, "memory: usage "); m != nil {
			p.open.Usage, p.open.Limit = kilobytes(m[1]), kilobytes(m[2])
			p.open.Failures, _ = strconv.ParseUint(m[3], 10, 64)
		} else if m := match(askerLine, s, "CPU: "); m != nil && p.open.Asker == 0 {
			p.open.Asker = number(m[1])
		}
	}
	return OOM{}, false
}

// constraint reads "oom-kill:constraint=CONSTRAINT_MEMCG,...,oom_memcg=A,task_memcg=B,task=NAME,pid=1,uid=0". The
// name and the groups may hold any of these words, as whoever owns a group calls those below it: what stands behind
// the name is taken off first, and the groups count only if there is one way to read them. Before them stands the
// name of a group at most, which has no slash.
func (p *Parser) constraint(s string) {
	s, _, ok := cutLast(s, ",uid=")
	if !ok {
		return
	}
	s, pid, _ := cutLast(s, ",pid=")
	p.victim = number(pid)
	p.open.Group, p.open.TaskGroup = "", ""
	const limit, machine = ",oom_memcg=/", ",global_oom,task_memcg=/"
	at, all := strings.Index(s, limit), strings.Index(s, machine)
	if at < 0 || all >= 0 && all < at {
		if _, task, ok := strings.Cut(s, ",task_memcg=/"); ok {
			p.open.TaskGroup = theOnly("/"+task, ",task=", func(_, name string) bool { return len(name) <= maxComm })
		}
		return
	}
	// Who was killed is in the group that was at its limit, or below it.
	splits(s[at+len(limit)-1:], ",task_memcg=", func(limit, rest string) bool {
		task := theOnly(rest, ",task=", func(task, name string) bool { return len(name) <= maxComm && within(task, limit) })
		if task == "" {
			return true
		}
		p.open.Group, p.open.TaskGroup = limit, task
		return false
	})
}

// within reports whether a group is another one or below it.
func within(group, of string) bool {
	return strings.HasPrefix(of, "/") && (group == of || strings.HasPrefix(group, strings.TrimSuffix(of, "/")+"/"))
}

// splits gives each way to cut a line in two at a word to yield, until that returns false.
func splits(s, word string, yield func(before, after string) bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 || !yield(s[:from+i], s[from+i+len(word):]) {
			return
		}
		from += i + 1
	}
}

// theOnly returns what stands before a word where there is one way to cut there that may be; else it is empty.
func theOnly(s, word string, may func(before, after string) bool) string {
	found := ""
	n := 0
	splits(s, word, func(before, after string) bool {
		if may(before, after) {
			found = before
			n++
		}
		return n < 2
	})
	if n != 1 {
		return ""
	}
	return found
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
