package procwalk

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// ShowsOwnPIDs reports whether the proc file system mounted at root numbers processes as system calls of this process
// do: it is that of the pid namespace that bones is in, and not of an outer one or of another host.
func ShowsOwnPIDs(root string) bool {
	var fs unix.Statfs_t
	if unix.Statfs(root, &fs) != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return false
	}
	if self, err := os.Readlink(root + "/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return false
	}
	// In an outer namespace's we may have the same number by chance; there it shows that we have another one, too.
	b, err := os.ReadFile(root + "/self/status")
	return err == nil && len(parseStatus(b).NSpid) <= 1
}
