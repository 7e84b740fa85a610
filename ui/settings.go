package ui

import (
	"strconv"
	"time"

	"bones/procwalk/span"
	"bones/ui/meters"
	"bones/ui/rows"
)

// Settings are what the user may change in here and would like to find again.
type Settings struct {
	Theme    string
	Interval time.Duration
	Columns  []string // of the process table; none: the user has not chosen
	Details  bool     // the details are shown
	Wrap     bool     // their long lines are wrapped
	Meters   []string // of the header; none: all of them
}

// Settings returns what is set now. It is for before Run and after it.
func (u *UI) Settings() Settings {
	s := Settings{Theme: u.themeName, Interval: time.Duration(u.col.interval.Load()),
		Details: u.details.open, Wrap: !u.details.pane.NoWrap, Meters: u.header.Meters}
	if m := u.processes.Model(); m.ChosenByUser() { // else they follow from whether there are containers
		for _, c := range m.Chosen() {
			s.Columns = append(s.Columns, c.Name)
		}
	}
	return s
}

// setup opens the dialog that chooses the meters.
func (u *UI) setup() {
	u.open(meters.NewSetup(&u.header, func(string) {
		if why := u.forgotten(); why != "" {
			u.say(rows.Plain, "the meters are chosen"+why)
		}
	}))
}

// forgotten says, once, why what is changed will not be found again.
func (u *UI) forgotten() string {
	if u.opt.Forgets == "" || u.toldForgets {
		return ""
	}
	u.toldForgets = true
	return "; bones cannot remember it: " + u.opt.Forgets
}

// IntervalMin and IntervalMax bound the time between refreshes.
const (
	IntervalMin = 100 * time.Millisecond
	IntervalMax = time.Hour
)

func (u *UI) askInterval(s string) {
	every, err := span.Interval(s, IntervalMin, IntervalMax)
	if err != nil {
		u.say(rows.Warn, "interval: "+err.Error())
		return
	}
	u.col.setInterval(every)
	u.say(rows.Plain, "a refresh every "+strconv.FormatFloat(every.Seconds(), 'f', -1, 64)+" s"+u.forgotten())
}
