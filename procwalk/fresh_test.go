package procwalk

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"
	"bones/procwalk/text"
)

// TestFreshRows: what a process changes without an exec shows in the next snapshot where that was asked for.
func TestFreshRows(t *testing.T) {
	tree := proctest.New(t)
	for _, pid := range []int{10, 20} {
		tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: "worker", Args: []string{"before"}})
	}
	for _, fresh := range []Fresh{{}, {PIDs: []int{3, 10, 30}}, {All: WantCmdline}, {All: ^Want(0)}} {
		w := newTestWalker(t, tree.Path(), Keep())
		snapshot(t, w, everything)
		stale := 0
		for n := range 4 {
			title, group := "after"+strings.Repeat("x", n), "/b"+strings.Repeat("x", n)
			tree.Write("10/cmdline", title+"\x00")
			tree.Write("20/cmdline", title+"\x00")
			tree.Write("10/cgroup", "0::"+group+"\n")
			tree.Write("20/cgroup", "0::"+group+"\n")
			s := snapshotOf(t, w, Request{everything, fresh})
			for _, pid := range []int{10, 20} {
				p := s.Find(pid)
				line := p.Cmdline.Raw == text.New(title+"\x00")
				groups := p.Cgroups.Lines[0].Path == text.New(group)
				want := fresh.Of(pid, everything)
				if want&WantCmdline != 0 && !line || want&WantCgroup != 0 && !groups {
					t.Errorf("%+v, PID %d: %q in %q", fresh, pid, p.Cmdline.Raw.Raw(), p.Cgroups.Lines[0].Path.Raw())
				}
				if !line && !groups {
					stale++
				}
			}
		}
		if fresh.All == 0 && fresh.PIDs == nil && stale == 0 {
			t.Error("everything is read anew each time: this test shows nothing")
		}
	}
}

// titled starts this program as one that sets its own title to each line that it reads.
const titled = "__titled"

func init() {
	reexec.Register(titled, func([]string) int { return reexec.Report(setTitles()) })
}

func setTitles() error {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return err
	}
	f := StatFields(stat)
	start, _ := strconv.ParseInt(f[48-1], 10, 64) // arg_start
	end, _ := strconv.ParseInt(f[49-1], 10, 64)
	memory, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		title := make([]byte, end-start)
		copy(title[:len(title)-1], lines.Text())
		if _, err := memory.WriteAt(title, start); err != nil {
			return err
		}
		fmt.Println("set")
	}
	return nil
}

// TestFreshTitle: a process that sets its own title, as sshd and postgres do.
func TestFreshTitle(t *testing.T) {
	c := reexec.Command(titled, "room for a longer title than it was started with")
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	w := newTestWalker(t, "/proc", Keep())
	r := Request{WantCmdline, Fresh{PIDs: []int{c.Process.Pid}}}
	snapshotOf(t, w, r)
	for _, title := range []string{"postgres: idle", "postgres: SELECT", "postgres: idle again"} {
		if _, err := in.Write([]byte(title + "\n")); err != nil {
			t.Fatal(err)
		}
		out.(*os.File).SetReadDeadline(proctest.Deadline())
		if _, err := out.Read(make([]byte, 64)); err != nil {
			t.Fatal(err)
		}
		if got := snapshotOf(t, w, r).Find(c.Process.Pid).Cmdline.Raw.Raw(); !strings.HasPrefix(got, title) {
			t.Errorf("it calls itself %q and shows as %.60q", title, got)
		}
	}
}

// TestRowsHoldWhatIsWanted: what an earlier snapshot was asked for stays in no row of a later one, where it would be
// old, and in some rows only.
func TestRowsHoldWhatIsWanted(t *testing.T) {
	w := newTestWalker(t, "/proc", Keep(), Workers(2))
	all := WantStatus | WantCmdline | WantCgroup | WantNS | WantIO | WantLabel
	for range 3 {
		if p := snapshot(t, w, all).Find(os.Getpid()); p.Status == nil || p.NS == nil || p.Cgroups == nil ||
			p.Cmdline == nil {
			t.Fatalf("not all was read: %+v", p)
		}
	}
	for range 2 {
		for _, p := range snapshot(t, w, 0).Processes {
			if p.Status != nil || p.Cmdline != nil || p.Cgroups != nil || p.NS != nil || p.IO != nil || p.Label != nil {
				t.Fatalf("PID %d has what nobody wants: %+v", p.PID, p)
			}
		}
	}
	if p := snapshot(t, w, all).Find(os.Getpid()); p.Status == nil || p.NS == nil || p.Cgroups == nil ||
		p.Cmdline == nil {
		t.Errorf("wanted again, not all is there: %+v", p)
	}
}
