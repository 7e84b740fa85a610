package edit

import (
	"bones/cgroupview"
	"bones/procwalk/text"
	"fmt"
)

// write carries out one change: the directory must be the one that was shown, on a cgroup file system, and the file
// must hold what was shown. It returns what the file holds then.
func write(h *cgroupview.FileSystem, c Change) (string, error) {
	now, err := value(h, c.Group, c.File)
	if err != nil {
		return "", err
	}
	if now != c.Old {
		return "", fmt.Errorf("%s holds %s now, no longer %s; nothing was written", text.Line(c.File), text.Line(now),
			text.Line(c.Old))
	}
	if err := c.Group.Put(c.File, c.New); err != nil {
		return "", err
	}
	now, err = value(h, c.Group, c.File)
	if err != nil {
		return "", fmt.Errorf("written, but what came of it cannot be read: %w", err)
	}
	return now, nil
}
