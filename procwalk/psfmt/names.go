package psfmt

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// nameLineMax is how much of one line is looked at, in bytes: name and ID are at its beginning, and a group may have
// any number of members.
const nameLineMax = 4 << 10

// fileNames are the names of /etc/passwd or /etc/group.
type fileNames map[uint32]string

// Name implements Names.
func (n fileNames) Name(id uint32) string { return n[id] }

// ReadNames reads a file in the form of passwd(5) or group(5): lines of fields between colons, the first being the
// name, the third the ID. Of several names for one ID the first counts. Lines of another form are passed over. An
// unreadable file gives no names, and the IDs are shown as numbers.
func ReadNames(file string) Names {
	names := fileNames{}
	f, err := os.Open(file)
	if err != nil {
		return names
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, nameLineMax)
	for {
		line, more, err := lines.ReadLine()
		if err != nil {
			return names
		}
		names.add(string(line))
		for more && err == nil {
			_, more, err = lines.ReadLine()
		}
	}
}

func (n fileNames) add(line string) {
	name, rest, ok := strings.Cut(line, ":")
	if !ok || name == "" || name[0] == '#' {
		return
	}
	_, rest, _ = strings.Cut(rest, ":")
	digits, _, _ := strings.Cut(rest, ":")
	id, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return
	}
	if _, known := n[uint32(id)]; !known {
		n[uint32(id)] = name
	}
}
