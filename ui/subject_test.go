package ui

import (
	"fmt"
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/ui/containers"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest/fakehost"
)

// TestWhatIsDrawnAsSelectedIsTheSubject: whatever process is taken along to view 2, the other views then show one of
// the container that is drawn as selected there. Every other step is on the larger screen, where more is drawn; a soak
// does all of them on both.
func TestWhatIsDrawnAsSelectedIsTheSubject(t *testing.T) {
	for large, size := range [][2]int{{80, 24}, {160, 45}} {
		for p, pid := range []int{1, 2, 706, 970, 990, 1201} {
			for th, then := range []string{"", "j", "G", "I", "/memc\r", "F6\r"} {
				if (p+th)%2 != large && proctest.Soak(1, 0) == 1 {
					continue
				}
				host := fakehost.New(t, size[0], size[1])
				r := newRigOn(host, func(o *Options) { o.Containers, o.Cgroups = host.Containers(), host.Cgroups() })
				r.frame(rowstest.World(0))
				r.Type(fmt.Sprintf(":%d\r2", pid))
				r.frame(rowstest.World(2))
				r.Type(strings.TrimPrefix(then, "F6\r"))
				r.frame(rowstest.World(3))
				r.Redraw()
				drawn, ok := r.View().(*containers.View).Target()
				if !ok {
					t.Fatalf("PID %d, %q: nothing is selected", pid, then)
				}
				subject := r.pid()
				if in := r.containerOf(subject); subject != drawn.PID && (in == "" || in != r.containerOf(drawn.PID)) {
					t.Errorf("PID %d taken along, %q: drawn as selected is that of PID %d, the subject is PID %d", pid, then,
						drawn.PID, subject)
				}
				for _, view := range []string{"1", "3", "4", "1"} {
					r.Type(view)
					if r.pid() != subject {
						t.Errorf("PID %d taken along, %q: view %s shows PID %d, not PID %d", pid, then, view, r.pid(), subject)
					}
				}
				r.cancel()
			}
		}
	}
}

// containerOf is the name of the container that a process is in.
func (r *rig) containerOf(pid int) string {
	p := r.UI.frame.Snap.Find(pid)
	if names := r.UI.frame.ContainerNames(p); len(names) > 0 {
		return names[0].Raw()
	}
	return ""
}

// TestSelectedMemberIsTheSubject: in view 3 it is the member, where one is drawn as selected.
func TestSelectedMemberIsTheSubject(t *testing.T) {
	n := nsWorld(t, 120, 40)
	n.Press("l", "j")
	n.Press("1")
	if n.pid() != 990 {
		t.Errorf("view 1 shows PID %d", n.pid())
	}
}
