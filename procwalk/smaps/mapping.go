package smaps

import (
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// Mapping is one part of an address space: a line of /proc/PID/maps, with which each part of smaps begins, too.
type Mapping struct {
	From, To             uint64 // addresses, in bytes: To is the first one behind it
	Read, Write, Execute bool
	Shared               bool      // what is written goes to the file or to others that map it; otherwise a copy does
	Device               string    // of the file, as MAJOR:MINOR in hex; 00:00 without a file
	Inode                uint64    // of the file; 0 without one
	Name                 text.Text // the file, or a name in brackets such as [heap]; empty for memory without a name
}

// ParseMapping reads a line such as "00400000-00a01000 r-xp 00000000 fe:00 17      /usr/bin/x y (deleted)". False: the
// line has another form, as those have that follow each such line in smaps. A name may hold blanks, also at its end; a
// line feed in it stands there as \012.
//
// Source: proc_pid_maps(5); fs/proc/task_mmu.c, show_vma_header_prefix.
func ParseMapping(line string) (Mapping, bool) {
	var f [5]string
	rest := strings.TrimSuffix(line, "\n")
	for i := range f {
		f[i], rest, _ = strings.Cut(rest, " ")
	}
	from, to, ok := strings.Cut(f[0], "-")
	var m Mapping
	var errs [4]error
	m.From, errs[0] = strconv.ParseUint(from, 16, 64)
	m.To, errs[1] = strconv.ParseUint(to, 16, 64)
	_, errs[2] = strconv.ParseUint(f[2], 16, 64) // where in the file it begins
	m.Inode, errs[3] = strconv.ParseUint(f[4], 10, 64)
	if !ok || errs != [4]error{} || m.To < m.From || len(f[1]) != 4 {
		return Mapping{}, false
	}
	for i, letters := range [4]string{"r-", "w-", "x-", "sp"} {
		if !strings.Contains(letters, f[1][i:i+1]) {
			return Mapping{}, false
		}
	}
	m.Read, m.Write, m.Execute, m.Shared = f[1][0] == 'r', f[1][1] == 'w', f[1][2] == 'x', f[1][3] == 's'
	m.Device, m.Name = f[3], text.New(strings.TrimLeft(rest, " "))
	return m, true
}
