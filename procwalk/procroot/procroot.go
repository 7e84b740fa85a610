// Package procroot tells what a proc file system is to this program: by which number it knows us, whether it numbers
// processes as we do, and what it hides from us.
package procroot

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"bones/procwalk/bounded"
	"bones/procwalk/fault"
	"bones/procwalk/fields"
	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// ErrStranger says that a number of ours means somebody else there.
var ErrStranger = errors.New("it is that of another pid namespace (a pod needs hostPID to be in the node's), " +
	"or of another host")

// Self returns our own PID as the proc file system at root numbers it. That differs from os.Getpid where root is that
// of another pid namespace; in one that does not see us, there is none. The error is ErrStranger then.
//
// Source: proc_self(5); fs/proc/self.c: the link is made for whoever reads it.
func Self(root string) (int, error) {
	link, err := os.Readlink(root + "/self")
	if err == nil {
		var pid int
		if pid, err = strconv.Atoi(link); err == nil && pid > 0 && (pid == os.Getpid() || isProc(root)) {
			return pid, nil
		}
	}
	return 0, fmt.Errorf("bones has no PID in %s: %w", root, ErrStranger)
}

// isProc tells a proc file system, whose links are made for the reader, from a copy of one.
func isProc(root string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(root, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC
}

// Ours reports with an error that root does not number processes as the system calls of this program do. That both
// know us by the same number proves nothing: of two pid namespaces each has a PID 2.
//
// Source: proc_pid_status(5), NSpid, since Linux 4.1: our numbers from the namespace of root to our own.
func Ours(root string) error {
	pid, err := Self(root)
	if err != nil {
		return err
	}
	if pid != os.Getpid() {
		return fmt.Errorf("%s lists bones as PID %d, but bones is PID %d: %w", root, pid, os.Getpid(), ErrStranger)
	}
	status, err := readSome(root + "/self/status")
	if err != nil {
		return nil // a copy that says nothing about it
	}
	if pids, told := fields.Value([]byte(status), "NSpid"); told && len(pids.Ints()) > 1 {
		return fmt.Errorf("%s is above the pid namespace of bones: %w", root, ErrStranger)
	}
	return nil
}

// Numbers reports whether root is a proc file system, and no copy of one, that numbers processes as we do: see Ours.
func Numbers(root string) bool { return isProc(root) && Ours(root) == nil }

func readSome(name string) (string, error) {
	b, err := bounded.ReadFile(name, 1<<20)
	return string(b), err
}

// mountsSeen are the mounts that we see, all of them: one behind a bound of ours may be the one that hides processes.
func mountsSeen(root string) ([]mountinfo.Mount, error) {
	f, err := os.Open(root + "/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	mounts, _ := mountinfo.Read(f) // what is wrong with one line does not matter for another
	return mounts, nil
}

// Hiding is what a proc file system does not show.
type Hiding struct {
	PIDs   string // the hidepid= option if it hides anything: "1", "2", "4", or ""
	Subset bool   // subset=pid: nothing but processes
}

// Hides finds the options of the proc file system at root among the mounts that we see.
//
// Source: proc(5), "Mount options".
func Hides(root string) Hiding {
	var st unix.Stat_t
	mounts, err := mountsSeen(root)
	if err != nil || unix.Stat(root, &st) != nil {
		return Hiding{}
	}
	return HidesAt(st.Dev, mounts)
}

// HidesAt is Hides for a device and mounts that were read.
func HidesAt(dev uint64, mounts []mountinfo.Mount) (h Hiding) {
	device := fmt.Sprintf("%d:%d", unix.Major(dev), unix.Minor(dev))
	for _, m := range mounts {
		if m.Device != device {
			continue
		}
		for option := range strings.SplitSeq(m.Super.Raw(), ",") {
			if option == "subset=pid" {
				h.Subset = true
			}
			value, ok := strings.CutPrefix(option, "hidepid=")
			switch {
			case !ok, value == "0", value == "off":
			case value == "noaccess":
				h.PIDs = "1"
			case value == "invisible":
				h.PIDs = "2"
			case value == "ptraceable":
				h.PIDs = "4"
			default:
				h.PIDs = value
			}
		}
	}
	return h
}

// Missing says of a process that is not shown what may be said of it: that it is not there, or that it is hidden. ours
// says that pid is one of our own pid namespace, so that the kernel can be asked.
func Missing(hidepid string, ours bool, pid int) string {
	if hidepid == "" || ours && !exists(pid) {
		return "there is no such process"
	}
	what := "hidden"
	if !ours {
		what = "there is no such process, or it is hidden"
	}
	who := "root, and the group of the option gid=, see it"
	if hidepid == "4" {
		who = "who may trace it (CAP_SYS_PTRACE) sees it"
	}
	return fmt.Sprintf("%s (hidepid=%s): /proc shows only processes of the same user; %s", what, hidepid, who)
}

// OpenPID opens a pidfd of a process. The error is ESRCH where there is no such process, also where the number is that
// of a thread by now, and ENOSYS from an older kernel.
//
// Source: pidfd_open(2), since Linux 5.3; for a thread the kernel answers EINVAL, and since 6.16 ENOENT.
func OpenPID(pid int) (int, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch err {
	case unix.EINVAL, unix.ENOENT:
		err = unix.ESRCH
	case unix.EPERM: // no process refuses that
		err = fault.NoCall("pidfd_open", "5.3", err)
	}
	return fd, err
}

// exists reports whether there is such a process, whoever it belongs to.
//
// Source: before Linux 5.3 kill(2) with signal 0, which sends nothing.
func exists(pid int) bool {
	fd, err := OpenPID(pid)
	if err == nil {
		unix.Close(fd)
		return true
	}
	if err == unix.ENOSYS && pid > 1 {
		return unix.Kill(pid, 0) != unix.ESRCH
	}
	return err != unix.ESRCH
}

// NotShown says why there is no directory of a process at root, or "" if there is one.
func NotShown(root string, pid int) string {
	if _, err := os.Lstat(root + "/" + strconv.Itoa(pid)); !errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return Missing(Hides(root).PIDs, Ours(root) == nil, pid)
}
