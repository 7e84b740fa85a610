package nsview

import (
	"strings"

	"bones/procwalk/text"
)

// Mount is one line of /proc/PID/mountinfo: a mount as the process sees it.
//
// Source: proc_pid_mountinfo(5).
type Mount struct {
	ID     string    `json:"-"`
	Parent string    `json:"-"`      // numbers; they tell nothing but which is mounted on which
	Device string    `json:"device"` // MAJOR:MINOR
	Root   text.Text `json:"root"`
	Point  text.Text `json:"mount_point"` // where it is mounted, seen from the process's root directory
	FSType string    `json:"fstype"`
	Source text.Text `json:"source"`
}

// mountinfoMax bounds mountinfo, which holds as many mounts as /proc/sys/fs/mount-max allows (100,000 by default).
const mountinfoMax = 32 << 20

// parseMountinfo reads the lines that have the right form, and passes over others.
func parseMountinfo(b []byte) []Mount {
	var mounts []Mount
	for line := range strings.Lines(string(b)) {
		if m, ok := parseMount(strings.TrimSuffix(line, "\n")); ok {
			mounts = append(mounts, m)
		}
	}
	return mounts
}

func parseMount(line string) (Mount, bool) {
	words := strings.Split(line, " ")
	// ID PARENT MAJ:MIN ROOT POINT OPTIONS [OPTIONAL...] - FSTYPE SOURCE SUPER
	if len(words) < 9 {
		return Mount{}, false
	}
	for i := 6; i+2 < len(words); i++ {
		if words[i] == "-" {
			return Mount{
				ID: words[0], Parent: words[1], Device: words[2],
				Root: text.New(unescape(words[3])), Point: text.New(unescape(words[4])),
				FSType: unescape(words[i+1]), Source: text.New(unescape(words[i+2])),
			}, true
		}
	}
	return Mount{}, false
}

// unescape undoes the kernel's octal escapes of blank, tab, newline and backslash (fs/proc_namespace.c, mangle).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] >= '0' && s[i+1] <= '3' && octal(s[i+2]) && octal(s[i+3]) {
			b = append(b, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

// remote reports whether a lookup in this kind of file system may wait for somebody who does not answer: a server,
// or a process of the container's own (FUSE).
func remote(fstype string) bool {
	for _, prefix := range []string{"fuse", "nfs", "cifs", "smb", "9p", "ceph", "afs", "autofs", "gfs", "ocfs", "lustre", "virtiofs", "coda"} {
		if strings.HasPrefix(fstype, prefix) {
			return true
		}
	}
	return false
}

// local reports whether the path to where m is mounted leads through local file systems only.
func local(m Mount, mounts []Mount) bool {
	byID := make(map[string]Mount, len(mounts))
	for _, o := range mounts {
		byID[o.ID] = o
	}
	for range mounts {
		parent, ok := byID[m.Parent]
		if !ok {
			return true
		}
		if remote(parent.FSType) {
			return false
		}
		m = parent
	}
	return false
}
