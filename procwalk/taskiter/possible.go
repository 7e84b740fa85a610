package taskiter

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/capability"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"
	"bones/procwalk/timens"

	"golang.org/x/sys/unix"
)

// refused makes the error of a program that cannot be used here: which privilege would help, or what the kernel lacks.
func refused(what string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return &fault.Error{Kind: fault.NotPermitted, Why: "BPF is not permitted (EPERM)",
			Hint: "CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, in the first user namespace would help", Err: err}
	case errors.Is(err, unix.ENOSYS):
		return &fault.Error{Kind: fault.Unsupported, Why: "this kernel has no BPF (ENOSYS)", Err: err}
	case lockdown() == "confidentiality":
		return &fault.Error{Kind: fault.NotPermitted, Why: "the kernel is locked down (confidentiality), and lets nobody " +
			"read its memory", Err: err}
	}
	return &fault.Error{Kind: fault.Unsupported, Why: what + ": " + err.Error(), Err: err}
}

// lockdown returns how far the kernel is locked down; "" if it is not, or does not tell.
//
// Source: kernel_lockdown(7); security/lockdown/lockdown.c: the chosen word is in brackets.
func lockdown() string {
	b, _ := os.ReadFile("/sys/kernel/security/lockdown") // what cannot be read is no reason
	_, rest, _ := strings.Cut(string(b), "[")
	word, _, _ := strings.Cut(rest, "]")
	if word == "none" {
		return ""
	}
	return word
}

func unsupported(format string, args ...any) error {
	return fault.New(fault.Unsupported, fmt.Sprintf(format, args...))
}

// possible says why the processes of a proc file system cannot be read by BPF, as far as that can be told beforehand.
func possible(root string, m *procwalk.Machine) error {
	if runtime.GOARCH != "amd64" {
		return unsupported("BPF is used on x86-64 only so far: on %s how the kernel divides processor times is not known "+
			"well enough", runtime.GOARCH)
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return err
	}
	if release := unix.ByteSliceToString(uts.Release[:]); olderThan(release, 5, 9) {
		return unsupported("the kernel is %s: BPF can read its tasks exactly since Linux 5.9", release)
	}
	if !procroot.Numbers(root) {
		return unsupported("%s does not show the pid namespace that bones is in: BPF would show other processes", root)
	}
	if m.HidePID != "" {
		return unsupported("%s is mounted with hidepid=%s: BPF would show what it hides", root, m.HidePID)
	}
	if !mayLoad() {
		return refused("BPF", unix.EPERM)
	}
	return sameClock(root)
}

// mayLoad reports whether this process has the capabilities without which the kernel refuses to load a program that
// reads its memory, wherever they hold. To ask costs nothing; the kernel's own answer comes only to a program that has
// been made for its types, which takes longer than reading some hundred processes from /proc.
//
// Source: capabilities(7), CAP_BPF and CAP_PERFMON, since Linux 5.8.
func mayLoad() bool {
	sets, err := capability.Get()
	if err != nil {
		return true // the kernel says it itself
	}
	return sets.Has(unix.CAP_SYS_ADMIN) || sets.Has(unix.CAP_BPF) && sets.Has(unix.CAP_PERFMON)
}

// sameClock says why times that BPF reads would not be those that /proc shows.
func sameClock(root string) error {
	offsets, err := os.ReadFile(root + "/self/timens_offsets") // since Linux 5.6, with time namespaces
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for line := range strings.Lines(string(offsets)) {
		o, ok := timens.ParseLine(line)
		if !ok {
			return unsupported("timens_offsets has a line in an unknown form: BPF may show other times than /proc")
		}
		if o.Clock == "boottime" && !o.None() {
			return unsupported("bones is in a time namespace whose clock is set by %v: BPF shows the host's times",
				o.Duration())
		}
	}
	// Processors that run without the timer's tick account for time in another way, and only the kernel can add it up.
	b, _ := os.ReadFile("/sys/devices/system/cpu/nohz_full") // is not there on a kernel without
	if list := strings.TrimSpace(string(b)); strings.ContainsAny(list, "0123456789") {
		return unsupported("processors %s run without a tick (nohz_full): their times are only in /proc", list)
	}
	return nil
}

// olderThan reports whether a kernel's release is older than a version. What is not understood is old.
func olderThan(release string, major, minor int) bool {
	first, rest, _ := strings.Cut(release, ".")
	second := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	a, err := strconv.Atoi(first)
	b, err2 := strconv.Atoi(second)
	return err != nil || err2 != nil || a < major || a == major && b < minor
}
