package inventory

import (
	"errors"
	"os"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

// TestServicesOfUsers: a name alone means a unit of root's, whatever a user calls the units of their own manager.
func TestServicesOfUsers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("one's own units are one's own")
	}
	in := func(pid int, path string) procwalk.Process {
		return procwalk.Process{Stat: procwalk.Stat{PID: pid, PPID: 1, StartTime: uint64(pid)},
			Cgroups: &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Path: text.New(path)}}}}
	}
	const manager = "/user.slice/user-1000.slice/user@1000.service"
	s := &procwalk.Snapshot{Processes: []procwalk.Process{
		in(10, "/system.slice/ssh.service"),
		in(20, manager+"/app.slice/ssh.service"),
		in(21, manager+"/app.slice/nginx.service"),
		in(22, manager+"/system.slice/cron.service"),
		in(30, "/user.slice/user-0.slice/user@0.service/app.slice/root.service"),
	}}
	x := &Inventory{snapshot: s}
	for word, pid := range map[string]int{
		"service:ssh": 10, "service:ssh.service": 10, "service:system.slice": 10, "service:root": 30,
		"service:user@1000": 20,
		"service:" + manager + "/app.slice/nginx.service": 21,
		"service:nginx": 0, "service:nginx.service": 0, "service:cron": 0, "service:app.slice": 30,
	} {
		c, _, err := x.Find(s, word)
		if pid != 0 && (err != nil || c.PID != pid) {
			t.Errorf("%s: %+v, %v", word, c, err)
		}
		var missing *TargetError
		if pid == 0 && (!errors.As(err, &missing) || missing.Wrong || !strings.Contains(err.Error(), manager+"/") ||
			!strings.Contains(err.Error(), "of UID 1000")) {
			t.Errorf("%s: %+v, %v", word, c, err)
		}
	}
}
