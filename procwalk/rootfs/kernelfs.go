package rootfs

import (
	"errors"
	"fmt"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// ErrKernelFile says that a change would be one of the kernel and not of a file, see Op.KernelFiles.
var ErrKernelFile = error(fault.New(fault.NotPermitted,
	"a change there changes the kernel, perhaps for the whole host, and not a file of the container"))

// HowToChange adds to ErrKernelFile what makes the change all the same, like "--kernel-files makes the change"; other
// errors stay as they are.
func HowToChange(err error, does string) error {
	if !errors.Is(err, ErrKernelFile) {
		return err
	}
	return fmt.Errorf("%w; %s all the same", err, does)
}

// kernelFileSystems names by magic number the file systems whose files are the kernel itself. Whoever may mount in a
// namespace of his own can bind one of their files over a file of his container, where it looks like any other; a
// write of ours then has our privileges on the host.
//
// Source: include/uapi/linux/magic.h, and where one is not in there, the file system itself.
var kernelFileSystems = map[uint32]string{
	unix.PROC_SUPER_MAGIC:      "proc",
	unix.SYSFS_MAGIC:           "sysfs",
	unix.CGROUP_SUPER_MAGIC:    "cgroup",
	unix.CGROUP2_SUPER_MAGIC:   "cgroup2",
	unix.DEBUGFS_MAGIC:         "debugfs",
	unix.TRACEFS_MAGIC:         "tracefs",
	unix.BPF_FS_MAGIC:          "bpf",
	unix.SECURITYFS_MAGIC:      "securityfs",
	0x62656570:                 "configfs", // fs/configfs/mount.c
	unix.EFIVARFS_MAGIC:        "efivarfs",
	unix.PSTOREFS_MAGIC:        "pstore",
	unix.SELINUX_MAGIC:         "selinuxfs",
	unix.SMACK_MAGIC:           "smackfs",
	unix.BINFMTFS_MAGIC:        "binfmt_misc",
	unix.NSFS_MAGIC:            "nsfs",
	0x50494446:                 "pidfs",   // fs/pidfs.c
	0x7655821:                  "resctrl", // fs/resctrl
	unix.XENFS_SUPER_MAGIC:     "xenfs",
	unix.OPENPROM_SUPER_MAGIC:  "openpromfs",
	unix.USBDEVICE_SUPER_MAGIC: "usbfs",
	unix.DEVPTS_SUPER_MAGIC:    "devpts",
	unix.BINDERFS_SUPER_MAGIC:  "binder",
	0x65735543:                 "fusectl",    // fs/fuse/control.c: abort ends a mount
	0x19800202:                 "mqueue",     // ipc/mqueue.c: a file is a queue
	0x6e667364:                 "nfsd",       // fs/nfsd/nfsctl.c
	0x67596969:                 "rpc_pipefs", // net/sunrpc/rpc_pipe.c
}

// kernelFS returns the name of the kernel's own file system that a descriptor is on; empty if it is on another one.
func kernelFS(fd int) (string, error) {
	var fs unix.Statfs_t
	for {
		err := unix.Fstatfs(fd, &fs)
		if err == unix.EINTR {
			continue
		}
		if err == unix.ENOSYS || err == unix.EOPNOTSUPP { // none of the kernel's own answers so
			return "", nil
		}
		return kernelFileSystems[uint32(fs.Type)], err
	}
}

// mayChange refuses a change of what a descriptor stands for where that is the kernel itself.
func (o *Op) mayChange(fd int, name string) error {
	if o.KernelFiles {
		return nil
	}
	fs, err := kernelFS(fd)
	switch {
	case err != nil:
		return explain(name, err)
	case fs != "":
		return fmt.Errorf("%s is on %s: %w", text.Line(name), fs, ErrKernelFile)
	}
	return nil
}

// parentFor opens the directory around a path that an Op is to change something in.
func (r *Root) parentFor(op *Op, path string) (dir int, name string, err error) {
	dir, name, err = r.parent(path)
	if err != nil {
		return -1, "", err
	}
	if err := op.mayChange(dir, path); err != nil {
		unix.Close(dir)
		return -1, "", err
	}
	return dir, name, nil
}

// look describes what an Op is about, a link itself, and refuses what Do would refuse because of the file system:
// nobody is to be asked for what is not done then.
func (r *Root) look(op Op) (Info, error) {
	paths := []string{op.Path}
	if op.Kind == "mv" {
		paths = append(paths, op.To)
	}
	for _, path := range paths {
		if err := r.lookAround(&op, path); err != nil {
			return Info{}, err
		}
	}
	return r.Stat(op.Path, false)
}

// lookAround looks at a path, and at the innermost directory around it that there is.
func (r *Root) lookAround(op *Op, path string) error {
	for around := strings.TrimRight(path, "/"); ; {
		fd, err := r.open(around, unix.O_NOFOLLOW)
		if err == nil {
			err = op.mayChange(fd, path)
			unix.Close(fd)
			if err != nil {
				return err
			}
			if around != strings.TrimRight(path, "/") {
				return nil
			}
		}
		if around == "" {
			return nil
		}
		around = strings.TrimRight(around[:strings.LastIndexByte(around, '/')+1], "/")
	}
}
