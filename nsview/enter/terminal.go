package enter

import (
	"errors"
	"os"
	"strconv"

	"bones/nsview/enter/streams"
	"bones/procwalk/mountinfo"
	"bones/procwalk/openat2"

	"golang.org/x/sys/unix"
)

// terminalInside makes the program's terminal one of the file system of terminals that the target has, if it has one,
// so that what it is called is there (ttyname, `tty`, `script`, `tmux`). Otherwise the one that bones has made stays.
func (w *worker) terminalInside(t *target) {
	master, err := openInside(t, w.plan.Root)
	if err != nil {
		return
	}
	defer master.Close()
	slave, err := streams.Peer(int(master.Fd()), w.plan.TTYOwner)
	if err != nil {
		return
	}
	defer slave.Close()
	if w.control.Send(message{Terminal: true}, master) != nil {
		return
	}
	unix.Dup3(int(slave.Fd()), 0, 0)
	unix.Dup3(int(slave.Fd()), 1, 0)
	if !w.plan.Apart {
		unix.Dup3(int(slave.Fd()), 2, 0)
	}
}

// errNoTerminals says that the target has no file system of terminals, or one that is not for us.
var errNoTerminals = errors.New("no file system of terminals inside")

// openInside opens a new terminal of the target's. The path leads through the target's mounts: no link is followed, no
// file system that could keep us waiting is asked, and what is opened is the kernel's file and nothing else.
//
// Source: pts(4); Documentation/filesystems/devpts.rst.
func openInside(t *target, procRoot string) (*os.File, error) {
	const path = "/dev/pts/ptmx"
	b, err := t.read("mountinfo", mountinfo.Max)
	if err != nil {
		return nil, err
	}
	mounts, err := mountinfo.Parse(b)
	if err != nil {
		return nil, err
	}
	on, ok := mountinfo.On(mounts, path)
	if !ok || on.FSType.Raw() != "devpts" || !mountinfo.Local(on, mounts) {
		return nil, errNoTerminals
	}
	root, err := unix.Openat(t.dir, "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(root)
	fd, err := openat2.Open(root, path[1:], unix.O_PATH|unix.O_NOFOLLOW, unix.RESOLVE_BENEATH|unix.RESOLVE_NO_SYMLINKS)
	if err != nil {
		return nil, openat2.Missing(err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	var fs unix.Statfs_t
	if err := errors.Join(unix.Fstat(fd, &st), unix.Fstatfs(fd, &fs)); err != nil {
		return nil, err
	}
	if fs.Type != unix.DEVPTS_SUPER_MAGIC || st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != unix.Mkdev(5, 2) {
		return nil, errNoTerminals
	}
	master, err := unix.Open(procRoot+"/self/fd/"+strconv.Itoa(fd),
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(master), "terminal"), nil
}
