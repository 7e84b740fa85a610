package detail

import (
	"errors"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/text"
)

// mountinfoMax is how much of mountinfo is read, in bytes: the kernel's own limit of 100,000 mounts gives about this.
const mountinfoMax = 16 << 20

// Mounts sums up the mounts that the process sees.
//
// Source: proc_pid_mountinfo(5). procfs cuts the file at a megabyte without saying so, so it is read here.
type Mounts struct {
	Count     int
	More      bool // the file was longer than is read
	Root, Cwd Field[Mount]
}

// Mount is one line of mountinfo.
type Mount struct {
	ID      int
	Parent  int       // the mount that it is on
	Device  string    // major:minor
	From    text.Text // the directory of the file system that is mounted
	Point   text.Text // where, from the process's root
	FSType  text.Text
	Source  text.Text
	Options text.Text // of the mount
	Shared  string    // how mounts made below spread: "shared:1 master:2", ...; empty: not at all
	Super   text.Text // of the file system
}

func readMounts(folder *procwalk.Folder, root, cwd Field[int]) Field[Mounts] {
	b, truncated, err := folder.Read("mountinfo", mountinfoMax)
	if err != nil {
		return Field[Mounts]{Err: err}
	}
	m := Mounts{More: truncated}
	m.Root.Err, m.Cwd.Err = missing(root), missing(cwd)
	for line := range strings.Lines(string(b)) {
		m.Count++
		id, _, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(id)
		if err != nil {
			return Field[Mounts]{Err: errors.New("mountinfo has a line without a number")}
		}
		if root.Err == nil && n == root.Value {
			m.Root = ParseMount(n, line)
		}
		if cwd.Err == nil && n == cwd.Value {
			m.Cwd = ParseMount(n, line)
		}
	}
	return Field[Mounts]{Value: m}
}

// missing is the error of a mount that was not found.
func missing(id Field[int]) error {
	if id.Err != nil {
		return id.Err
	}
	return errors.New("none of the mounts that it sees")
}

// ParseMount reads a line of mountinfo, of the mount with this number.
func ParseMount(id int, line string) Field[Mount] {
	words := strings.Fields(line)
	dash := 6
	for dash < len(words) && words[dash] != "-" {
		dash++
	}
	if len(words) < dash+4 {
		return Field[Mount]{Err: errors.New("mountinfo has a line of another form")}
	}
	parent, _ := strconv.Atoi(words[1])
	shared := text.Sanitise(strings.Join(words[6:dash], " "))
	return Field[Mount]{Value: Mount{
		ID: id, Parent: parent, Shared: shared, Device: text.Sanitise(words[2]), From: unescape(words[3]), Point: unescape(words[4]), Options: text.New(words[5]),
		FSType: text.New(words[dash+1]), Source: unescape(words[dash+2]), Super: text.New(words[dash+3]),
	}}
}

// unescape undoes the kernel's \ooo for blanks, tabs, newlines and backslashes.
func unescape(s string) text.Text {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return text.New(b.String())
}
