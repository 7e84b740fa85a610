package detail

import (
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fdinfo"
	"bones/procwalk/text"

	"github.com/prometheus/procfs"
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
	for entry := range strings.SplitSeq(string(b), "\x00") {
		if entry == "" {
			continue // behind the last, or what was overwritten
		}
		name, value, ok := strings.Cut(entry, "=")
		if !ok {
			name, value = "", entry
		}
		vars = append(vars, Var{text.New(name), text.New(value)})
	}
	return vars
}

// readSmaps may hang. procfs reads by path: the directory's own descriptor stands in for that of the process, so that
// it reads of no other.
//
// Source: proc_pid_smaps(5).
func readSmaps(folder *procwalk.Folder) Field[procfs.ProcSMapsRollup] {
	// Without the file procfs would add up smaps, line by line. Kernels before 4.14 have to do without.
	fd, err := folder.OpenPath("smaps_rollup")
	if err != nil {
		return Field[procfs.ProcSMapsRollup]{Err: err}
	}
	closeFD(fd)
	fds, err := procfs.NewFS("/proc/self/fd")
	if err != nil {
		return Field[procfs.ProcSMapsRollup]{Err: err}
	}
	proc, err := fds.Proc(folder.FD())
	if err != nil {
		return Field[procfs.ProcSMapsRollup]{Err: err}
	}
	rollup, err := proc.ProcSMapsRollup()
	if err != nil {
		return Field[procfs.ProcSMapsRollup]{Err: folder.Explain(err)}
	}
	return Field[procfs.ProcSMapsRollup]{Value: rollup}
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
