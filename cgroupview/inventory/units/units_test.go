package units

import (
	"fmt"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
)

// in is a process in these groups, one line for each: "HIERARCHY PATH".
func in(pid, ppid int, start uint64, paths ...string) procwalk.Process {
	p := procwalk.Process{Stat: procwalk.Stat{PID: pid, PPID: ppid, StartTime: start}, Cgroups: &procwalk.Cgroups{}}
	for i, path := range paths {
		p.Cgroups.Lines = append(p.Cgroups.Lines, procwalk.CgroupLine{Hierarchy: i, Path: text.New(path)})
	}
	return p
}

// TestUnits: services and slices by their paths, on version 1, 2 and both; what a container calls a service is none.
func TestUnits(t *testing.T) {
	s := &procwalk.Snapshot{Processes: []procwalk.Process{
		in(1, 0, 1, "/init.scope"),
		in(10, 1, 5, "/system.slice/ssh.service"),
		in(11, 10, 6, "/system.slice/ssh.service"),
		in(20, 1, 5, "/system.slice/docker.service", "/", "/system.slice/docker.service"),
		in(30, 1, 5, "/docker/0123/system.slice/inner.service"),
		in(31, 1, 5, "/system.slice/docker-0123.scope/system.slice/inner.service"),
		in(40, 1, 9, "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service"),
		in(50, 1, 9, "/system.slice/lxc.service/payload/system.slice/inner.service"),
		in(60, 1, 9, "/evil.service.d/x", "/a.slicer"),
	}}
	var got []string
	for _, u := range Of(s) {
		got = append(got, fmt.Sprintf("%s %v %d", u.Path.Raw(), u.PIDs, u.Main))
	}
	want := []string{"/system.slice [10 11 20 31 50] 10", "/system.slice/docker.service [20] 20",
		"/system.slice/lxc.service [50] 50", "/system.slice/ssh.service [10 11] 10",
		"/user.slice [40] 40", "/user.slice/user-1000.slice [40] 40",
		"/user.slice/user-1000.slice/user@1000.service [40] 40",
		"/user.slice/user-1000.slice/user@1000.service/app.slice [40] 40",
		"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service [40] 40"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("there are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	ssh := Unit{Name: text.New("ssh.service")}
	slice := Unit{Name: text.New("a.slice"), Slice: true}
	if !ssh.Named("ssh") || !ssh.Named("ssh.service") || ssh.Named("ss") || slice.Named("a") || !slice.Named("a.slice") {
		t.Error("a unit is not known by its name")
	}
}
