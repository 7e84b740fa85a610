package rootfs

import (
	"fmt"
	"runtime"

	"bones/procwalk/capability"
	"bones/procwalk/crash"
	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// asItsRoot does something as the root of the process's user namespace, as far as files go: what a rootless engine
// mounts belongs to that namespace, and our own root has no number in it. The capabilities that we have stay.
//
// Source: setfsuid(2); fs/namei.c, may_create: EOVERFLOW.
func (r *Root) asItsRoot(do func() (OpResult, error)) (OpResult, error) {
	uid, gid := number(r.uids.Outside(0)), number(r.gids.Outside(0))
	if uid <= 0 || gid < 0 {
		return OpResult{}, filetree.ErrForeign
	}
	var res OpResult
	var err error
	done := make(chan struct{})
	crash.Go(func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with what was made of it
		if err = becomeFor(int(uid), int(gid)); err == nil {
			res, err = do()
		}
	})
	<-done
	return res, err
}

// becomeFor makes the thread this user for files, with all capabilities that it may have in force.
func becomeFor(uid, gid int) error {
	if err := unix.Setfsgid(gid); err != nil {
		return fmt.Errorf("becoming group %d for files: %w", gid, err)
	}
	if err := unix.Setfsuid(uid); err != nil {
		return fmt.Errorf("becoming user %d for files: %w", uid, err)
	}
	// The change from 0 has taken those away that are about files.
	sets, err := capability.Get()
	if err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	sets.Effective = sets.Permitted
	if err := capability.Set(sets); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	return nil
}
