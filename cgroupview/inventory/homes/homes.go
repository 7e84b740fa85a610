// Package homes finds the directories of users in which their engines keep records.
package homes

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk/bounded"
	"bones/procwalk/mountinfo"
	"bones/procwalk/passwd"
)

// Of returns the users with these numbers that have a home of their own, in the order of their numbers. file is the
// path of a file like /etc/passwd; if it does not exist, there are no users. Of removes the numbers that it found
// from uids.
func Of(file string, uids map[uint32]bool) ([]container.User, error) {
	b, err := bounded.ReadFile(file, 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var users []container.User
	for line := range strings.Lines(string(b)) {
		l, ok := passwd.ParseLine(line)
		_, home, isUser := l.User()
		if ok && isUser && uids[l.ID] && filepath.IsAbs(home) && filepath.Clean(home) != "/" {
			users = append(users, container.User{UID: l.ID, Home: home})
			delete(uids, l.ID)
		}
	}
	slices.SortFunc(users, func(a, b container.User) int { return int(int64(a.UID) - int64(b.UID)) })
	return users, nil
}

// Answering leaves out the users whose directories are on a file system that another program or host answers for: such
// a file system can keep bones waiting for ever, and a user can mount one.
func Answering(root string, users []container.User) ([]container.User, error) {
	b, err := bounded.ReadFile("/proc/self/mountinfo", mountinfo.Max)
	if err != nil {
		return nil, err
	}
	mounts, err := mountinfo.Parse(b)
	if err != nil {
		return nil, err // one that is not known might be the one that does not answer
	}
	return slices.DeleteFunc(users, func(u container.User) bool {
		for _, dir := range []string{u.Home, "/run/user/" + strconv.FormatUint(uint64(u.UID), 10)} {
			dir = filepath.Join(root, dir)
			// The directory above belongs to the system; the last part is not even looked at.
			if parent, err := filepath.EvalSymlinks(filepath.Dir(dir)); err == nil {
				dir = filepath.Join(parent, filepath.Base(dir))
			}
			if waits(mounts, dir) {
				return true
			}
		}
		return false
	}), nil
}

// waits reports whether looking at a path may mean waiting for another program or host.
func waits(mounts []mountinfo.Mount, path string) bool {
	on, ok := mountinfo.On(mounts, path)
	return ok && mountinfo.Remote(on.FSType.Raw())
}
