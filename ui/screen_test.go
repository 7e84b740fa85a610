package ui

import (
	"strings"
	"testing"

	"bones/procwalk"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// TestIdentityBeginsWithTheContainer: view 1 says which container a process is in, in its columns and first of all in
// its details; where there are no containers it has the columns of ps.
func TestIdentityBeginsWithTheContainer(t *testing.T) {
	r := ctWorld(t, 120, 40, "1")
	r.WantText("PID INSIDE STAT USER")
	r.WantText("CONTAINER")
	first := func() string {
		_, after, _ := strings.Cut(r.Text(), "─ Details")
		return strings.Split(after, "\n")[2]
	}
	if line := first(); !strings.Contains(line, "Container  cache (docker, memcached:latest)") {
		t.Errorf("the details begin with %q", line)
	}
	r.Type(":706\r")
	if line := first(); !strings.Contains(line, "none: an ordinary process of the host") {
		t.Errorf("those of a process in no container begin with %q", line)
	}
	for _, gone := range []string{" PPID", " PGID", " SID ", " TTY "} {
		if strings.Contains(r.Text(), gone) {
			t.Errorf("%s is shown where there are containers", gone)
		}
	}
	alone := newRig(t, 120, 40)
	for later := range 2 {
		s := rowstest.World(later)
		for i := range s.Processes {
			s.Processes[i].Cgroups = &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{}}}
			if s.Processes[i].PID == 970 || s.Processes[i].PID == 1200 || s.Processes[i].PID == 801 {
				s.Processes[i].PID += 2 // what the small host takes for containers
			}
		}
		alone.frame(s)
	}
	alone.WantText("PID  PPID  PGID   SID TTY")
	if s := alone.Settings(); s.Columns != nil {
		t.Errorf("columns that nobody has chosen are remembered: %q", s.Columns)
	}
}

// TestTheFirstRowIsOnTopAfterSorting: whoever sorts wants to see who has most.
func TestTheFirstRowIsOnTopAfterSorting(t *testing.T) {
	for _, keys := range [][]string{{"F6", "Down", "Down", "Enter"}, {">"}, {"I"}, {"<"}} {
		r := world(t, 80, 24)
		r.Press("t", "G") // the list, at its end
		r.Press(keys...)
		if pos, _, _ := r.processes.Model().Selected(); pos != 0 || !strings.Contains(r.Text(), "\n>") || !firstOnTop(r) {
			t.Errorf("after %q row %d is selected:\n%s", keys, pos, r.Text())
		}
		r = world(t, 80, 24)
		r.Press("t", "G", "F") // followed
		pid := r.pid()
		r.Press(keys...)
		if r.pid() != pid {
			t.Errorf("after %q the process that is followed is left", keys)
		}
	}
	c := ctWorld(t, 80, 24, "2")
	c.Press("G", "F6", "Enter")
	c.WantText("1/2")
}

// TestSandboxesOnRequest: what no engine knows is not among the containers unless somebody asks for it.
func TestSandboxesOnRequest(t *testing.T) {
	r := ctWorld(t, 120, 40, "2")
	if r.Shows("sandbox:801") {
		t.Error("a sandbox is shown though nobody asked for it")
	}
	r.WantText("1 sandbox hidden")
	r.Press("O")
	r.WantText("sandbox:801")
	r.Press("O")
	if r.Shows("sandbox:801") {
		t.Error("O does not hide it again")
	}
	r = ctWorld(t, 120, 40, "1")
	r.Type(":801\r")
	r.Press("2") // from a process of it
	r.WantText("sandbox:801")
}

// TestTheListComesFirst: details stand beside a list only where that cuts nothing in it.
func TestTheListComesFirst(t *testing.T) {
	for _, c := range []struct {
		w, h   int
		beside bool
	}{{80, 24, false}, {120, 40, false}, {200, 60, true}} {
		r := world(t, c.w, c.h)
		r.Redraw()
		l := r.layout()
		if beside := l.details.X > 0; beside != c.beside || l.details.Empty() {
			t.Errorf("%dx%d: the details are at %+v", c.w, c.h, l.details)
		}
		if c.w >= 120 && !r.Shows("/usr/bin/containerd-shim-runc-v2 -namespace moby") {
			t.Errorf("%dx%d: COMMAND is cut:\n%s", c.w, c.h, r.Text())
		}
	}
}

// TestEndedIsNoWarning: that a process ends is nothing to be alarmed about.
func TestEndedIsNoWarning(t *testing.T) {
	r := world(t, 100, 30)
	r.Type(":803\r")
	s := rowstest.World(4)
	for i := range s.Processes {
		if s.Processes[i].PID == 803 {
			s.Processes = append(s.Processes[:i], s.Processes[i+1:]...)
			break
		}
	}
	r.frame(s)
	r.WantText("has ended")
	if r.message.Style != rows.Dim {
		t.Errorf("its notice is %v", r.message.Style)
	}
}

// firstOnTop reports whether the first line below the heads is the selected one.
func firstOnTop(r *rig) bool {
	lines := strings.Split(r.Text(), "\n")
	return strings.HasPrefix(lines[r.layout().view.Y+1], ">")
}
