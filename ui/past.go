package ui

import (
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk/text"
	"bones/ui/kit"
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
	// Place is the number of the frame that is shown, from 1, how many there are, when the first and the last were taken,
	// and whether it goes on with those that come.
	Place() (frame, frames int, first, last time.Time, follows bool)
}

// ThisIsThePast is why nothing can be done about what a recording shows.
const ThisIsThePast = "this is the past"

// pastKeys are the keys that go through a recording.
func (u *UI) pastKeys() []kit.Binding {
	if u.opt.Past == nil {
		return nil
	}
	step := func(n int) func() { return func() { u.moved(u.opt.Past.Step(n)) } }
	skip := func(d time.Duration) func() { return func() { u.moved(u.opt.Past.Skip(d)) } }
	return []kit.Binding{
		{Keys: ",", Action: "frame back", Help: "the moment before", Footer: true, Do: step(-1)},
		{Keys: ".", Action: "frame on", Help: "the moment after", Footer: true, Do: step(1)},
		{Keys: "{", Action: "minute back", Help: "a minute back", Footer: true, Do: skip(-time.Minute)},
		{Keys: "}", Action: "minute on", Help: "a minute on", Footer: true, Do: skip(time.Minute)},
		{Keys: "(", Action: "event back", Help: "the last event before of the process or container; in Events of the list",
			Footer: true, Do: func() { u.guide.Next(-1) }},
		{Keys: ")", Action: "event on", Help: "the next one", Footer: true, Do: func() { u.guide.Next(1) }},
	}
}

// pastWords are the words of the palette for that.
func (u *UI) pastWords() []kit.Word {
	if u.opt.Past == nil {
		return nil
	}
	return []kit.Word{
		{Words: "at", Args: "TIME", Help: "go to a time of the recording: 03:00, -2h, 2026-01-31 03:00", Do: u.seek},
		{Words: "live", Help: "go to the end of the recording, and on with it", Do: func(string) {
			u.opt.Past.Live()
			u.col.refresh()
		}},
	}
}

func (u *UI) moved(ok bool) {
	if !ok {
		frame, _, _, _, _ := u.opt.Past.Place()
		end := "here the recording ends"
		if frame == 1 {
			end = "here the recording begins"
		}
		u.say(rows.Dim, end)
	}
	u.col.refresh()
}

func (u *UI) seek(at string) {
	if at == "" {
		u.say(rows.Warn, "at which time? :at 03:00, :at -2h, :at 2026-01-31 03:00")
		return
	}
	if err := u.opt.Past.Seek(at); err != nil {
		u.say(rows.Warn, text.Line(err.Error()))
	}
	u.col.refresh()
}
