package ui

import (
	"context"
	"errors"
	"testing"

	"bones/cgroupview/inventory/health"
)

// TestHealthOfTheSelection: in Containers the key tells of the container, elsewhere of the process, and within that of
// the host.
func TestHealthOfTheSelection(t *testing.T) {
	r := ctWorld(t, 120, 40, "2")
	r.WantText(" ! oom-killed") // no colour alone tells it
	r.Press("!")
	r.WantText("Health of container cache")
	r.WantText("WARNING  cache: processes were killed for want of memory")
	r.WantText("memory.failcnt")
	r.WantText("helps     bones set cache memory=150M")
	r.Press("!")
	r.WantText("Health of this host")
	r.Press("Esc")
	r.WantText("2 Containers")
	r.Press("1", "!")
	r.WantText("Health of PID 970 (memcached)")
	r.Press("Esc")
	for line, want := range map[string]string{":health host\r": "Health of this host", ":health 1\r": "Health of PID 1 ",
		":health cache\r": "Health of cache", ":health\r": "Health of PID 970",
		":health 4711\r": "there is no such process"} {
		r.Type(line)
		r.WantText(want)
		r.Press("Esc")
	}
	r.Safe()
}

// TestHealthFails says why nothing was judged, and without a backend that it cannot be.
func TestHealthFails(t *testing.T) {
	r := world(t, 100, 30, func(o *Options) {
		o.Health = func(context.Context, HealthOf) (*health.Report, error) { return nil, errors.New("no \x1b way") }
	})
	r.Press("!")
	r.WantText("Not judged")
	r.WantText(`no \x1b way`)
	r.Safe()
	none := world(t, 100, 30, func(o *Options) { o.Health = nil })
	none.Press("!")
	none.WantText("nothing can be judged here")
	none.Type(":health 1\r")
	none.WantText("nothing can be judged here")
}

// TestHealthAtAnySize panics at none.
func TestHealthAtAnySize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {4, 2}, {8, 4}, {40, 10}, {59, 30}, {300, 90}} {
		r := ctWorld(t, size[0], size[1], "2")
		r.Press("!", "j", "w", "PgDn", "G", "r", "!")
		r.SafeAsDrawn()
		r.Press("Esc")
		if len(r.overlays) != 0 {
			t.Errorf("%v: it does not close", size)
		}
	}
}
