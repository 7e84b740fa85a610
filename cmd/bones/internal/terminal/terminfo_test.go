package terminal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2/terminfo"
)

// known are terminals that tcell describes, some of them with delays.
var known = []string{"vt100", "vt102", "vt220", "vt420", "ansi", "linux", "screen", "tmux", "rxvt", "xterm",
	"xterm-256color"}

func TestNoDelayIsAskedFor(t *testing.T) {
	for _, name := range known {
		ti, said, err := describe(name)
		if err != nil || said != "" {
			t.Errorf("%s: %q, %v", name, said, err)
			continue
		}
		if all := fmt.Sprintf("%+v", *ti); strings.Contains(all, "$<") || ti.PadChar != "" {
			t.Errorf("%s asks for delays: %s", name, all)
		}
		begun := time.Now()
		var b strings.Builder
		for range 24 * 80 { // a full screen, as tcell draws it
			ti.TPuts(&b, ti.TGoto(1, 1))
			ti.TPuts(&b, ti.AttrOff)
		}
		if took := time.Since(begun); took > 10*time.Second { // 13 s with vt100's own delays
			t.Errorf("%s: a screen takes %v", name, took)
		}
		if strings.Contains(Reset(name, Engaged), "$<") {
			t.Errorf("%s: what puts it back shows %q", name, Reset(name, Engaged))
		}
	}
	if ti, err := terminfo.LookupTerminfo("vt100"); err != nil || !strings.Contains(ti.AttrOff, "$<") {
		t.Errorf("tcell's vt100 has no delays any more: this test, and what it tests, can go (%v)", err)
	}
}

func TestUnknownTerminals(t *testing.T) {
	for name, like := range map[string]string{"xterm-nobody": "xterm-256color", "screen.nobody": "screen",
		"tmux-nobody": "tmux", "linux-nobody": "linux", "vt320-nobody": "vt220", "vt100-nobody": "vt100",
		"nobody's\x1b[m": "vt100"} {
		ti, said, err := describe(name)
		if err != nil || !strings.Contains(said, "not known") || !strings.HasSuffix(said, " "+like) ||
			strings.ContainsRune(said, 0x1b) {
			t.Errorf("%q: %q, %v", name, said, err)
			continue
		}
		if ti.SetCursor == "" || ti.Clear == "" {
			t.Errorf("%q: cannot be drawn on: %+v", name, ti)
		}
	}
}
