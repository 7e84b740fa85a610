package detail

import (
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fdinfo"
	"bones/procwalk/fields"
	"bones/procwalk/smaps"
	"bones/procwalk/text"
)

// EnvironMax is how much of an environment is read, in bytes. Like the command line it can be made to appear as
// terabytes.
const EnvironMax = 256 << 10

// Environ is the environment that the program was started with, unless it overwrote it. Values are secrets as often
// as not: whoever shows them asks first.
//
// Source: proc_pid_environ(5).
type Environ struct {
	Vars      []Var
	Truncated bool // there was more than EnvironMax
}

// Var is one entry. One without "=" has only a Value, which is no less secret.
type Var struct {
	Name, Value text.Text
}

// readEnviron may hang.
func readEnviron(folder *procwalk.Folder) Field[Environ] {
	b, truncated, err := folder.Read("environ", EnvironMax)
	if err != nil {
		return Field[Environ]{Err: err}
	}
	e := Environ{Vars: parseEnviron(b), Truncated: truncated}
	return Field[Environ]{Value: e}
}

func parseEnviron(b []byte) []Var {
	var vars []Var
	for entry := range fields.Environ(b) {
		name, value, ok := strings.Cut(entry, "=")
		if !ok {
			name, value = "", entry
		}
		vars = append(vars, Var{text.New(name), text.New(value)})
	}
	return vars
}

// readSmaps may hang. Kernels before 4.14 do not have the file.
//
// Source: proc_pid_smaps(5).
func readSmaps(folder *procwalk.Folder) Field[smaps.Rollup] {
	b, _, err := folder.Read("smaps_rollup", smaps.MaxRollup)
	if err != nil {
		return Field[smaps.Rollup]{Err: err}
	}
	rollup, err := smaps.Parse(b)
	return Field[smaps.Rollup]{Value: rollup, Err: err}
}

// mountID tells which mount a link of the process (root, cwd) leads to. It asks for a descriptor of it, which may
// hang on a network file system.
//
// Source: proc_pid_fdinfo(5), mnt_id.
func mountID(folder *procwalk.Folder, name string) Field[int] {
	fd, err := folder.OpenPath(name)
	if err != nil {
		return Field[int]{Err: err}
	}
	defer closeFD(fd)
	info, err := readSelf("fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return Field[int]{Err: err}
	}
	told, err := fdinfo.Parse(info)
	return Field[int]{Value: told.MountID, Err: err}
}
