package ours

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"bones/procwalk/mountinfo"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// ReadOnly says which mount keeps a file from being written, if err says that the file system is read-only: in a pod
// that is rarely the one that the file's name makes one think of. It is empty for other errors, and where the mount
// cannot be told.
func ReadOnly(err error) string {
	var path *os.PathError
	if !errors.Is(err, unix.EROFS) || !errors.As(err, &path) {
		return ""
	}
	if !filepath.IsAbs(path.Path) && strings.HasSuffix(path.Op, "at") {
		return "" // below a directory that the error does not name, see os.Root
	}
	at, err := filepath.Abs(path.Path)
	if err != nil {
		return ""
	}
	// Of a path that goes through links, the part that is there says where it leads.
	for {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			at = real
			break
		}
		up := filepath.Dir(at)
		if up == at {
			return ""
		}
		at = up
	}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	mounts, err := mountinfo.Read(f)
	if err != nil {
		return ""
	}
	on, ok := mountinfo.On(mounts, at)
	if !ok {
		return ""
	}
	return "the mount on " + text.Line(on.Point.Raw()) + " is read-only"
}
