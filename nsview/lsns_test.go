package nsview

import (
	"encoding/json"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

func bytesFields(b []byte) []string { return strings.Fields(string(b)) }

// lsnsRow is a line of lsns (util-linux).
type lsnsRow struct {
	NS     uint64
	Type   string
	NProcs int
	PID    int
	User   string
}

// lsns runs until it gives a usable answer: it prints nothing at all while there is a process with a newline in its
// name, and stops half-way when a process ends at the wrong moment.
func lsns(t *testing.T) (rows []lsnsRow) {
	t.Helper()
	var last error
	if poll(func() bool {
		out, err := exec.Command("lsns", "-J", "-o", "ns,type,nprocs,pid,user").Output()
		var answer struct{ Namespaces []lsnsRow }
		if err == nil {
			err = json.Unmarshal(out, &answer)
		}
		rows, last = answer.Namespaces, err
		return err == nil && len(rows) >= 8
	}) != nil {
		t.Fatalf("lsns (Debian: util-linux) lists %d namespaces: %v", len(rows), last)
	}
	return rows
}

// row makes the line that lsns should print for a namespace. lsns is itself in all namespaces that we are in.
func row(v *View, n *Namespace) lsnsRow {
	l := lsnsRow{NS: n.Inode, Type: n.Type.String(), NProcs: len(n.Members)}
	for _, m := range n.Members {
		if v.Snapshot.Processes[m].PID == os.Getpid() {
			l.NProcs++
		}
	}
	if leader := n.Leader(); leader >= 0 {
		l.PID = v.Snapshot.Processes[leader].PID
		if w := WhoOf(&v.Snapshot.Processes[leader]); w.UIDErr != nil {
			l.User = w.UIDErr.Error()
		} else if u, err := user.LookupId(strconv.Itoa(int(w.UID))); err == nil {
			l.User = u.Username
		} else {
			l.User = strconv.Itoa(int(w.UID))
		}
	}
	return l
}

// agree compares with lsns until each namespace that lsns lists has agreed once: other processes come and go between
// the two readings. It returns how many agreed.
func agree(t *testing.T) map[uint64]bool {
	t.Helper()
	agreed := map[uint64]bool{}
	var missing []string
	for deadline := proctest.Deadline(); ; {
		v := Groups(snapshot(t, procwalk.WantNS|procwalk.WantStatus))
		missing = missing[:0]
		for _, theirs := range lsns(t) {
			if agreed[theirs.NS] {
				continue
			}
			n := v.FindInode(theirs.NS)
			if n == nil {
				missing = append(missing, "not found: "+theirs.Type+" "+strconv.FormatUint(theirs.NS, 10))
				continue
			}
			if ours := row(v, n); ours == theirs {
				agreed[theirs.NS] = true
			} else {
				missing = append(missing, lineOf(ours)+" but lsns "+lineOf(theirs))
			}
		}
		if len(missing) == 0 {
			return agreed
		}
		if time.Now().After(deadline) {
			t.Fatalf("never agreed:\n%s", strings.Join(missing, "\n"))
		}
	}
}

func lineOf(l lsnsRow) string {
	b, _ := json.Marshal(l)
	return string(b)
}

func TestAgreesWithLsnsHere(t *testing.T) {
	agreed := agree(t)
	if len(agreed) < 8 {
		t.Errorf("only %d namespaces agreed", len(agreed))
	}
}

// TestAgreesWithLsns60 builds 60 namespaces and more, of all types, with one to three processes in each.
func TestAgreesWithLsns60(t *testing.T) {
	needRoot(t)
	const all = unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
		unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWCGROUP
	want := map[uint64]bool{}
	note := func(pid int, types ...string) {
		for _, name := range types {
			want[inodeOf(t, pid, name)] = true
		}
	}
	for range 5 {
		c := sleeper(t, syscall.SysProcAttr{Cloneflags: all})
		note(c.Process.Pid, "mnt", "uts", "ipc", "net", "pid", "cgroup")
	}
	for range 4 { // two and three processes
		c := sleeper(t, syscall.SysProcAttr{Cloneflags: all}, "sh", "-c", "sleep 1000 & sleep 1000 & wait")
		children(t, c.Process.Pid, 2)
		note(c.Process.Pid, "mnt", "uts", "ipc", "net", "pid", "cgroup")
	}
	for range 3 { // another user, a user namespace
		c := sleeper(t, syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWUTS, Credential: &syscall.Credential{Uid: 0, Gid: 0},
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 65534, Size: 1}},
		})
		note(c.Process.Pid, "user", "uts")
	}
	for range 2 { // time namespaces, whose maker stays outside
		c := sleeper(t, syscall.SysProcAttr{}, "unshare", "--time", "--fork", "--kill-child", "sleep", "1000")
		child := children(t, c.Process.Pid, 1)[0]
		note(child, "time")
	}
	if len(want) < 60 {
		t.Fatalf("the world has only %d namespaces", len(want))
	}
	agreed := agree(t)
	for inode := range want {
		if !agreed[inode] {
			t.Errorf("lsns does not know %d, which was made for it", inode)
		}
	}
}
