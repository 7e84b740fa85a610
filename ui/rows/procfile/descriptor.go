package procfile

import (
	"cmp"
	"strings"

	"bones/procwalk/fields"
	"bones/procwalk/text"
)

// Descriptor says what an open file is, from where its link leads; sockets are looked for in what Sockets made of
// net/*.
func Descriptor(target string, sockets map[string]string) string {
	kind, rest, _ := strings.Cut(target, ":")
	_, inode, _ := fields.InodeLink([]byte(target))
	switch {
	case kind == "socket":
		if says := sockets[decimal(inode)]; says != "" {
			return says
		}
		return cmp.Or(sockets[Unlisted], "a socket")
	case kind == "pipe":
		return "a pipe: others with the same number hold its other end"
	case kind == "anon_inode":
		return "the kernel's own: " + strings.Trim(text.Sanitise(rest), "[]")
	case strings.HasPrefix(target, "/memfd:"):
		return "a file in memory, without a name in a directory"
	case strings.HasPrefix(target, "/dev/pts/"), target == "/dev/tty":
		return "a terminal"
	case target == "/dev/null":
		return "nothing: reads end, writes are dropped"
	case strings.HasPrefix(target, "/dev/") && !strings.HasPrefix(target, "/dev/shm/") &&
		!strings.HasPrefix(target, "/dev/mqueue/"):
		return "a device"
	case strings.HasSuffix(target, " (deleted)"):
		return "a file that was removed; its space is free once it is closed"
	case strings.HasPrefix(target, "/"):
		return "a file"
	}
	if says := Namespace(kind); says != "" {
		return "a namespace: keeps it alive"
	}
	return ""
}
