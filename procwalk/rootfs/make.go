package rootfs

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// New files and directories: whose they are, and that they are what was just made.

// asMade leaves owner or group of a new file as the kernel made them, as chown(2) does with -1.
const asMade = -1

// owner is who a new file in a directory belongs to: whom the Op names, or the root of the process's user namespace. A
// user who is not root cannot give files away. What is one's own is left as the kernel makes it, and so is the group
// that a set-group-ID directory gives.
func (r *Root) owner(dir int, op Op) (uid, gid int, err error) {
	var st unix.Stat_t
	outerUID, ok1 := r.uids.Outside(0)
	outerGID, ok2 := r.gids.Outside(0)
	if user := os.Geteuid(); user != 0 || ok1 && ok2 && outerUID == 0 && int(outerGID) == os.Getegid() {
		uid, gid = asMade, asMade
	} else {
		uid, gid = int(outerUID), int(outerGID)
		if op.UID == nil && !ok1 || op.GID == nil && !ok2 {
			return 0, 0, fmt.Errorf("the process's user namespace has no root that could own a new file; name an owner")
		}
	}
	if op.UID != nil {
		uid = int(*op.UID)
	}
	if op.GID != nil {
		gid = int(*op.GID)
	} else if err := unix.Fstat(dir, &st); err == nil && st.Mode&unix.S_ISGID != 0 {
		gid = asMade
	}
	return uid, gid, nil
}

func (r *Root) create(dir int, name string, op Op) (OpResult, error) {
	f, err := r.newFile(dir, name, op.Path, op, 0o644)
	if err != nil {
		return OpResult{}, err
	}
	f.Close()
	return r.made(dir, name, op.Path)
}

// newFile makes a file that was not there, and gives it its owner and mode. what is its name for people.
func (r *Root) newFile(dir int, name, what string, op Op, mode uint32) (*os.File, error) {
	uid, gid, err := r.owner(dir, op)
	if err != nil {
		return nil, err
	}
	if op.Mode != nil {
		mode = *op.Mode
	}
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, filetree.NotMade(what, err)
	}
	f := os.NewFile(uintptr(fd), "file")
	err = filetree.NotGiven(what, unix.Fchown(fd, uid, gid))
	if err == nil {
		err = explain(what, unix.Fchmod(fd, mode&0o7777)) // after the owner: that takes set-user-ID away
	}
	if err != nil {
		f.Close()
		unix.Unlinkat(dir, name, 0)
		return nil, err
	}
	return f, nil
}

// made is the result of having made something that was not there.
func (r *Root) made(dir int, name, path string) (OpResult, error) {
	i, err := r.at(dir, name)
	if err != nil {
		return OpResult{}, err
	}
	return OpResult{Info: i, Inverse: &Op{Kind: "rm", Path: path, Expect: expect(i)}}, nil
}

func (r *Root) mkdir(dir int, name string, op Op) (OpResult, error) {
	uid, gid, err := r.owner(dir, op)
	if err != nil {
		return OpResult{}, err
	}
	mode, first := uint32(0o755), uint32(0o700)
	if op.Mode != nil {
		mode = *op.Mode & 0o7777
	}
	if uid == asMade && gid == asMade {
		first |= mode & 0o1777 // chmod(2) would take set-group-ID away from a user who is not in the directory's group
	}
	if err := unix.Mkdirat(dir, name, first); err != nil {
		return OpResult{}, filetree.NotMade(op.Path, err)
	}
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		// A directory of the kernel's own is not empty from the start, and has the mode that the kernel gives it.
		if fs, _ := kernelFS(dir); fs == "" {
			if err := r.justMade(dir, fd, name, first); err != nil {
				return OpResult{}, err // it is somebody else's: nothing is done to it
			}
		}
		if err = filetree.NotGiven(op.Path, unix.Fchown(fd, uid, gid)); err == nil {
			err = filetree.Permit(fd, mode, op.Mode == nil || op.KeepSetID)
		}
	}
	if err != nil {
		unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
		return OpResult{}, explain(op.Path, err)
	}
	return r.made(dir, name, op.Path)
}

// justMade reports whether a directory is one that we made a moment ago: between making and opening it, whoever may
// mount or rename in there can have put another one in its place. A default ACL of the directory around it takes some
// of its mode away, and its group may be that of the directory around it.
func (r *Root) justMade(dir, fd int, name string, mode uint32) error {
	parent, err := r.info(dir, ".")
	if err != nil {
		return err
	}
	i, err := r.info(fd, name)
	if err != nil {
		return err
	}
	empty := true
	if err := r.list(fd, name, func(Info) bool { empty = false; return false }); err != nil {
		return err
	}
	mine, _ := unix.SetfsuidRetUid(-1)
	if i.MountID != parent.MountID || i.Dev != parent.Dev || i.UID != uint32(mine) || i.Mode&0o777&^mode != 0 || !empty {
		return fmt.Errorf("%q: %w", name, ErrMoved)
	}
	return nil
}

// mkdirAll makes the directories around as well. Only the last one gets the mode and the owner of the Op, as with
// mkdir(1) and install(1), and only that can be undone.
func (r *Root) mkdirAll(op Op) (OpResult, error) {
	var made OpResult
	parts := strings.FieldsFunc(op.Path, func(c rune) bool { return c == '/' })
	if slices.Contains(parts, "..") {
		return OpResult{}, fmt.Errorf("%q leads through ..: name the directories as they are", op.Path)
	}
	for n := range parts {
		one := op
		one.Path, one.Parents = "/"+strings.Join(parts[:n+1], "/"), false
		if n < len(parts)-1 {
			one.Mode, one.UID, one.GID = nil, nil, nil
		}
		dir, name, err := r.parentFor(&op, one.Path)
		if err != nil {
			return OpResult{}, err
		}
		made, err = r.mkdir(dir, name, one)
		unix.Close(dir)
		if err != nil && !isExists(err) {
			return OpResult{}, err
		}
	}
	if made.Inverse == nil {
		made.NoUndo = "it was there already"
	}
	return made, nil
}
