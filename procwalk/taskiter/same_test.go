package taskiter

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestSameIsNotWritten: of a process that sleeps the kernel writes nothing again but that it is there, and what others
// change of it, while it does nothing, is in the next read all the same.
func TestSameIsNotWritten(t *testing.T) {
	proctest.Need(t, proctest.Root)
	start := func(words ...string) int {
		c := exec.Command(words[0], words[1:]...)
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		return c.Process.Pid
	}
	openWalker(t) // skips where there is no BPF
	var m procwalk.Machine
	m.PageSize = 4096
	it, err := OpenAgain("/proc", &m)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	if it.seen == nil {
		proctest.Missing(t, "the kernel refuses the program that compares")
	}
	sleeper := start("sleep", "1000")
	for range 50 { // one that shares its slot is written each time
		if !sharesSlot(t, sleeper, it.seen.count) {
			break
		}
		sleeper = start("sleep", "1000")
	}
	read := func(all bool) (procwalk.Process, bool) { return readAgain(t, it, &m, sleeper, all) }
	asleep := func() bool { _, same := read(false); return same }
	proctest.Until(t, "the record of a sleeper is left out", asleep)
	if row, same := read(true); same || row.PID != sleeper || row.Comm.Raw() != "sleep" {
		t.Errorf("where all is asked for, it is %+v, left out %v", row.Stat, same)
	}

	for _, c := range []struct {
		what   string
		change func() error
		holds  func(*procwalk.Process) bool
	}{
		{"its nice value", func() error { return unix.Setpriority(unix.PRIO_PROCESS, sleeper, 7) },
			func(p *procwalk.Process) bool { return p.Nice == 7 }},
		{"its scheduling policy", func() error {
			return unix.SchedSetAttr(sleeper, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_BATCH, Nice: 7}, 0)
		}, func(p *procwalk.Process) bool { return p.Policy == unix.SCHED_BATCH }},
		{"that it is stopped", func() error { proctest.Signal(t, sleeper, syscall.SIGSTOP); return nil },
			func(p *procwalk.Process) bool { return p.State == 'T' }},
	} {
		proctest.Until(t, "the record of a sleeper is left out again", asleep)
		if err := c.change(); err != nil {
			t.Fatalf("changing %s: %v", c.what, err)
		}
		proctest.Until(t, c.what+" is in a record", func() bool {
			row, same := read(false)
			return !same && c.holds(&row)
		})
	}

	turns := 0
	for range 4 * seenTurns {
		if _, same := read(false); !same {
			turns++
		}
	}
	if turns < 4 {
		t.Errorf("in %d reads it was written %d times, and its turn came 4 times", 4*seenTurns, turns)
	}
}

// TestSameWidened: a row that was read for less than what is wanted now has what is wanted, although the process has
// not run; and so does each row after a snapshot that did not come about.
func TestSameWidened(t *testing.T) {
	c := exec.Command("setsid", "sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	w := openWalker(t, procwalk.Keep())
	for range 3 {
		for _, want := range []procwalk.Want{0, procwalk.WantNS, procwalk.WantBrief, procwalk.WantNS | procwalk.WantBrief} {
			for range 2 {
				p := read(t, w, want).Find(c.Process.Pid)
				if p == nil || want&procwalk.WantNS != 0 && p.NS == nil || want&procwalk.WantBrief != 0 && p.Status == nil ||
					want&procwalk.WantNS == 0 && p.NS != nil || want&procwalk.WantBrief == 0 && p.Status != nil {
					t.Fatalf("wanted %b: %+v", want, p)
				}
			}
		}
	}
}

// readAgain reads the processes once more, and returns the row of one, or that nothing but its number was written.
func readAgain(t *testing.T, it *Iterator, m *procwalk.Machine, pid int, all bool) (row procwalk.Process, same bool) {
	t.Helper()
	b, err := it.Read(m, all)
	if err != nil {
		t.Fatal(err)
	}
	at := b.Position(pid)
	if at == b.Len() || b.PID(at) != pid {
		t.Fatalf("PID %d is missing", pid)
	}
	if same = b.Same(at); !same {
		b.Fill(at, procwalk.WantBrief|procwalk.WantNS, nil, procwalk.Given{}, &row)
	}
	return row, same
}

// sharesSlot reports whether another process has the slot of this one.
func sharesSlot(t *testing.T, pid, slots int) bool {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		other, err := strconv.Atoi(e.Name())
		return err == nil && other != pid && other&(slots-1) == pid&(slots-1)
	})
}

// TestSameWithoutTheTerminal: when the leader of a session ends, those in it lose the terminal without running and
// without getting another parent.
func TestSameWithoutTheTerminal(t *testing.T) {
	proctest.Need(t, proctest.Root)
	openWalker(t) // skips where there is no BPF
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	c := exec.Command("sh", "-c", `trap "" HUP; sh -c 'sleep 1000 >/dev/null & echo $!; wait' & wait`)
	c.Stdin, c.SysProcAttr = slave, &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var sleeper int
	_, err = fmt.Fscan(out, &sleeper)
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		if sleeper > 1 {
			proctest.Signal(t, sleeper, syscall.SIGKILL) // the shell that waits for it ends then
		}
	})
	if err != nil || sleeper <= 1 {
		t.Fatal(sleeper, err)
	}
	m := procwalk.Machine{PageSize: 4096}
	it, err := OpenAgain("/proc", &m)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	if it.seen == nil {
		proctest.Missing(t, "the kernel refuses the program that compares")
	}
	read := func() (procwalk.Process, bool) { return readAgain(t, it, &m, sleeper, false) }
	proctest.Until(t, "it sleeps on its terminal", func() bool {
		row, same := read()
		return !same && row.Comm.Raw() == "sleep" && row.State == 'S' && row.TTYNr != 0
	})
	c.Process.Kill()
	proctest.Until(t, "it has no terminal", func() bool {
		stat, err := procwalk.ReadStat("/proc", sleeper)
		return err == nil && stat.TTYNr == 0
	})
	if row, same := read(); same || row.TTYNr != 0 {
		t.Errorf("the record is the same as before: %v; its terminal is %d", same, row.TTYNr)
	}
}

// TestSignsHaveWhatForces: what has a record written each time is compared, too. Else the record of a process of which
// the last thread but one has ended would be as when there were two.
func TestSignsHaveWhatForces(t *testing.T) {
	for _, path := range []string{"nr_threads", "tty"} {
		if !slices.ContainsFunc(signs, func(s sign) bool { return s.from == "signal_struct" && s.path == path }) {
			t.Errorf("signal_struct.%s is not among what is compared", path)
		}
	}
}
