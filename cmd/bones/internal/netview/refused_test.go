package netview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"bones/cmd/bones/internal/target"
	"bones/nsview/sockets"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// refusedWord starts the test program as one that a filter refuses a system call to.
const refusedWord = "__netview-refused"

func init() { proctest.Part(refusedWord, refused) }

// refused prints what ports and net say of a network namespace, where a system call is refused.
func refused(args []string) error {
	call, err := strconv.ParseUint(args[0], 10, 32)
	if err == nil {
		err = proctest.Refuse(unix.EPERM, uint32(call))
	}
	if err != nil {
		return err
	}
	ctx := context.Background()
	v, err := Open(ctx, target.Finder{Proc: "/proc", Cgroups: "/sys/fs/cgroup"})
	if err != nil {
		return err
	}
	defer v.Close()
	scope, err := v.Find(ctx, args[1])
	if err != nil {
		return err
	}
	list, err := v.Ports(ctx, scope, sockets.Ask{TCP: true, UDP: true, V4: true, V6: true}, 0)
	fmt.Println(len(list), fault.Of(err), errors.Is(err, unix.EPERM), said(err))
	interfaces, err := v.Interfaces(ctx, scope, 0)
	fmt.Println(len(interfaces), fault.Of(err), errors.Is(err, unix.EPERM), said(err))
	return nil
}

func said(err error) string {
	if err == nil {
		return "no error"
	}
	return fault.Line(err)
}

// answersOf are the two lines that it printed.
func answersOf(t *testing.T, call, pid int) []string {
	t.Helper()
	proctest.Need(t, proctest.Root)
	out, err := reexec.Command(refusedWord, strconv.Itoa(call), fmt.Sprintf("pid:%d", pid)).CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(lines) != 2 {
		t.Fatalf("%q, %v", out, err)
	}
	return lines
}

// TestNothingCouldBeRead: where the kernel answers no question over netlink, that is an error, and no empty list.
func TestNothingCouldBeRead(t *testing.T) {
	for _, line := range answersOf(t, unix.SYS_SENDTO, os.Getpid()) {
		if !strings.HasPrefix(line, "0 not permitted true ") || !strings.Contains(line, "looking into the network") {
			t.Errorf("netlink is refused: %s", line)
		}
	}
}

// TestNamespaceCannotBeTold: where a filter refuses statx, by which bones tells a namespace from other files, that is
// said, and not that the namespace is gone.
func TestNamespaceCannotBeTold(t *testing.T) {
	for _, line := range answersOf(t, unix.SYS_STATX, startEnd(t).Process.Pid) {
		if !strings.HasPrefix(line, "0 not supported ") || !strings.Contains(line, "statx") {
			t.Errorf("statx is refused: %s", line)
		}
	}
}
