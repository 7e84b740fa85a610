package nsview

import (
	"context"
	"strings"

	"bones/procwalk"
	"bones/procwalk/mountinfo"
	"bones/procwalk/openat2"

	"golang.org/x/sys/unix"
)

// openBind opens a namespace by the path where it is mounted, seen from a process in that mount namespace, or from
// the mount namespace itself if no process is in it.
func (r *Reader) openBind(ctx context.Context, v *View, h Holder, depth int) (int, error) {
	if h.ID.PID != 0 {
		dir, err := r.openTask(h.ID, h.TID)
		if err != nil {
			return -1, err
		}
		defer unix.Close(dir)
		return r.bindBelow(dir, "mountinfo", "root", h.Path.Raw())
	}
	n := v.Find(Key{procwalk.Mnt, h.MntNS})
	if n == nil || depth > 8 {
		return -1, ErrNoWay
	}
	fd, err := r.openThrough(ctx, v, n, depth+1)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fd)
	return joined(ctx, fd, procwalk.Mnt, func() (int, error) {
		return r.bindBelow(r.rootfd, "thread-self/mountinfo", "/", h.Path.Raw())
	}, closeFD)
}

// bindBelow opens what is mounted on path below root. No lookup leaves that root, follows a link, or leads through a
// file system whose server may not answer: list, the process's mountinfo, is asked first and tells.
func (r *Reader) bindBelow(dir int, list, rootName, path string) (int, error) {
	mounts, err := mountsAt(dir, list)
	if err != nil {
		return -1, err
	}
	reachable := false
	for _, m := range mounts {
		if m.FSType.Raw() == "nsfs" && m.Point.Raw() == path {
			reachable = mountinfo.Local(m, mounts)
		}
	}
	if !reachable {
		return -1, ErrNoWay
	}
	root, err := openAt(dir, rootName, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	fd, err := openat2.Open(root, strings.TrimPrefix(path, "/"), unix.O_PATH|unix.O_NOFOLLOW,
		unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_SYMLINKS)
	if err != nil {
		return -1, openat2.Missing(err)
	}
	defer unix.Close(fd)
	return r.reopenPath(fd)
}
