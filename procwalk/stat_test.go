package procwalk

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/text"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// Lines as kernels wrote them.
const (
	statInit = "1 (systemd) S 0 1 1 0 -1 4194560 38944 343316 21 148 156 511 483 368 20 0 1 0 24 47575040 4347 " +
		"18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 0 0 0 5 0 0 0 0 0 0 0 0 0 0\n"
	statKthreadd = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 24 0 0 18446744073709551615 0 0 0 0 0 " +
		"0 0 2147483647 0 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	statWorker = "77 (kworker/u8:2-events_unbound) I 2 0 0 0 -1 69238880 0 0 0 0 0 36 0 0 20 0 1 0 48 0 0 " +
		"18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
	statZombie = "4242 (defunct) Z 4200 4242 4200 34816 4242 4227084 101 0 0 0 0 0 0 0 20 0 1 0 312345 0 0 " +
		"18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 256\n"
	statRealtime = "99 (migration/3) S 2 0 0 0 -1 69238848 0 0 0 0 0 9 0 0 -100 0 1 0 26 0 0 18446744073709551615 0 0 " +
		"0 0 0 0 0 2147483647 0 1 0 0 17 3 99 1 0 0 0 0 0 0 0 0 0 0 0\n"
	// Linux 2.6.18 ends after delayacct_blkio_ticks.
	statOld = "3000 (sshd) S 1 3000 3000 0 -1 4194624 600 9000 0 3 1 2 3 4 18 0 1 0 5000 5000000 200 4294967295 " +
		"134512640 134900000 3220000000 3219999000 3085000000 0 0 4096 65536 3222000000 0 0 17 0 0 0 7\n"
)

func TestParseStat(t *testing.T) {
	old := Stat{PID: 3000, Comm: text.New("sshd"), State: 'S', PPID: 1, PGRP: 3000, Session: 3000, TPGID: -1,
		Flags:  4194624,
		MinFlt: 600, CMinFlt: 9000, CMajFlt: 3, UTime: 1, STime: 2, CUTime: 3, CSTime: 4, Priority: 18, NumThreads: 1,
		StartTime: 5000, VSize: 5000000, RSS: 200, RSSLim: 4294967295, StartCode: 134512640, EndCode: 134900000,
		StartStack: 3220000000, KstkESP: 3219999000, KstkEIP: 3085000000, SigIgnore: 4096, SigCatch: 65536,
		WChan:      3222000000,
		ExitSignal: 17, BlkIODelay: 7}
	for _, c := range []struct {
		line string
		want Stat
	}{
		{statInit, Stat{PID: 1, Comm: text.New("systemd"), State: 'S', PGRP: 1, Session: 1, TPGID: -1, Flags: 4194560,
			MinFlt: 38944, CMinFlt: 343316, MajFlt: 21, CMajFlt: 148, UTime: 156, STime: 511, CUTime: 483, CSTime: 368,
			Priority: 20, NumThreads: 1, StartTime: 24, VSize: 47575040, RSS: 4347, RSSLim: math.MaxUint64, StartCode: 1,
			EndCode: 1,
			Blocked: 671173123, SigIgnore: 4096, SigCatch: 1260, ExitSignal: 17, BlkIODelay: 5}},
		{statKthreadd, Stat{PID: 2, Comm: text.New("kthreadd"), State: 'S', TPGID: -1, Flags: 2129984, Priority: 20,
			NumThreads: 1, StartTime: 24, RSSLim: math.MaxUint64, SigIgnore: 2147483647, WChan: 1}},
		{statWorker, Stat{PID: 77, Comm: text.New("kworker/u8:2-events_unbound"), State: 'I', PPID: 2, TPGID: -1,
			Flags: 69238880,
			STime: 36, Priority: 20, NumThreads: 1, StartTime: 48, RSSLim: math.MaxUint64, SigIgnore: 2147483647,
			ExitSignal: 17, Processor: 1}},
		{statZombie, Stat{PID: 4242, Comm: text.New("defunct"), State: 'Z', PPID: 4200, PGRP: 4242, Session: 4200,
			TTYNr: 34816,
			TPGID: 4242, Flags: 4227084, MinFlt: 101, Priority: 20, NumThreads: 1, StartTime: 312345, RSSLim: math.MaxUint64,
			ExitSignal: 17, Processor: 1, ExitCode: 256}},
		{statRealtime, Stat{PID: 99, Comm: text.New("migration/3"), State: 'S', PPID: 2, TPGID: -1, Flags: 69238848,
			STime:    9,
			Priority: -100, NumThreads: 1, StartTime: 26, RSSLim: math.MaxUint64, SigIgnore: 2147483647, WChan: 1,
			ExitSignal: 17,
			Processor:  3, RTPriority: 99, Policy: 1}},
		{statOld, old},
	} {
		var got Stat
		if err := ParseStat([]byte(c.line), &got); err != nil {
			t.Errorf("%s: %v", c.line, err)
		} else if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b text.Text) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", c.line, diff)
		}
	}
}

// The name is the process's own choice: whatever it holds, the numbers behind it stay what they are.
func TestParseStatHostileNames(t *testing.T) {
	for _, name := range []string{"", ")", "(", ") R 1 1", "a) S 0 (b", "x)\nR 1", "\x1b[2J", ") ) )", "\xff\xfe", "a b",
		"1 (x) Z 9", "((((((((((((((("} {
		var s Stat
		if err := ParseStat([]byte(strings.Replace(statZombie, "defunct", name, 1)), &s); err != nil {
			t.Errorf("%q: %v", name, err)
		} else if s.Comm.Raw() != name || s.State != 'Z' || s.PPID != 4200 || s.StartTime != 312345 || s.ExitCode != 256 {
			t.Errorf("%q: comm %q, state %c, parent %d, start %d", name, s.Comm.Raw(), s.State, s.PPID, s.StartTime)
		}
	}
}

func TestParseStatExtremes(t *testing.T) {
	values := strings.Fields(statInit)
	set := func(field int, v string) { values[field-1] = v }
	set(14, "18446744073709551615")
	set(15, "18446744073709551614")
	set(16, "-9223372036854775808")
	set(17, "9223372036854775807")
	set(7, "-1")
	set(19, "-20")
	set(22, "18446744073709551615")
	set(24, "-3") // the counters of a process's threads may sum to less than nothing
	var s Stat
	if err := ParseStat([]byte(strings.Join(values, " ")+"\n"), &s); err != nil {
		t.Fatal(err)
	}
	if s.UTime != math.MaxUint64 || s.STime != math.MaxUint64-1 || s.CUTime != math.MinInt64 ||
		s.CSTime != math.MaxInt64 ||
		s.TTYNr != math.MaxUint32 || s.Nice != -20 || s.StartTime != math.MaxUint64 || s.RSS != 0 {
		t.Errorf("%+v", s)
	}
}

func TestParseStatRefuses(t *testing.T) {
	for _, line := range []string{
		"", "\n", "1", "1 (", "1 ()", "1 (a)", "1 (a) ", "1 (a) S", "1 (a) S ", "1 (a) S 0", ") (", "(a) S 0 ",
		"x (a) S 0 0 0\n",
		"-1" + statInit[1:], "0" + statInit[1:], "1.5" + statInit[1:],
		strings.Replace(statInit, ") S ", ")  S ", 1),
		strings.Replace(statInit, ") S ", ") SS ", 1),
		strings.Replace(statInit, " 156 ", " 0x9c ", 1),
		strings.Replace(statInit, " 156 ", " -156 ", 1),
		strings.Replace(statInit, " 24 ", " 18446744073709551616 ", 1),
		statInit[:strings.Index(statInit, " 24 ")],   // cut off before the start time
		statInit[:strings.Index(statInit, " 24 ")+1], // within the blank before it
	} {
		if err := ParseStat([]byte(line), new(Stat)); err == nil {
			t.Errorf("%q is accepted", line)
		}
	}
}

func TestParseStatKeepsName(t *testing.T) {
	var s Stat
	line := []byte(statWorker)
	if err := ParseStat(line, &s); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if err := ParseStat(line, &s); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a name that stayed", n)
	}
}

func TestParseStatLive(t *testing.T) {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Skip(err)
	}
	var s Stat
	if err := ParseStat(b, &s); err != nil {
		t.Fatal(err)
	}
	if s.PID != os.Getpid() || s.PPID != os.Getppid() || s.StartTime == 0 || s.VSize == 0 || s.NumThreads < 1 {
		t.Errorf("%+v", s)
	}
}

func FuzzParseStat(f *testing.F) {
	for _, s := range []string{statInit, statKthreadd, statWorker, statZombie, statRealtime, statOld, "1 (a)b) R ",
		"1 (", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var s Stat
		if ParseStat([]byte(line), &s) != nil {
			return
		}
		if s.PID <= 0 {
			t.Errorf("accepted %q as %+v", line, s)
		}
		// What was accepted begins with what was understood.
		if !strings.Contains(line, "("+s.Comm.Raw()+") "+string([]byte{s.State})+" ") {
			t.Errorf("the name %q is not in %q", s.Comm.Raw(), line)
		}
	})
}

func BenchmarkParseStat(b *testing.B) {
	var s Stat
	line := []byte(statInit)
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseStat(line, &s); err != nil {
			b.Fatal(err)
		}
	}
}

// Every field of the man page is at its number, whatever the name holds.
func TestStatFields(t *testing.T) {
	for _, name := range []string{"defunct", "", ") R 1 1", "a) S 0 (b", "\u00a0 )"} {
		line := strings.Replace(statZombie, "defunct", name, 1)
		var s Stat
		if err := ParseStat([]byte(line), &s); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		f := StatFields([]byte(line))
		if len(f) != 52 || f[0] != strconv.Itoa(s.PID) || f[1] != name || f[2] != string(s.State) ||
			f[3] != strconv.Itoa(s.PPID) ||
			f[21] != strconv.FormatUint(s.StartTime, 10) || f[51] != strconv.Itoa(s.ExitCode) {
			t.Errorf("%q: %q", name, f)
		}
	}
	for _, line := range []string{"", "1 (a", "1 a) S 1", "(a) S 1", "1 (a)S"} {
		if f := StatFields([]byte(line)); f != nil {
			t.Errorf("%q: %q", line, f)
		}
	}
}

func TestStartTime(t *testing.T) {
	own, err := StartTime("/proc", os.Getpid())
	if err != nil || own == 0 {
		t.Error(own, err)
	}
	child := exec.Command("true")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Waitid(unix.P_PID, child.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Error(err)
	}
	if s, err := ReadStat("/proc", child.Process.Pid); err != nil || !s.Ended() || s.StartTime < own {
		t.Errorf("of a zombie: %+v, %v", s, err)
	}
	child.Wait()
	if _, err := StartTime("/proc", 1<<30); !errors.Is(err, ErrGone) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := StartTime(t.TempDir()+"/none", 1); err == nil {
		t.Error("without a proc file system there is a start time")
	}
}

func TestPosition(t *testing.T) {
	s := &Snapshot{Processes: []Process{{Stat: Stat{PID: 1}}, {Stat: Stat{PID: 5}}, {Stat: Stat{PID: math.MaxInt32}}}}
	for pid, want := range map[int]int{0: 0, 1: 0, 2: 1, 5: 1, 6: 2, math.MaxInt32: 2, math.MinInt: 0, math.MaxInt: 3} {
		at, ok := s.Position(pid)
		if at != want || ok != (s.Find(pid) != nil) || ok && s.Processes[at].PID != pid {
			t.Errorf("%d is at %d, %v", pid, at, ok)
		}
	}
}
