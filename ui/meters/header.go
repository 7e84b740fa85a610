// Package meters is the lines above the views of the UI: the machine, how busy it is, and what bones cannot see of it.
package meters

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Header is the lines above the view. Its counts are computed once for each frame.
type Header struct {
	Meters     []string // which are shown, in order; none: all of them
	CgroupMode string   // "v1", "v2", "hybrid"
	Missing    []string // what privileges are missing, one phrase each
	// PastLine says which moment of the past is shown, in so many cells; empty: it is this host as it is now. nil: it
	// always is.
	PastLine func(shown time.Time, room int) string
	// Loads draws how busy the machine was over the past, and returns how many cells that took.
	Loads func(p kit.Painter, r kit.Rect, shown time.Time) int
	Kept  func() string // says how much of the past is kept while live; nil: none is

	// NotRunning are the containers that do not run, as far as somebody has read of them; nil: nobody has.
	NotRunning func() []container.Stopped

	counts counts
}

type counts struct{ processes, threads, running, stuck int }

// Update counts anew for another frame. Draw shows these counts until the next.
func (h *Header) Update(f *kit.Frame) {
	var c counts
	for i := range f.Snap.Processes {
		p := &f.Snap.Processes[i]
		c.processes++
		c.threads += p.NumThreads
		if p.State == 'R' {
			c.running++
		}
		if p.Cmdline != nil && errors.Is(p.Cmdline.Err, procwalk.ErrStuck) {
			c.stuck++
		}
	}
	h.counts = c
}

// Lines is how many lines there are.
const Lines = 3

// Draw paints three lines: the machine, and two of meters, the second of which what is missing or odd begins.
func (h *Header) Draw(p kit.Painter, r kit.Rect, f *kit.Frame, now time.Time, paused bool) {
	if r.Empty() {
		return
	}
	if !f.HasTable() {
		p.Text(r.X, r.Y, r.W, p.Theme.Dim, "reading the process table ...")
		if f != nil && f.Err != nil {
			p.Text(r.X, r.Y, r.W, p.Theme.Bad, kit.Fit(kit.ErrorLine(f.Err), r.W))
		}
		return
	}
	host := &f.Snap.Host
	age := max(now.Sub(f.Snap.Taken), 0)
	right, style := fmt.Sprintf("%s, %s old", f.Snap.Taken.Format("15:04:05"), Short(age)), p.Theme.Plain
	if age > 5*time.Second {
		style = p.Theme.Warn
	}
	past := ""
	if h.PastLine != nil {
		past = h.PastLine(f.Snap.Taken, r.W/2)
	}
	switch {
	case past != "":
		right, style = past, p.Theme.Warn
	case h.Kept != nil && r.W >= 100:
		if kept := h.Kept(); kept != "" {
			right += ", " + kept
		}
	}
	if paused && past == "" {
		right, style = "PAUSED "+right, p.Theme.Warn
	}
	left := []string{text.Sanitise(host.HostName)}
	switch mark := f.Host.Hypervisor; mark {
	case "":
	case "metal":
		left = append(left, mark)
	default:
		left = append(left, "VM: "+text.Line(mark))
	}
	left = append(left, "Linux "+text.Sanitise(host.Release))
	if h.CgroupMode != "" {
		left = append(left, "cgroup "+h.CgroupMode)
	}
	left = append(left, "up "+long(f.Snap.Uptime))
	room := r.W
	if w := kit.Width(right); w+10 < r.W {
		p.Text(r.X+r.W-w, r.Y, w, style, right)
		room = r.W - w - 2
	}
	left = append(left, origin(f.Snap.Origin)...)
	for len(left) > 1 && kit.Width(strings.Join(left, "  ")) > room {
		left = left[:len(left)-1]
	}
	p.Text(r.X, r.Y, room, p.Theme.Bold, kit.Fit(strings.Join(left, "  "), room))
	lines := []kit.Rect{}
	if r.H > 1 {
		lines = append(lines, kit.Rect{X: r.X, Y: r.Y + 1, W: r.W, H: 1})
	}
	if r.H > 2 {
		third := kit.Rect{X: r.X, Y: r.Y + 2, W: r.W, H: 1}
		if past != "" && h.Loads != nil {
			if w := h.Loads(p, third, f.Snap.Taken); w > 0 {
				third.X, third.W = third.X+w+2, third.W-w-2
			}
		}
		// What bones does not see comes before what is nice to know.
		w := h.oddities(p, third, f)
		third.X, third.W = third.X+w, third.W-w
		lines = append(lines, third)
	}
	flowInto(p, lines, chosen(h.Meters), h.machine(p, f, r.W))
}

// machine is what the meters are made of, on a screen so many cells wide.
func (h *Header) machine(p kit.Painter, f *kit.Frame, wide int) *machine {
	var ended []container.Stopped
	if h.NotRunning != nil {
		ended = h.NotRunning()
	}
	return &machine{f: f, counts: h.counts, ended: ended, ascii: p.Theme.Glyphs == rows.ASCIIGlyphs(),
		bar:  max(min(wide/12, 20), 4),
		full: p.Theme.BarFull, empty: p.Theme.BarEmpty}
}

// origin says where the table comes from, and why not from the faster source. Of a table that nobody has read from a
// kernel there is nothing to say.
func origin(o procwalk.Origin) []string {
	switch {
	case o.Bulk != "":
		return []string{"read by " + o.Bulk}
	case o.Why != "":
		return []string{"read from /proc", "no BPF: " + text.Line(o.Why)}
	}
	return nil
}

// oddities says what the table does not show, and why, and returns how many cells that took with the gap behind it.
func (h *Header) oddities(p kit.Painter, r kit.Rect, f *kit.Frame) int {
	var list []string
	if f.Err != nil {
		list = append(list, "not refreshed: "+kit.ErrorLine(f.Err))
	}
	if n := h.counts.stuck; n > 0 {
		list = append(list, fmt.Sprintf("%d whose memory does not answer", n))
	}
	if n := f.Snap.Refused; n > 0 {
		list = append(list, fmt.Sprintf("%d could not be read", n))
	}
	for _, err := range []error{f.Snap.Incomplete(), f.Snap.Cut()} {
		if err != nil {
			list = append(list, kit.ErrorLine(err))
		}
	}
	if n := f.Snap.Vanished; n > 0 {
		list = append(list, fmt.Sprintf("%d ended during the read", n))
	}
	if v := f.Snap.Host.HidePID; v != "" {
		list = append(list, "/proc hides processes of others (hidepid="+text.Sanitise(v)+")")
	}
	if f.Snap.Host.OnlyPIDs {
		list = append(list, "/proc shows processes only (subset=pid)")
	}
	if f.Snap.Host.InPIDNS {
		list = append(list, "inside a pid namespace: the host's processes are not seen")
	}
	if len(h.Missing) > 0 {
		list = append(list, "missing: "+strings.Join(h.Missing, ", "))
	}
	if len(list) == 0 || r.W <= 0 {
		return 0
	}
	return min(p.Text(r.X, r.Y, r.W, p.Theme.Warn, kit.Fit(strings.Join(list, "; "), r.W))+2, r.W)
}

// Short writes a duration in at most five characters.
func Short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < 100*time.Second:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < 100*time.Minute:
		return fmt.Sprintf("%.0fm", d.Minutes())
	}
	return fmt.Sprintf("%.0fh", d.Hours())
}

// long writes the time since boot.
func long(d time.Duration) string {
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	s := fmt.Sprintf("%02d:%02d", rest/time.Hour, rest%time.Hour/time.Minute)
	if days > 0 {
		return fmt.Sprintf("%dd %s", days, s)
	}
	return s
}
