package ui

import (
	"fmt"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest/fakehost"
)

// quiet is the small host without those who wish the terminal ill.
func quiet(later int) *procwalk.Snapshot {
	s := rowstest.World(later)
	for i := range s.Processes {
		if s.Processes[i].PID >= 1200 {
			s.Processes = s.Processes[:i]
			break
		}
	}
	return s
}

// pictured is a rig with all that the views show.
func pictured(t *testing.T, w, h int) *rig {
	host := fakehost.New(t, w, h)
	return newRigOn(host, func(o *Options) {
		o.Containers, o.Cgroups, o.Missing = host.Containers(), host.Cgroups(), nil
		o.Namespaces, o.Files = host.Namespaces(), host.Files()
		o.Events.Log = fakehost.Events(quiet(0).Taken)
	})
}

// TestPictures draws the pictures of the README.
func TestPictures(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for view, name := range map[string]string{"1": "processes", "2": "containers", "3": "namespaces",
			"4": "cgroups", "5": "files", "6": "events"} {
			name := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := pictured(t, size[0], size[1])
				r.Show(r.Update, quiet, view)
				if view > "2" {
					r.Type(":970\r") // what is in a container is what these are looked at for
				}
				r.Picture(name)
			})
		}
	}
}

// TestPictureHasColours: what is drawn in a colour has it in the picture, and all of the text is there.
func TestPictureHasColours(t *testing.T) {
	r := pictured(t, 120, 40)
	r.Show(r.Update, quiet, "2")
	svg := r.SVG()
	fg, _, _ := r.theme.Good.Decompose()
	for _, want := range []string{"<svg ", fmt.Sprintf(`fill="#%06x"`, fg.Hex()), ">running", "cache", "</svg>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	if strings.ContainsAny(svg, "\x1b\x00") {
		t.Error("the picture holds control characters")
	}
}
