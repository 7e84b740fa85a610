package rootfs

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

const shyWord = "__rootfs-shy"

func init() { proctest.Part(shyWord, shyMain) }

// shyMain has no privileges, and is asked to become a process that only CAP_SYS_PTRACE may look into.
func shyMain([]string) error {
	runtime.LockOSThread()
	if err := withoutCapabilities(^uint64(0)); err != nil {
		return err
	}
	os.Stdout.WriteString("ready\n")
	in := bufio.NewReader(os.Stdin)
	in.ReadString('\n')
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	os.Stdout.WriteString("shy\n")
	in.ReadString('\n')
	return nil
}

// withoutCapabilities takes some from the calling thread.
func withoutCapabilities(which uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	for i := range data {
		keep := ^uint32(which >> (32 * i))
		data[i].Effective, data[i].Permitted, data[i].Inheritable = data[i].Effective&keep, data[i].Permitted&keep,
			data[i].Inheritable&keep
	}
	return unix.Capset(&header, &data[0])
}

// TestNoLongerPermittedIsNotGone: a process whose root we may not look at any more has not ended.
func TestNoLongerPermittedIsNotGone(t *testing.T) {
	proctest.Need(t, proctest.Root)
	c := proctest.Start(t, reexec.Command(shyWord))
	start, err := procwalk.StartTime("/proc", c.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open("/proc", procwalk.ID{PID: c.Process.Pid, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c.In.Write([]byte("\n"))
	if line, err := c.Out.ReadString('\n'); line != "shy\n" {
		t.Fatalf("%q %v", line, err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		runtime.LockOSThread() // and never unlocked: the thread ends with its capabilities
		if err := withoutCapabilities(1 << unix.CAP_SYS_PTRACE); err != nil {
			t.Error(err)
			return
		}
		if _, err := r.Stat("/", false); !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrGone) {
			t.Errorf("without CAP_SYS_PTRACE: %v", err)
		}
	}()
	<-over
	c.End()
	if _, err := r.Stat("/", false); !errors.Is(err, ErrGone) {
		t.Errorf("of a process that has ended: %v", err)
	}
}
