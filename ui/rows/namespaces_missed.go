package rows

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"bones/nsview"
	"bones/procwalk/fault"
)

// NSMissed says in one line for each sort of place where it was not possible to look for what holds namespaces.
func NSMissed(v *nsview.View) []string {
	var lines []string
	for _, what := range []string{"threads", "descriptors", "mounts"} {
		n := 0
		var first nsview.Missed
		for _, m := range v.Missed {
			if m.What != what {
				continue
			}
			if n == 0 {
				first = m
			}
			n++
		}
		if n == 0 {
			continue
		}
		of, which := "process", ""
		if first.Row >= 0 {
			which = "PID " + strconv.Itoa(v.Snapshot.Processes[first.Row].PID)
		} else {
			of, which = "mount namespace", "mnt:["+strconv.FormatUint(first.MntNS, 10)+"]"
		}
		plural := map[string]string{"process": "processes", "mount namespace": "mount namespaces"}[of]
		line := fmt.Sprintf("the %s of %d %s were not looked into, the first is %s", what, n, plural, which)
		if n == 1 {
			line = fmt.Sprintf("the %s of 1 %s were not looked into, %s", what, of, which)
		}
		line += ": " + fault.Line(first.Err)
		if errors.Is(first.Err, fs.ErrPermission) {
			line += "; needs " + fault.ToTrace
		}
		lines = append(lines, line+"; what is held there alone is not shown")
	}
	return lines
}
