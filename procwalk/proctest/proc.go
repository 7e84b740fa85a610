package proctest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Proc says what a process looks like. What is left zero gets what an ordinary process of root has, in the
// namespaces of the host.
type Proc struct {
	PID, PPID     int
	PGRP, Session int    // 0: the PID, or 0 for a kernel thread
	Comm          string // "": "proc"
	Args          []string
	Cmdline       string // the file as it stands, instead of Args
	Environ       []string
	State         byte   // 0: S
	Start         uint64 // ticks since boot; 0: the PID
	UID, GID      uint32 // real, effective, saved and of the file system
	Groups        []uint32
	TTYNr         int
	TPGID         int // 0: -1
	Kernel        bool
	Flags         uint64 // beside PF_KTHREAD, which Kernel sets
	UTime, STime  uint64 // ticks
	Nice          int
	Priority      int    // 0: 20 + Nice
	VSize         uint64 // bytes; 0: 4 MiB, or 0 where there is no memory
	RSS           uint64 // pages; 0: 256, or 0 where there is no memory
	RTPriority    int
	Policy        int
	Processor     int

	NSpid        []int             // 0 entries: the PID alone
	NS           map[string]uint64 // link name to inode; what is not there is the host's
	CgroupLines  []string          // none: "0::/"
	Status       map[string]string // line name to value, instead of what would be there; "-" leaves the line out
	IO           map[string]uint64 // read_bytes and so on; nil: zeros, and no file with Fill
	Threads      []Thread          // beside the leader
	FDs          map[int]string    // descriptor to what its link says
	Exe          string            // "": /usr/bin/COMM
	Cwd, RootDir string            // "": /
	Files        map[string]string // any other file, or instead of the one that would be there
	Missing      []string          // files and links that are not to be there: "io", "ns", "ns/time"
}

// Thread is an entry of task/.
type Thread struct {
	TID          int
	Comm         string
	State        byte
	UTime, STime uint64
	Start        uint64 // 0: that of the process
}

// hostNS are the inodes of the first namespace of each type as Linux numbers them; that of the network is whatever it
// was given at boot.
//
// Source: include/linux/proc_ns.h.
var hostNS = [...]struct {
	name  string
	inode uint64
}{
	{"cgroup", 4026531835}, {"ipc", 4026531839}, {"mnt", 4026531832}, {"net", 4026531833},
	{"pid", 4026531836}, {"pid_for_children", 4026531836}, {"time", 4026531834}, {"time_for_children", 4026531834},
	{"user", 4026531837}, {"uts", 4026531838},
}

// HostNS returns the inode that a link of ns/ has where a Proc does not say otherwise.
func HostNS(name string) uint64 {
	for _, ns := range hostNS {
		if ns.name == name {
			return ns.inode
		}
	}
	return 0
}

func (p Proc) withDefaults() Proc {
	if p.Comm == "" {
		p.Comm = "proc"
	}
	if p.State == 0 {
		p.State = 'S'
	}
	if p.Start == 0 {
		p.Start = uint64(p.PID)
	}
	if p.PGRP == 0 && !p.Kernel {
		p.PGRP = p.PID
	}
	if p.Session == 0 && !p.Kernel {
		p.Session = p.PID
	}
	if p.TPGID == 0 {
		p.TPGID = -1
	}
	if p.Priority == 0 {
		p.Priority = 20 + p.Nice
	}
	if p.Kernel {
		p.Flags |= 0x00200000
	}
	if p.hasMemory() {
		if p.VSize == 0 {
			p.VSize = 4 << 20
		}
		if p.RSS == 0 {
			p.RSS = 256
		}
	}
	if len(p.NSpid) == 0 {
		p.NSpid = []int{p.PID}
	}
	if len(p.CgroupLines) == 0 {
		p.CgroupLines = []string{"0::/"}
	}
	if p.Cmdline == "" && len(p.Args) > 0 {
		p.Cmdline = strings.Join(p.Args, "\x00") + "\x00"
	}
	if p.Exe == "" {
		p.Exe = "/usr/bin/" + strings.ReplaceAll(p.Comm, "/", "_")
	}
	if p.Cwd == "" {
		p.Cwd = "/"
	}
	if p.RootDir == "" {
		p.RootDir = "/"
	}
	return p
}

func (p Proc) hasMemory() bool { return !p.Kernel && p.State != 'Z' && p.State != 'X' }

func (p Proc) lacks(name string) bool { return slices.Contains(p.Missing, name) }

// files returns the content of the process's files by name. lean leaves out what only the details of one process need.
func (p Proc) files(lean bool) map[string]string {
	m := map[string]string{
		"stat":    p.StatLine(),
		"status":  p.StatusText(),
		"cmdline": p.Cmdline,
		"cgroup":  strings.Join(p.CgroupLines, "\n") + "\n",
	}
	if !lean || p.IO != nil {
		m["io"] = p.ioText()
	}
	if !lean {
		p.detailFiles(m)
	}
	for name, content := range p.Files {
		m[name] = content
	}
	return m
}

// StatLine returns the line of /proc/PID/stat.
//
// Source: fs/proc/array.c, do_task_stat.
func (p Proc) StatLine() string {
	p = p.withDefaults()
	rsslim, exitSignal := "18446744073709551615", 17
	if p.PID == 2 && p.Kernel {
		exitSignal = 0
	}
	return fmt.Sprintf("%d (%s) %c %d %d %d %d %d %d 0 0 0 0 %d %d 0 0 %d %d %d 0 %d %d %d %s "+
		"0 0 0 0 0 0 0 0 0 0 0 0 %d %d %d %d 0 0 0 0 0 0 0 0 0 0 0\n",
		p.PID, p.Comm, p.State, p.PPID, p.PGRP, p.Session, p.TTYNr, p.TPGID, p.Flags, p.UTime, p.STime,
		p.Priority, p.Nice, 1+len(p.Threads), p.Start, p.VSize, p.RSS, rsslim,
		exitSignal, p.Processor, p.RTPriority, p.Policy) // startcode to cnswap are 0 without ptrace
}

var stateWords = map[byte]string{
	'R': "running", 'S': "sleeping", 'D': "disk sleep", 'T': "stopped", 't': "tracing stop", 'Z': "zombie", 'X': "dead",
	'I': "idle", 'P': "parked",
}

// StatusText returns the whole of /proc/PID/status.
//
// Source: fs/proc/array.c, proc_pid_status.
//
// Long: one line for each line of the file.
func (p Proc) StatusText() string {
	p = p.withDefaults()
	var b strings.Builder
	b.Grow(2048)
	line := func(key, value string) {
		if v, ok := p.Status[key]; ok {
			value = v
		}
		if value != "-" {
			for _, part := range [...]string{key, ":\t", value, "\n"} {
				b.WriteString(part)
			}
		}
	}
	kB := func(n uint64) string { return fmt.Sprintf("%8d kB", n/1024) }
	four := func(id uint32) string { return fmt.Sprintf("%d\t%d\t%d\t%d", id, id, id, id) }
	groups := ""
	for _, g := range p.Groups {
		groups += strconv.FormatUint(uint64(g), 10) + " "
	}
	if groups == "" {
		groups = " "
	}
	tail := func(first int) string { // the ids in the namespaces below ours are those of a session of its own
		s := strconv.Itoa(first)
		for _, pid := range p.NSpid[1:] {
			s += "\t" + strconv.Itoa(pid)
		}
		return s
	}
	caps := "0000000000000000"
	if p.UID == 0 {
		caps = "000001ffffffffff"
	}
	kthread := "0"
	if p.Kernel {
		kthread = "1"
	}

	line("Name", escapeName(p.Comm))
	line("Umask", "0022")
	line("State", string(p.State)+" ("+stateWords[p.State]+")")
	line("Tgid", strconv.Itoa(p.PID))
	line("Ngid", "0")
	line("Pid", strconv.Itoa(p.PID))
	line("PPid", strconv.Itoa(p.PPID))
	line("TracerPid", "0")
	line("Uid", four(p.UID))
	line("Gid", four(p.GID))
	line("FDSize", "64")
	line("Groups", groups)
	line("NStgid", tail(p.PID))
	line("NSpid", tail(p.PID))
	line("NSpgid", tail(p.PGRP))
	line("NSsid", tail(p.Session))
	line("Kthread", kthread)
	if p.hasMemory() {
		rss := p.RSS * 4096
		line("VmPeak", kB(p.VSize))
		line("VmSize", kB(p.VSize))
		line("VmLck", kB(0))
		line("VmPin", kB(0))
		line("VmHWM", kB(rss))
		line("VmRSS", kB(rss))
		line("RssAnon", kB(rss/2))
		line("RssFile", kB(rss-rss/2))
		for _, key := range []string{"RssShmem", "VmData", "VmStk", "VmExe", "VmLib", "VmPTE", "VmSwap", "HugetlbPages"} {
			line(key, kB(0))
		}
		line("CoreDumping", "0")
		line("THP_enabled", "1")
	}
	line("Threads", strconv.Itoa(1+len(p.Threads)))
	line("SigQ", "0/96365")
	for _, key := range []string{"SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "CapInh"} {
		line(key, "0000000000000000")
	}
	line("CapPrm", caps)
	line("CapEff", caps)
	line("CapBnd", "000001ffffffffff")
	line("CapAmb", "0000000000000000")
	line("NoNewPrivs", "0")
	line("Seccomp", "0")
	line("Seccomp_filters", "0")
	line("Speculation_Store_Bypass", "vulnerable")
	line("SpeculationIndirectBranch", "always enabled")
	line("Cpus_allowed", "3")
	line("Cpus_allowed_list", "0-1")
	line("Mems_allowed", "00000000,00000001")
	line("Mems_allowed_list", "0")
	line("voluntary_ctxt_switches", "0")
	line("nonvoluntary_ctxt_switches", "0")
	return b.String()
}

// escapeName writes a name as the kernel does in status: there a newline would begin another line. Nothing else is
// escaped.
//
// Source: fs/proc/array.c, proc_task_name.
func escapeName(comm string) string { return nameEscapes.Replace(comm) }

var nameEscapes = strings.NewReplacer("\n", `\n`, `\`, `\\`)

type link struct{ name, target string }

func (p Proc) nsLinks() []link {
	var links []link
	for _, ns := range hostNS {
		if p.lacks("ns/" + ns.name) {
			continue
		}
		kind, _, _ := strings.Cut(ns.name, "_")
		inode, ok := p.NS[ns.name]
		if !ok {
			// A process in a pid namespace of its own has its children there too.
			inode, ok = p.NS[kind]
		}
		if !ok {
			inode = ns.inode
		}
		links = append(links, link{ns.name, fmt.Sprintf("%s:[%d]", kind, inode)})
	}
	return links
}

// links returns the links of the directory itself and of fd/.
func (p Proc) links() map[string]string {
	m := map[string]string{"cwd": p.Cwd, "root": p.RootDir}
	if p.hasMemory() {
		m["exe"] = p.Exe
	}
	for fd, target := range p.FDs {
		m[fmt.Sprintf("fd/%d", fd)] = target
	}
	return m
}
