package enter

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"bones/procwalk"
	"bones/procwalk/idmap"

	"golang.org/x/sys/unix"
)

// identity sets the ids, groups and capabilities.
func (e *Enter) identity(t *target, creds credentials, inside *inside) error {
	p := &e.plan
	denyGroups := false
	everybody := idmap.Map{{Count: math.MaxUint32}}
	uids, gids := everybody, everybody
	if e.joins(procwalk.User) {
		var err error
		if uids, err = t.idMap("uid_map"); err != nil {
			return err
		}
		if gids, err = t.idMap("gid_map"); err != nil {
			return err
		}
		b, err := t.read("setgroups", 64)
		denyGroups = err == nil && strings.HasPrefix(string(b), "deny")
		if len(uids) == 0 || len(gids) == 0 {
			return errors.New("its user namespace has no uid_map or gid_map yet: no user exists there yet")
		}
	}
	if e.as == AsRoot {
		owner, hasUID := uids.Outside(0)
		_, hasGID := gids.Outside(0)
		if !hasUID || !hasGID {
			return errors.New("its user namespace has no user 0 or no group 0: enter as the container")
		}
		p.UID, p.GID, p.SetIDs, p.TTYOwner = 0, 0, true, int(owner)
		p.SetGroups = !denyGroups
		return e.skipNeedless()
	}
	if e.req.User != "" {
		p.SetGroups = !denyGroups
		return e.user(creds, inside, uids, gids)
	}
	p.TTYOwner = int(creds.UID)
	var ok bool
	if p.UID, ok = uids.Inside(creds.UID); !ok {
		return fmt.Errorf("its user %d has no name in its own user namespace: enter as root", creds.UID)
	}
	if p.GID, ok = gids.Inside(creds.GID); !ok {
		return fmt.Errorf("its group %d has no name in its own user namespace: enter as root", creds.GID)
	}
	for _, g := range creds.Groups {
		if in, ok := gids.Inside(g); ok {
			p.GIDs = append(p.GIDs, in)
		}
	}
	p.SetIDs, p.SetGroups, p.Limit = true, !denyGroups, true
	p.Creds = ceiling(creds, p.UID)
	return e.skipNeedless()
}

// user makes the program run as somebody whom the target knows by name or number, with no more than the target's
// bounding set: what a program there could gain by a set-user-ID file, for user 0, and nothing for others.
func (e *Enter) user(creds credentials, inside *inside, uids, gids idmap.Map) error {
	p := &e.plan
	u, err := inside.accounts().Find(e.req.User)
	if err != nil {
		return err
	}
	owner, ok := uids.Outside(u.UID)
	if !ok {
		return fmt.Errorf("user %d is nobody in its user namespace", u.UID)
	}
	if _, ok := gids.Outside(u.GID); !ok {
		return fmt.Errorf("group %d is nobody in its user namespace", u.GID)
	}
	p.UID, p.GID, p.TTYOwner, e.home = u.UID, u.GID, int(owner), u.Home
	for _, g := range u.Groups {
		if _, ok := gids.Outside(g); ok {
			p.GIDs = append(p.GIDs, g)
		}
	}
	creds.Prm, creds.Eff, creds.Inh, creds.Amb = 0, 0, 0, 0
	if u.UID == 0 {
		creds.Prm, creds.Eff = creds.Bnd, creds.Bnd
	}
	p.SetIDs, p.Limit, p.Creds = true, true, ceiling(creds, u.UID)
	return e.skipNeedless()
}

// ceiling works out what to hold before execve, so that the program holds after it what the target holds now, or less.
//
// For user 0 execve gives the whole bounding set, so that has to shrink to what is permitted now. For others it takes
// everything but the ambient set away.
//
// Source: capabilities(7), transformation of capabilities during execve.
func ceiling(c credentials, uid uint32) credentials {
	if uid == 0 {
		c.Bnd &= c.Prm
		c.Inh &= c.Prm
		c.Amb = 0
		return c
	}
	c.Inh |= c.Eff & c.Bnd
	c.Amb = c.Eff & c.Bnd
	return c
}

// skipNeedless leaves out what changes nothing, because whoever has no privilege may not even do that: ids and groups
// that are ours already.
func (e *Enter) skipNeedless() error {
	p := &e.plan
	if p.Flags&unix.CLONE_NEWUSER != 0 {
		return nil
	}
	ours, err := os.Getgroups()
	if err != nil {
		return err
	}
	same := len(ours) == len(p.GIDs)
	for i := 0; same && i < len(ours); i++ {
		same = slices.Contains(p.GIDs, uint32(ours[i]))
	}
	if same {
		p.SetGroups = false
	}
	return nil
}
