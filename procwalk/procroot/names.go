package procroot

import (
	"bufio"
	"io"
	"os"
	"path"
	"strings"

	"bones/procwalk/fields"

	"golang.org/x/sys/unix"
)

// MountNS returns the inode of the mount namespace of the reader; where the proc file system at root does not know the
// reader (that of another host), that of its PID 1; 0 if neither can be told.
func MountNS(root string) uint64 {
	for _, who := range []string{"self", "1"} {
		link, err := os.Readlink(root + "/" + who + "/ns/mnt")
		if kind, inode, ok := fields.InodeLink([]byte(link)); err == nil && ok && string(kind) == "mnt" {
			return inode
		}
	}
	return 0
}

// HostName returns what the host is called whose proc file system is at root. The kernel answers with the name of the
// reader's own UTS namespace, which in a pod is the pod's: where that is not the one of PID 1 there, the host's
// /etc/hostname counts, if the host's files are mounted beside its proc file system. Empty: it is not known.
//
// Source: uts_namespaces(7); hostname(5).
func HostName(root string) string {
	kernel, _ := readSome(root + "/sys/kernel/hostname")
	kernel = strings.TrimSpace(kernel)
	if clean := path.Clean(root); clean == "/proc" || path.Base(clean) != "proc" || !isProc(root) {
		return kernel
	}
	own, err := os.Readlink(root + "/self/ns/uts")
	if first, e := os.Readlink(root + "/1/ns/uts"); err == nil && e == nil && own == first {
		return kernel
	}
	f, err := os.OpenFile(path.Join(path.Dir(path.Clean(root)), "etc/hostname"), os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return kernel
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 4096))
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" && name[0] != '#' {
			return name
		}
	}
	return kernel
}

// Wanted says what has to be at root where no process table can be read there.
func Wanted(root string) string {
	if dir, name := path.Split(path.Clean(root)); name == "proc" && dir != "/" {
		dir = path.Clean(dir)
		return "the root of the host has to be mounted on " + dir + ", in a pod as a hostPath volume of /"
	}
	return "a proc file system has to be mounted there"
}
