package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// header is the lines above the view. Its counts are computed once for each frame.
type header struct {
	cgroupMode string
	missing    []string
	counts     counts
}

type counts struct{ processes, threads, running, stuck int }

func (h *header) update(f *Frame) {
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

const headerLines = 3

// draw paints three lines: the machine, the bars and counts, and what is missing or odd.
func (h *header) draw(p painter, r rect, f *Frame, now time.Time, paused bool) {
	if r.empty() {
		return
	}
	if f == nil || f.Snap == nil {
		p.text(r.x, r.y, r.w, p.theme.dim, "reading the process table ...")
		if f != nil && f.Err != nil {
			p.text(r.x, r.y, r.w, p.theme.bad, fit(sanitiseError(f.Err), r.w))
		}
		return
	}
	host := &f.Snap.Host
	age := max(now.Sub(f.Snap.Taken), 0)
	right, style := fmt.Sprintf("%s, %s old", f.Snap.Taken.Format("15:04:05"), short(age)), p.theme.plain
	if age > 5*time.Second {
		style = p.theme.warn
	}
	if paused {
		right, style = "PAUSED "+right, p.theme.warn
	}
	left := []string{text.Sanitise(host.HostName), "Linux " + text.Sanitise(host.Release)}
	if h.cgroupMode != "" {
		left = append(left, "cgroup "+h.cgroupMode)
	}
	left = append(left, "up "+long(f.Snap.Uptime))
	if f.Host.HasLoad {
		left = append(left, fmt.Sprintf("load %.2f %.2f %.2f", f.Host.Load[0], f.Host.Load[1], f.Host.Load[2]))
	}
	room := r.w
	if w := width(right); w+10 < r.w {
		p.text(r.x+r.w-w, r.y, w, style, right)
		room = r.w - w - 2
	}
	for len(left) > 1 && width(strings.Join(left, "  ")) > room {
		left = left[:len(left)-1]
	}
	p.text(r.x, r.y, room, p.theme.bold, fit(strings.Join(left, "  "), room))
	if r.h > 1 {
		h.bars(p, rect{r.x, r.y + 1, r.w, 1}, f)
	}
	if r.h > 2 {
		h.oddities(p, rect{r.x, r.y + 2, r.w, 1}, f)
	}
}

func (h *header) bars(p painter, r rect, f *Frame) {
	cpus := max(f.Snap.Host.CPUs, 1)
	busy, known := f.Host.CPUBusy, f.Host.HasCPU
	if !known {
		for i, ok := range f.Known {
			if ok {
				busy += f.Rates[i].CPU / float64(cpus)
				known = true
			}
		}
	}
	bar := max(min(r.w/12, 20), 4)
	x := r.x
	label := fmt.Sprintf(" -.-%% of %d CPU", cpus)
	if known {
		label = fmt.Sprintf(" %.1f%% of %d CPU", 100*busy, cpus)
	}
	x += h.bar(p, x, r, "CPU", bar, busy, label)
	if f.Host.HasMemory && f.Host.MemTotal > 0 {
		used := f.Host.MemTotal - min(f.Host.MemAvailable, f.Host.MemTotal)
		x += h.bar(p, x+2, r, "Mem", bar, float64(used)/float64(f.Host.MemTotal),
			" "+rows.Size(used)+"/"+rows.Size(f.Host.MemTotal)) + 2
	}
	c := h.counts
	s := fmt.Sprintf("%d processes, %d threads, %d running", c.processes, c.threads, c.running)
	room := r.x + r.w - x - 2
	if width(s) > room {
		s = fmt.Sprintf("%d proc %d thr %d run", c.processes, c.threads, c.running)
	}
	if room > 0 {
		p.text(x+2, r.y, room, p.theme.plain, fit(s, room))
	}
}

// bar draws a bar with its number beside it and returns how many cells it took.
func (h *header) bar(p painter, x int, r rect, name string, cells int, share float64, label string) int {
	start, end := x, r.x+r.w
	put := func(s string, style int) {
		st := p.theme.plain
		if style == 1 {
			st = p.theme.bar
		}
		x += p.text(x, r.y, end-x, st, s)
	}
	full := int(max(0, min(share, 1))*float64(cells) + 0.5)
	put(name+" [", 0)
	put(strings.Repeat(p.theme.barFull, full), 1)
	put(strings.Repeat(p.theme.barEmpty, cells-full)+"]"+label, 0)
	return x - start
}

// oddities says what the table does not show, and why.
func (h *header) oddities(p painter, r rect, f *Frame) {
	var list []string
	if f.Err != nil {
		list = append(list, "not refreshed: "+sanitiseError(f.Err))
	}
	if n := h.counts.stuck; n > 0 {
		list = append(list, fmt.Sprintf("%d whose memory does not answer", n))
	}
	if n := f.Snap.Refused; n > 0 {
		list = append(list, fmt.Sprintf("%d could not be read", n))
	}
	if n := f.Snap.Vanished; n > 0 {
		list = append(list, fmt.Sprintf("%d ended while reading", n))
	}
	if v := f.Snap.Host.HidePID; v != "" {
		list = append(list, "/proc hides processes of others (hidepid="+text.Sanitise(v)+")")
	}
	if f.Snap.Host.InPIDNS {
		list = append(list, "inside a pid namespace: the host's processes are not seen")
	}
	if len(h.missing) > 0 {
		list = append(list, "missing: "+strings.Join(h.missing, ", "))
	}
	if len(list) > 0 {
		p.text(r.x, r.y, r.w, p.theme.warn, fit(strings.Join(list, "; "), r.w))
	}
}

// short writes a duration in at most five characters.
func short(d time.Duration) string {
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

// sanitiseError makes one safe line of an error, whose parts may be sanitised already.
func sanitiseError(err error) string { return text.Line(err.Error()) }
