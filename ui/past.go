package ui

import (
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk/fault"
	"bones/ui/kit"
	"bones/ui/meters"
	"bones/ui/rows"
)

// Past is a recording with a place in it, which is shown in place of the host as it is now. Its methods are called by
// several goroutines.
type Past interface {
	inventory.Source
	// Before is the moment before the one that Moment gave last, for rates; nil: there is none.
	Before() *inventory.Moment
	// Step goes so many frames on, Skip a span of time; back if negative. They report whether they moved.
	Step(frames int) bool
	Skip(span time.Duration) bool
	// Seek goes to a time as people write it: "03:00", "-2h".
	Seek(at string) error
	// Live goes to the last frame, and on with those that come.
	Live()
	// Position is the number of the frame that is shown, from 1, how many there are, when the first and the last were
	// taken, and whether it goes on with those that come.
	Position() (frame, frames int, first, last time.Time, follows bool)
	// Loads are how busy the processors were and how full the memory was, 0 to 1, over the whole in so many parts; -1
	// where that is not known.
	Loads(parts int) (cpu, memory []float64)
}

// Recent is this host as it is now, with the last minutes kept in memory: while it follows, it is now.
type Recent interface {
	Past
	// Kept tells over which time moments are kept, in how many bytes, and why none is any more.
	Kept() (span time.Duration, bytes int, err error)
}

// past is what keys go through: a recording, or the last minutes; nil: neither.
func (o *Options) past() Past {
	if o.Past != nil {
		return o.Past
	}
	if o.Recent != nil {
		return o.Recent
	}
	return nil
}

// locked is why nothing may be changed; empty: it may. What is shown of the last minutes is as much the past as a
// recording.
func (u *UI) locked() string {
	if u.opt.ReadOnly == "" && u.opt.Recent != nil {
		if _, _, _, _, follows := u.opt.Recent.Position(); !follows {
			return ThisIsThePast + "; :live goes back to now"
		}
	}
	return u.opt.ReadOnly
}

// ThisIsThePast is why nothing can be done about what a recording shows.
const ThisIsThePast = "this is the past"

// pastKeys are the keys that go through a recording.
func (u *UI) pastKeys() []kit.Binding {
	past, footer := u.opt.past(), u.opt.Past != nil
	if past == nil {
		return nil
	}
	step := func(n int) func() { return func() { u.moved(past.Step(n)) } }
	skip := func(d time.Duration) func() { return func() { u.moved(past.Skip(d)) } }
	return []kit.Binding{
		{Keys: ",", Action: "frame back", Help: "go to the moment before", Footer: footer, Do: step(-1)},
		{Keys: ".", Action: "frame on", Help: "go to the moment after", Footer: footer, Do: step(1)},
		{Keys: "{", Action: "minute back", Help: "go a minute back", Footer: footer, Do: skip(-time.Minute)},
		{Keys: "}", Action: "minute on", Help: "go a minute forward", Footer: footer, Do: skip(time.Minute)},
		{Keys: "(", Action: "event back",
			Help:   "go to the previous event of the process or container; in Events: of the list",
			Footer: footer, Do: func() { u.guide.Next(-1) }},
		{Keys: ")", Action: "event on", Help: "go to the next one", Footer: footer, Do: func() { u.guide.Next(1) }},
	}
}

// pastWords are the words of the palette for that.
func (u *UI) pastWords() []kit.Word {
	if u.opt.past() == nil {
		return nil
	}
	return []kit.Word{
		{Words: "at", Args: "TIME", Help: "go to a time of the past: 03:00, -2h, 2026-01-31 03:00", Do: u.seek},
		{Words: "live", Help: "go to the last moment, and follow new ones", Do: func(string) {
			u.opt.past().Live()
			u.col.refresh()
		}},
	}
}

func (u *UI) moved(ok bool) {
	if !ok {
		frame, frames, _, _, follows := u.opt.past().Position()
		what, end := "the recording", "ends"
		if u.opt.Recent != nil {
			what = "what is kept in memory"
		}
		switch {
		case frames == 0:
			what, end = "nothing", "is kept yet"
		case frame == 1 && !follows:
			end = "begins"
		}
		end = "here " + what + " " + end
		u.say(rows.Dim, end)
	}
	u.col.refresh()
}

func (u *UI) seek(at string) {
	if at == "" {
		u.say(rows.Warn, "give a time: :at 03:00, :at -2h, :at 2026-01-31 03:00")
		return
	}
	if err := u.opt.past().Seek(at); err != nil {
		u.say(rows.Warn, fault.Line(err))
	}
	u.col.refresh()
}

// timeInHeader has the header tell of the past, if there is one.
func (u *UI) timeInHeader() {
	past, recent := u.opt.past(), u.opt.Recent
	if past == nil {
		return
	}
	u.header.PastLine = func(shown time.Time, room int) string {
		if recent != nil {
			if _, _, _, _, now := recent.Position(); now {
				return ""
			}
		}
		return meters.TimeLine(past, u.opt.Events.Log, shown, u.opt.ASCII, room)
	}
	u.header.Loads = func(p kit.Painter, r kit.Rect, shown time.Time) int {
		return meters.DrawLoads(p, r, past, shown, u.opt.ASCII)
	}
	if u.opt.Past == nil {
		u.header.Kept = func() string { return meters.KeptText(recent.Kept()) }
	}
}
