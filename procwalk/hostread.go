package procwalk

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"time"

	"bones/procwalk/dirfile"
	"bones/procwalk/fields"
	"bones/procwalk/procroot"

	"golang.org/x/sys/unix"
)

// readHost reads what all rows share. Only the boot time must be there: without it this is no proc file system.
func readHost(root string, rootfd int) (Machine, error) {
	h := Machine{TicksPerSec: UserHZ, PageSize: uint64(unix.Getpagesize())}
	buf := make([]byte, 32<<10)
	b, err := dirfile.Read(rootfd, "stat", buf)
	if len(b) == len(buf) { // hundreds of processors, thousands of interrupts
		b, err = dirfile.Read(rootfd, "stat", make([]byte, 1<<20))
	}
	if err == unix.ENOENT && procroot.Hides(root).Subset {
		h.BootTime, h.CPUs = time.Now().Add(-procroot.SinceBoot()).Truncate(time.Second), runtime.NumCPU()
	} else if err != nil {
		return h, err
	}
	found := !h.BootTime.IsZero()
	for line := range bytes.Lines(b) {
		key, value, _ := bytes.Cut(line, []byte{' '})
		switch {
		case string(key) == "btime":
			f := fields.Line{Rest: value}
			h.BootTime = time.Unix(f.Int(), 0)
			found = !f.Bad
		case len(key) > 3 && string(key[:3]) == "cpu":
			h.CPUs++
		}
	}
	if !found {
		return h, errors.New("stat has no line btime")
	}
	if b, err = dirfile.Read(rootfd, "meminfo", buf); err == nil {
		if f, told := fields.Value(b, "MemTotal"); told {
			h.MemTotal = f.KB()
		}
	}
	sysctl := buf[:256] // the kernel allocates and clears as much as a read of these has room for
	if b, err = dirfile.Read(rootfd, "sys/kernel/pid_max", sysctl); err == nil {
		f := fields.Line{Rest: b}
		h.PIDMax = int(f.Uint())
	}
	if b, err = dirfile.Read(rootfd, "sys/kernel/osrelease", sysctl); err == nil {
		h.Release = strings.TrimSpace(string(b))
	}
	h.HostName = procroot.HostName(root)
	h.InPIDNS = belowFirst(rootfd, buf)
	if h.Self, err = procroot.Self(root); err != nil {
		h.Self = -1
	}
	h.OwnPIDs = procroot.Ours(root) == nil
	hides := procroot.Hides(root)
	h.HidePID, h.OnlyPIDs = hides.PIDs, hides.Subset
	return h, nil
}

// belowFirst reports whether a proc file system is that of a pid namespace below the first one. Which namespace bones
// is in itself tells only where the two are the same: a container may have the host's /proc mounted, and the host can
// look into that of a container.
func belowFirst(rootfd int, buf []byte) bool {
	pidNS := func(of string) (first, known bool) {
		n, err := unix.Readlinkat(rootfd, of+"/ns/pid", buf)
		if err != nil {
			return false, false
		}
		_, inode, ok := fields.InodeLink(buf[:n])
		// PROC_PID_INIT_INO, include/linux/proc_ns.h: fixed for the first pid namespace.
		return inode == 0xeffffffc, ok
	}
	if first, known := pidNS("1"); known {
		return !first
	}
	// Threads of the kernel are in the first namespace, and the one that makes the others has PID 2 there.
	if b, err := dirfile.Read(rootfd, "2/stat", buf); err == nil {
		var p Process
		return ParseStat(b, &p.Stat) != nil || !p.KernelThread()
	}
	// Others' processes may be hidden from us. NSpid begins in the namespace of this /proc and ends in our own.
	first, known := pidNS("self")
	if b, err := dirfile.Read(rootfd, "self/status", make([]byte, 1<<20)); err == nil {
		if st := ParseStatus(b); len(st.NSpid) > 1 {
			return false
		}
	}
	return known && !first
}

// readUptime reads the first number of /proc/uptime: time since boot in this time namespace, to 10 ms.
func readUptime(rootfd int, h *Machine) (time.Duration, error) {
	var buf [64]byte
	b, err := dirfile.Read(rootfd, "uptime", buf[:])
	if err == unix.ENOENT && h.OnlyPIDs {
		return procroot.SinceBoot(), nil
	}
	if err != nil {
		return 0, err
	}
	return procroot.ParseUptime(b)
}
