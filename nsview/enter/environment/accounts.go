package environment

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/passwd"
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

// each returns the lines of passwd(5) or group(5).
func each(file []byte) iter.Seq[passwd.Line] {
	return func(yield func(passwd.Line) bool) {
		for line := range bytes.Lines(file) {
			if l, ok := passwd.ParseLine(string(line)); ok && !yield(l) {
				return
			}
		}
	}
}

// Home returns the home directory of a user, empty if the files do not say.
func (a Accounts) Home(uid uint32) string {
	u, _ := a.user(strconv.FormatUint(uint64(uid), 10))
	return u.Home
}

// user finds a user by number or name. The first line counts.
func (a Accounts) user(who string) (u Account, found bool) {
	number, isNumber := passwd.ParseID(who)
	for l := range each(a.Passwd) {
		gid, home, ok := l.User()
		if !ok || isNumber && l.ID != number || !isNumber && l.Name != who {
			continue
		}
		u = Account{UID: l.ID, GID: gid, Groups: a.groupsOf(l.Name)}
		if plainPath(home) {
			u.Home = home
		}
		return u, true
	}
	return Account{UID: number}, isNumber
}

// groupsOf returns the groups that have a user as a member.
func (a Accounts) groupsOf(name string) (gids []uint32) {
	for l := range each(a.Group) {
		for member := range l.Members() {
			if member == name {
				gids = append(gids, l.ID)
				break
			}
		}
		if len(gids) == maxGroups {
			break
		}
	}
	return gids
}

func (a Accounts) group(which string) (gid uint32, found bool) {
	if gid, found = passwd.ParseID(which); found {
		return gid, true
	}
	for l := range each(a.Group) {
		if l.Name == which {
			return l.ID, true
		}
	}
	return 0, false
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
		return fault.Hinted(fmt.Sprintf("the %s %q: /etc/%s inside cannot be read", what, name, file), a.Err,
			"a number needs no file")
	case len(content) >= MaxAccounts:
		return fmt.Errorf("there is no %s %q in the first %d bytes of /etc/%s inside; a number needs no name there", what,
			name, MaxAccounts, file)
	}
	return errors.New("there is no " + what + " \"" + name + "\" in /etc/" + file +
		" inside; a number needs no name there")
}
