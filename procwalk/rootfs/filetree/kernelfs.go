package filetree

import "golang.org/x/sys/unix"

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

// KernelFS returns the name of the kernel's own file system that a descriptor is on; empty if it is on another one.
func KernelFS(fd int) (string, error) {
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
