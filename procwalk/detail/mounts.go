package detail

import (
	"errors"

	"bones/procwalk"
	"bones/procwalk/mountinfo"
)

// Mounts sums up the mounts that the process sees.
//
// Source: proc_pid_mountinfo(5). procfs cuts the file at a megabyte without saying so, so it is read here.
type Mounts struct {
	Count     int
	More      bool // the file was longer than is read
	Root, Cwd Field[mountinfo.Mount]
}

func readMounts(folder *procwalk.Folder, root, cwd Field[int]) Field[Mounts] {
	b, truncated, err := folder.Read("mountinfo", mountinfo.Max)
	if err != nil {
		return Field[Mounts]{Err: err}
	}
	m := Mounts{More: truncated}
	m.Root.Err, m.Cwd.Err = missing(root), missing(cwd)
	for mount, err := range mountinfo.Lines(b) {
		if errors.Is(err, mountinfo.ErrCut) {
			m.More = true
			break
		}
		if err != nil {
			return Field[Mounts]{Err: err}
		}
		m.Count++
		if root.Err == nil && mount.ID == root.Value {
			m.Root = Field[mountinfo.Mount]{Value: mount}
		}
		if cwd.Err == nil && mount.ID == cwd.Value {
			m.Cwd = Field[mountinfo.Mount]{Value: mount}
		}
	}
	return Field[Mounts]{Value: m}
}

// missing is the error of a mount that was not found.
func missing(id Field[int]) error {
	if id.Err != nil {
		return id.Err
	}
	return errors.New("on no mount that the process sees")
}
