// Package passwd reads the lines of /etc/passwd and /etc/group, as the C library does.
package passwd

import (
	"iter"
	"strconv"
	"strings"
)

// Line is one line of either file: a user or a group.
type Line struct {
	Name string
	ID   uint32 // of the user or group
	rest string // the fields behind that
}

// ParseLine reads a line, or the beginning of one that has the first three fields. False: it has another form, is
// empty, a comment, or one with which the name service includes users of elsewhere (they begin with + or -).
//
// Source: passwd(5), group(5), nsswitch.conf(5); glibc, nss/nss_files/files-parse.c, which passes over blanks at the
// beginning, and over a line that begins with a number sign.
func ParseLine(line string) (Line, bool) {
	name, rest, _ := strings.Cut(strings.TrimLeft(strings.TrimSuffix(line, "\n"), " \t"), ":")
	if name == "" || strings.ContainsAny(name[:1], "#+-") {
		return Line{}, false
	}
	_, rest, _ = strings.Cut(rest, ":") // the password
	digits, rest, _ := strings.Cut(rest, ":")
	id, ok := ParseID(digits)
	if !ok {
		return Line{}, false
	}
	return Line{Name: name, ID: id, rest: rest}, true
}

// User reads the other fields of a line of passwd: the number of the user's group, and the home directory, which is
// empty if the line ends before it. False: the group is no number.
func (l Line) User() (gid uint32, home string, ok bool) {
	digits, rest, _ := strings.Cut(l.rest, ":")
	if gid, ok = ParseID(digits); !ok {
		return 0, "", false
	}
	_, rest, _ = strings.Cut(rest, ":") // what the user is called in full
	home, _, _ = strings.Cut(rest, ":")
	return gid, home, true
}

// Members are the names of the users in the last field of a line of group.
func (l Line) Members() iter.Seq[string] { return strings.SplitSeq(l.rest, ",") }

// ParseID reads the number of a user or group. The highest one is none: for the kernel it means that nothing changes.
//
// Source: setreuid(2), chown(2).
func ParseID(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1
}
