package procwalk

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"bones/procwalk/text"
)

// statusShell is a process two pid namespaces below ours, as Linux 6.18 showed it.
const statusShell = `Name:	sh
Umask:	0077
State:	S (sleeping)
Tgid:	4711
Ngid:	3
Pid:	4711
PPid:	4700
TracerPid:	99
Uid:	1000	0	1001	65534
Gid:	100	101	102	4294967294
FDSize:	256
Groups:	4 24 27 1000 
NStgid:	4711	12	1
NSpid:	4711	12	1
NSpgid:	4711	12	1
NSsid:	4700	0	0
Kthread:	0
VmPeak:	   52004 kB
VmSize:	   46460 kB
VmLck:	      16 kB
VmPin:	       4 kB
VmHWM:	   19116 kB
VmRSS:	   17452 kB
RssAnon:	   11184 kB
RssFile:	       8 kB
RssShmem:	    6260 kB
VmData:	   39080 kB
VmStk:	     132 kB
VmExe:	    5224 kB
VmLib:	       8 kB
VmPTE:	     128 kB
VmSwap:	      12 kB
HugetlbPages:	    2048 kB
CoreDumping:	0
THP_enabled:	1
untag_mask:	0xffffffffffffffff
Threads:	12
SigQ:	5/96365
SigPnd:	0000000000000001
ShdPnd:	0000000000000002
SigBlk:	fffffffc7ffbfeff
SigIgn:	0000000000001000
SigCgt:	00000000000004e8
CapInh:	0000000000000000
CapPrm:	000001ffffffffff
CapEff:	00000000a80425fb
CapBnd:	000001fffeffffff
CapAmb:	0000000000000400
NoNewPrivs:	1
Seccomp:	2
Seccomp_filters:	3
Speculation_Store_Bypass:	vulnerable
SpeculationIndirectBranch:	always enabled
Cpus_allowed:	3
Cpus_allowed_list:	0-1,4
Mems_allowed:	00000000,00000001
Mems_allowed_list:	0
voluntary_ctxt_switches:	360
nonvoluntary_ctxt_switches:	63
`

const statusKthread = `Name:	kthreadd
Umask:	0000
State:	S (sleeping)
Tgid:	2
Ngid:	0
Pid:	2
PPid:	0
TracerPid:	0
Uid:	0	0	0	0
Gid:	0	0	0	0
FDSize:	64
Groups:	 
NStgid:	2
NSpid:	2
NSpgid:	0
NSsid:	0
Kthread:	1
Threads:	1
SigQ:	0/96365
SigPnd:	0000000000000000
CapPrm:	000001ffffffffff
NoNewPrivs:	0
Seccomp:	0
`

func TestParseStatus(t *testing.T) {
	s := ParseStatus([]byte(statusShell))
	if s.Err != nil {
		t.Fatal(s.Err)
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"Umask", s.Umask, 0o77}, {"TGID", s.TGID, 4711}, {"NGID", s.NGID, 3}, {"TracerPID", s.TracerPID, 99},
		{"UID", [4]uint32{s.UID, s.EUID, s.SUID, s.FSUID}, [4]uint32{1000, 0, 1001, 65534}},
		{"GID", [4]uint32{s.GID, s.EGID, s.SGID, s.FSGID}, [4]uint32{100, 101, 102, 4294967294}},
		{"FDSize", s.FDSize, 256}, {"HasMemory", s.HasMemory, true},
		{"VmPeak", s.VmPeak, uint64(52004 << 10)}, {"VmSize", s.VmSize, uint64(46460 << 10)}, {"VmLck", s.VmLck,
			uint64(16 << 10)},
		{"VmPin", s.VmPin, uint64(4 << 10)}, {"VmHWM", s.VmHWM, uint64(19116 << 10)}, {"VmRSS", s.VmRSS,
			uint64(17452 << 10)},
		{"RssAnon", s.RssAnon, uint64(11184 << 10)}, {"RssFile", s.RssFile, uint64(8 << 10)}, {"RssShmem", s.RssShmem,
			uint64(6260 << 10)},
		{"VmData", s.VmData, uint64(39080 << 10)}, {"VmStk", s.VmStk, uint64(132 << 10)}, {"VmExe", s.VmExe,
			uint64(5224 << 10)},
		{"VmLib", s.VmLib, uint64(8 << 10)}, {"VmPTE", s.VmPTE, uint64(128 << 10)}, {"VmSwap", s.VmSwap, uint64(12 << 10)},
		{"HugetlbPages", s.HugetlbPages, uint64(2 << 20)}, {"Threads", s.Threads, 12},
		{"SigQUsed", s.SigQUsed, uint64(5)}, {"SigQLimit", s.SigQLimit, uint64(96365)},
		{"signals", [5]uint64{s.SigPnd, s.ShdPnd, s.SigBlk, s.SigIgn, s.SigCgt}, [5]uint64{1, 2, 0xfffffffc7ffbfeff, 0x1000,
			0x4e8}},
		{"caps", [5]uint64{s.CapInh, s.CapPrm, s.CapEff, s.CapBnd, s.CapAmb}, [5]uint64{0, 0x1ffffffffff, 0xa80425fb,
			0x1fffeffffff, 0x400}},
		{"NoNewPrivs", s.NoNewPrivs, true}, {"Seccomp", s.Seccomp, 2}, {"SeccompFilters", s.SeccompFilters, 3},
		{"CpusAllowedList", s.CpusAllowedList, text.New("0-1,4")}, {"MemsAllowedList", s.MemsAllowedList, text.New("0")},
		{"voluntary", s.VoluntaryCtxtSwitches, uint64(360)}, {"nonvoluntary", s.NonvoluntaryCtxtSwitches, uint64(63)},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if !slices.Equal(s.Groups, []uint32{4, 24, 27, 1000}) {
		t.Errorf("Groups: %v", s.Groups)
	}
	if !slices.Equal(s.NSpid, []int{4711, 12, 1}) || !slices.Equal(s.NStgid, []int{4711, 12, 1}) ||
		!slices.Equal(s.NSsid, []int{4700, 0, 0}) ||
		!slices.Equal(s.NSpgid, []int{4711, 12, 1}) {
		t.Errorf("NSpid %v NStgid %v NSpgid %v NSsid %v", s.NSpid, s.NStgid, s.NSpgid, s.NSsid)
	}
}

func TestParseStatusOfKernelThread(t *testing.T) {
	s := ParseStatus([]byte(statusKthread))
	if s.Err != nil || s.HasMemory || s.VmRSS != 0 || len(s.Groups) != 0 || s.Seccomp != 0 {
		t.Errorf("%+v", s)
	}
	// An old kernel has fewer lines, which is not the same as zeros.
	s = ParseStatus([]byte("Name:\tinit\nUid:\t0\t0\t0\t0\n"))
	if s.Err != nil || s.Umask != -1 || s.Seccomp != -1 {
		t.Errorf("%+v", s)
	}
}

// A newline in the name is written \n by the kernel: no name makes a line of its own.
func TestParseStatusHostileName(t *testing.T) {
	s := ParseStatus([]byte(strings.Replace(statusShell, "Name:\tsh", "Name:\tUid:\\nUid:\\t0\x1b[2J Seccomp: 0", 1)))
	if s.Err != nil || s.UID != 1000 || s.Seccomp != 2 {
		t.Errorf("%+v", s)
	}
}

// What is cut off or has another form is an error, never a zero that looks like a value.
func TestParseStatusSaysWhatIsWrong(t *testing.T) {
	for name, in := range map[string]string{
		"cut off":             statusShell[:len(statusShell)-2],
		"cut off at a number": statusShell[:strings.Index(statusShell, "CapEff")+12],
		"letters":             strings.Replace(statusShell, "Threads:\t12", "Threads:\ttwelve", 1),
		"negative user":       strings.Replace(statusShell, "Uid:\t1000", "Uid:\t-1", 1),
		"user above 32 bits":  strings.Replace(statusShell, "Uid:\t1000", "Uid:\t4294967296", 1),
		"three users":         strings.Replace(statusShell, "Uid:\t1000\t", "Uid:\t", 1),
		"group":               strings.Replace(statusShell, "Groups:\t4 ", "Groups:\t4x ", 1),
		"mask":                strings.Replace(statusShell, "CapEff:\t0", "CapEff:\t:", 1),
		"long mask":           strings.Replace(statusShell, "CapEff:\t0", "CapEff:\t10", 1),
		"NSpid":               strings.Replace(statusShell, "NSpid:\t4711", "NSpid:\t47.11", 1),
		"SigQ":                strings.Replace(statusShell, "5/96365", "5", 1),
		"huge memory":         strings.Replace(statusShell, "VmRSS:\t   17452", "VmRSS:\t18014398509481984", 1),
	} {
		if s := ParseStatus([]byte(in)); s.Err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if s := ParseStatus([]byte(strings.Replace(statusShell, "CapEff", "\x1b[2J\nCapEff:\tzz\nX", 1))); s.Err == nil ||
		strings.Contains(s.Err.Error(), "\x1b") {
		t.Errorf("error: %q", s.Err)
	}
}

func TestParseStatusManyGroups(t *testing.T) {
	groups := strings.Repeat("4294967294 ", 65536) // NGROUPS_MAX
	s := ParseStatus([]byte(strings.Replace(statusShell, "4 24 27 1000 ", groups, 1)))
	if s.Err != nil || len(s.Groups) != 65536 || s.Groups[65535] != math.MaxUint32-1 || s.CapBnd != 0x1fffeffffff {
		t.Errorf("%d groups, %v", len(s.Groups), s.Err)
	}
}

func TestParseStatusLive(t *testing.T) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	s := ParseStatus(b)
	if s.Err != nil || int(s.UID) != os.Getuid() || int(s.EGID) != os.Getegid() || s.TGID != os.Getpid() ||
		!s.HasMemory || s.VmRSS == 0 {
		t.Errorf("%+v", s)
	}
}

func FuzzParseStatus(f *testing.F) {
	for _, s := range []string{statusShell, statusKthread, "", ":", "\n", "Uid:\n", "Groups:\t1 2 x\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s := ParseStatus([]byte(in))
		if in != "" && !strings.HasSuffix(in, "\n") && s.Err == nil {
			t.Error("the last line is cut off, and that is not said")
		}
		if len(s.Groups)+len(s.NSpid) > len(in) {
			t.Error("more numbers than bytes")
		}
	})
}
