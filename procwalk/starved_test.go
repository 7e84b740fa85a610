package procwalk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// starvedWord starts this program with few descriptors, over a table: starvedWord ROOT LIMIT once|keep|crowded ROUNDS
// [MORE], where MORE is a table that is read after it. It prints what each snapshot holds. Of those that keep, crowded
// is one whose program has itself opened more than a Walker leaves to it.
const starvedWord = "__starved"

func init() {
	reexec.Register(starvedWord, func(args []string) int { return reexec.Report(starvedMain(args)) })
}

func starvedMain(args []string) error {
	limit, _ := strconv.Atoi(args[1])
	rounds, _ := strconv.Atoi(args[3])
	lim := unix.Rlimit{Cur: uint64(limit), Max: uint64(limit)}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return err
	}
	options := []Option{Workers(8)}
	if args[2] != "once" {
		options = append(options, Keep())
	}
	before := openDescriptors(limit)
	w, err := NewWalker(args[0], options...)
	if err != nil {
		return err
	}
	// What a Walker that keeps leaves to the rest of the program is used by that, but for some, or it needs more.
	room := w.fdRoom
	others := map[string]int{"keep": min(200, max(limit-456, 0)), "crowded": 400}[args[2]]
	for range others {
		if _, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return err
		}
	}
	for n := range rounds {
		if n == 1 && len(args) > 4 { // those with lower PIDs come
			for pid := 1; pid <= 300; pid++ {
				if err := os.Rename(fmt.Sprintf("%s/%d", args[4], pid), fmt.Sprintf("%s/%d", args[0], pid)); err != nil {
					return err
				}
			}
		}
		s, err := w.Snapshot(context.Background(), Request{Want: WantStatus | WantCmdline | WantCgroup | WantNS})
		if err != nil {
			return err
		}
		whole := 0
		var broken []string
		for i := range s.Processes {
			p := &s.Processes[i]
			// On a busy machine a read may take longer than the deadline: that has nothing to do with descriptors.
			// So it has nothing to do with them that others are not tried after a few that took as long.
			late := errors.Is(p.Cmdline.Err, ErrStuck) || errors.Is(p.Cmdline.Err, ErrNotTried)
			line := late || p.Cmdline.Err == nil && p.Cmdline.Raw.Raw() != ""
			if p.Status.Err == nil && line && p.Cgroups.Err == nil && p.NS.Err[Mnt] == nil {
				whole++
			} else if len(broken) < 3 {
				broken = append(broken, fmt.Sprintf("PID %d: status %v; command line %q, %v; groups %v; mount namespace %v",
					p.PID, p.Status.Err, p.Cmdline.Raw.Raw(), p.Cmdline.Err, p.Cgroups.Err, p.NS.Err[Mnt]))
			}
		}
		if args[2] == "crowded" { // the rest of the program needs some more
			var more []int
			for range 50 {
				fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
				if err != nil {
					broken = append(broken, fmt.Sprintf("nothing was given back: %v", err))
					break
				}
				more = append(more, fd)
			}
			for _, fd := range more {
				unix.Close(fd)
			}
		}
		if args[2] == "keep" && w.fdRoom != room {
			broken = append(broken, fmt.Sprintf("it held as many as %d, and had to give back %d", room, room-w.fdRoom))
		}
		fmt.Println(strings.TrimSpace(fmt.Sprintln(len(s.Processes), whole, s.Refused, s.Short, s.Incomplete() != nil,
			strings.Join(broken, "; "))))
	}
	err = w.Close()
	if left := openDescriptors(limit) - before - others; left > 8 { // the runtime's own come with its first timer
		return errors.Join(err, fmt.Errorf("%d descriptors are left open", left))
	}
	return err
}

// openDescriptors counts the descriptors of this process below a limit, beyond which it can have none.
func openDescriptors(limit int) (n int) {
	for fd := range limit {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			n++
		}
	}
	return n
}

func starvedRun(t *testing.T, args ...string) []string {
	t.Helper()
	c := reexec.Command(append([]string{starvedWord}, args...)...)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%q: %v, %s", args, err, &errs)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i]) // nothing is broken: the last word is empty
	}
	return lines
}

func fillTable(t *testing.T, first, n int) *proctest.Tree {
	t.Helper()
	tree := proctest.New(t)
	tree.Fill(n, func(i int) proctest.Proc {
		return proctest.Proc{PID: first + i, PPID: 1, Comm: "sleep", Args: []string{"sleep", "1000"}}
	})
	return tree
}

// TestFewDescriptors: whatever the limit of open files, each row is there and whole, or the snapshot says that it is
// not.
func TestFewDescriptors(t *testing.T) {
	const processes = 200
	tree := fillTable(t, 1, processes)
	want := fmt.Sprintf("%d %d 0 0 false", processes, processes)
	for _, limit := range []int{9, 10, 11, 12, 16, 64} {
		for _, keep := range []string{"once", "keep"} {
			for n, got := range starvedRun(t, tree.Path(), strconv.Itoa(limit), keep, "2") {
				if got != want {
					t.Errorf("%d descriptors, %s, snapshot %d: %s, want %s", limit, keep, n, got, want)
				}
			}
		}
	}
}

// TestProcessesWithLowerPIDs: what is kept is counted by descriptors and not by the place in the table.
func TestProcessesWithLowerPIDs(t *testing.T) {
	tree, more := fillTable(t, 10000, 600), fillTable(t, 1, 300)
	got := starvedRun(t, tree.Path(), "700", "keep", "6", more.Path())
	for n, line := range got[1:] {
		if line != "900 900 0 0 false" {
			t.Errorf("snapshot %d: %s", n+1, line)
		}
	}
}

// TestManyMoreThanDescriptors: a table several times as long as there may be open files. With fewer rows it does not
// see that more is held than there is room for. Thousands more are for a soak.
func TestManyMoreThanDescriptors(t *testing.T) {
	const processes, thousands = 1500, 20000
	check := func(tree *proctest.Tree, rows int, args ...string) {
		for n, line := range starvedRun(t, append([]string{tree.Path()}, args...)...) {
			if want := fmt.Sprintf("%d %d 0 0 false", rows, rows); line != want {
				t.Errorf("%q: snapshot %d: %s, want %s", args, n, line, want)
			}
		}
	}
	tree := fillTable(t, 1, processes)
	check(tree, processes, "600", "keep", "3")
	check(tree, processes, "1024", "keep", "2") // a usual limit of a service
	// Where the rest of the program needs the descriptors that are kept, they are given back.
	check(tree, processes, "800", "crowded", "3")
	if proctest.Soak(0, 1) == 1 {
		check(fillTable(t, 1, thousands), thousands, "4096", "keep", "2")
	}
}

// TestFloodOfCommandLines: what is held of all command lines is bounded in sum, short ones stay whole, and it is said.
func TestFloodOfCommandLines(t *testing.T) {
	const processes, long = 1400, 120 << 10
	tree := proctest.New(t)
	tree.Fill(processes, func(i int) proctest.Proc {
		p := proctest.Proc{PID: i + 1, PPID: i, Comm: "flood", Args: []string{"short"}}
		if i%2 == 0 {
			p.Missing = []string{"cmdline"}
		}
		return p
	})
	tree.Write("flood", strings.Repeat("x", long)+"\x00")
	for pid := 1; pid <= processes; pid += 2 { // one file under many names: nobody has to write 84 MB
		if err := os.Link(tree.Path("flood"), tree.Path(strconv.Itoa(pid), "cmdline")); err != nil {
			t.Fatal(err)
		}
	}
	for _, options := range [][]Option{nil, {Keep()}} {
		told := 0
		w, err := NewWalker(tree.Path(), append(options, OnLacking(func(*Snapshot) { told++ }))...)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			s, err := w.Snapshot(t.Context(), Request{Want: WantCmdline})
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for i := range s.Processes {
				c := s.Processes[i].Cmdline
				if sum += c.Raw.Len(); i%2 == 1 && (c.Raw.Raw() != "short\x00" || c.Truncated) {
					t.Fatalf("PID %d: %q", s.Processes[i].PID, c.Raw.Raw())
				}
			}
			if len(s.Processes) != processes || sum > CmdlinesMax+processes*CmdlineCut+8*CmdlineMax {
				t.Errorf("snapshot %d: %d processes, %d bytes of command lines", n, len(s.Processes), sum)
			}
			if s.CutLines == 0 && sum > CmdlinesMax*9/10 || s.CutLines > 0 && s.Cut() == nil {
				t.Errorf("snapshot %d: nothing is said: %d bytes, %d cut", n, sum, s.CutLines)
			}
		}
		if told == 0 {
			t.Error("nobody was told")
		}
		w.Close()
	}
}

// TestLines: a reader who needs the beginnings of command lines holds nothing else of them, and is told which are
// longer. That he asked for it is nothing that the snapshot lacks.
func TestLines(t *testing.T) {
	tree := proctest.New(t)
	lengths := []int{10, CmdlineCut, CmdlineCut + 1, 100 << 10}
	tree.Fill(len(lengths), func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i, Comm: "long", Cmdline: strings.Repeat("x", lengths[i]-1) + "\x00"}
	})
	for _, most := range []int{16, CmdlineCut, CmdlineMax} {
		w, err := NewWalker(tree.Path(), Keep(), Lines(most))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second takes over what the first has read
			s, err := w.Snapshot(t.Context(), Request{Want: WantCmdline})
			if err != nil {
				t.Fatal(err)
			}
			for i, n := range lengths {
				c := s.Processes[i].Cmdline
				if c.Raw.Len() != min(n, most) || c.Truncated != (n > most) {
					t.Errorf("at most %d: of %d bytes %d are read, truncated: %t", most, n, c.Raw.Len(), c.Truncated)
				}
			}
			if s.CutLines != 0 {
				t.Errorf("at most %d: %v", most, s.Cut())
			}
		}
		w.Close()
	}
}
