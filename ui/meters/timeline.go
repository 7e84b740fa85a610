package meters

import (
	"fmt"
	"time"

	"bones/cgroupview/inventory/events"
	"bones/ui/kit"
)

// Recording is what of a recording a time line shows: the number of the frame, from 1, how many there are, when the
// first and the last were taken, and whether it goes on with those that come.
type Recording interface {
	Position() (frame, frames int, first, last time.Time, follows bool)
}

// Stream is a recording that came through a pipe, whose writer may have ended, and that in the middle of a frame: when
// ssh is cut, for example. Zero: it writes still.
type Stream interface {
	Ended() (at time.Time, cut bool)
}

// Grower is a recording whose writer may have ended long ago. True: frames still come.
type Grower interface {
	Growing() bool
}

// endOf says when nothing more came, at length and in short; empty: something may still come.
func endOf(past Recording) (long, short string) {
	s, ok := past.(Stream)
	if !ok {
		return "", ""
	}
	at, cut := s.Ended()
	how := "ended"
	if cut {
		how = "broke off"
	}
	if at.IsZero() {
		return "", ""
	}
	return ", stream " + how + " at " + at.Format(time.TimeOnly), " " + how + " " + at.Format(time.TimeOnly)
}

// leastCells is the shortest line that tells where on it one is.
const leastCells = 5

// TimeLine says which moment of the recording is shown, and draws where that is: "2026-01-31 03:00:05 [--|----]
// 12/400 live", or "400/400 end" where nothing comes any more.
func TimeLine(past Recording, log *events.Log, shown time.Time, ascii bool, room int) string {
	frame, frames, first, last, follows := past.Position()
	left, right := shown.Format(time.DateTime), fmt.Sprintf("%d/%d", frame, frames)
	space := func(right string) int { return min(room-kit.Width(left)-kit.Width(right)-4, 40) }
	if long, short := endOf(past); short != "" && space(right+long) >= leastCells {
		right += long
	} else if short != "" {
		right += short
	} else if g, ok := past.(Grower); follows && ok && !g.Growing() {
		right += " end"
	} else if follows {
		right += " live"
	}
	cells := space(right)
	if cells < leastCells || !last.After(first) {
		return left + " " + right
	}
	cell := func(t time.Time) int {
		return int(float64(cells-1) * min(max(float64(t.Sub(first))/float64(last.Sub(first)), 0), 1))
	}
	line := make([]rune, cells)
	for i := range line {
		line[i] = '─'
		if ascii {
			line[i] = '-'
		}
	}
	markEvents(line, log, first, last, cell)
	line[cell(shown)] = '|'
	return left + " [" + string(line) + "] " + right
}

// markEvents marks on the time line when something happened: "!" where somebody was killed for want of memory.
// What happened before the first moment, and is known from the kernel's log, has no place on it.
func markEvents(line []rune, log *events.Log, first, last time.Time, cell func(time.Time) int) {
	if log == nil {
		return
	}
	list, _, _, _ := log.All()
	for i := range list {
		e := &list[i]
		if e.Time.Before(first) || e.Time.After(last) {
			continue
		}
		at := cell(e.Time)
		switch {
		case e.Serious():
			line[at] = '!'
		case !e.Kind.Common() && line[at] != '!':
			line[at] = '+'
		}
	}
}
