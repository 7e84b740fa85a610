package environment

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Accounts are the users and groups of a root directory: the contents of its /etc/passwd and /etc/group, of which no
// more than MaxAccounts bytes each are looked at.
type Accounts struct {
	Passwd, Group []byte
	Err           error // why there are none
}

// MaxAccounts bounds each of the two files, in bytes.
const MaxAccounts = 1 << 20

// maxGroups is how many supplementary groups a process can have. Source: setgroups(2), NGROUPS_MAX.
const maxGroups = 65536

// Account is the user that a program runs as.
type Account struct {
	UID, GID uint32
	Groups   []uint32 // supplementary, as with docker the first one is GID
	Home     string   // empty: the files do not say
}

// field returns the fields of each line of a file in the form of passwd(5) or group(5) to yield, until that returns
// false.
func lines(file []byte, fields int, yield func([]string) bool) {
	for line := range bytes.Lines(file) {
		f := strings.Split(strings.TrimSuffix(string(line), "\n"), ":")
		if len(f) >= fields && f[0] != "" && f[0][0] != '#' && !yield(f) {
			return
		}
	}
}

// id reads a number of a user or group.
func id(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1 // which means: no change
}

// Home returns the home directory of a user, empty if the files do not say.
func (a Accounts) Home(uid uint32) string {
	u, _ := a.user(strconv.FormatUint(uint64(uid), 10))
	return u.Home
}

// user finds a user by number or name. The first line counts.
func (a Accounts) user(who string) (u Account, found bool) {
	number, isNumber := id(who)
	lines(a.Passwd, 4, func(f []string) bool {
		uid, ok := id(f[2])
		gid, ok2 := id(f[3])
		if !ok || !ok2 || isNumber && uid != number || !isNumber && f[0] != who {
			return true
		}
		u, found = Account{UID: uid, GID: gid}, true
		if len(f) > 5 && plainPath(f[5]) {
			u.Home = f[5]
		}
		u.Groups = a.groupsOf(f[0])
		return false
	})
	if !found && isNumber {
		u.UID = number
	}
	return u, found || isNumber
}

// groupsOf returns the groups that have a user as a member.
func (a Accounts) groupsOf(name string) (gids []uint32) {
	lines(a.Group, 4, func(f []string) bool {
		gid, ok := id(f[2])
		for member := range strings.SplitSeq(f[3], ",") {
			if ok && member == name {
				gids = append(gids, gid)
				break
			}
		}
		return len(gids) < maxGroups
	})
	return gids
}

func (a Accounts) group(which string) (gid uint32, found bool) {
	if gid, found = id(which); found {
		return gid, true
	}
	lines(a.Group, 3, func(f []string) bool {
		if f[0] == which {
			gid, found = id(f[2])
		}
		return !found
	})
	return gid, found
}

// Find reads USER or USER:GROUP, as docker does: by name or number, without a group the one that /etc/passwd has, with
// one no other. A number needs no line in the files; without one its group is 0.
func (a Accounts) Find(spec string) (Account, error) {
	who, which, hasGroup := strings.Cut(spec, ":")
	if who == "" || hasGroup && which == "" {
		return Account{}, fmt.Errorf("the user %q: it must be USER or USER:GROUP, by name or number", text.New(spec))
	}
	u, found := a.user(who)
	if !found {
		return u, a.unknown("user", who, "passwd", a.Passwd)
	}
	if hasGroup {
		if u.GID, found = a.group(which); !found {
			return u, a.unknown("group", which, "group", a.Group)
		}
		u.Groups = nil
	}
	u.Groups = append([]uint32{u.GID}, slices.DeleteFunc(u.Groups, func(g uint32) bool { return g == u.GID })...)
	return u, nil
}

func (a Accounts) unknown(what, name, file string, content []byte) error {
	name = text.Sanitise(name)
	switch {
	case a.Err != nil && len(content) == 0:
		return fmt.Errorf("the %s %q: /etc/%s inside cannot be read: %w; a number needs no file", what, name, file, a.Err)
	case len(content) >= MaxAccounts:
		return fmt.Errorf("there is no %s %q in the first %d bytes of /etc/%s inside; a number needs no name there", what,
			name, MaxAccounts, file)
	}
	return errors.New("there is no " + what + " \"" + name + "\" in /etc/" + file +
		" inside; a number needs no name there")
}
