package rows

import (
	"hash/fnv"

	"bones/procwalk"
)

// Style says what a piece of text means; the screen decides how that looks.
type Style uint8

const (
	Plain   Style = iota
	Warn          // deserves a look
	Bad           // dangerous, or broken
	Dim           // beside the point
	Good          // well within its limit
	Busy          // is running right now
	Changed       // differs from what it was at the last refresh

	firstHue // the steady colour of one container; further ones follow
)

// Hues is how many colours containers have among them.
const Hues = 8

// Hue is the steady colour of what has this key: the same key has the same colour in every view and every session.
func Hue(key string) Style {
	h := fnv.New32a()
	h.Write([]byte(key))
	return firstHue + Style(h.Sum32()%Hues)
}

// HueNumber returns which of the colours a style is, from 0 on; false if it is none of them.
func (s Style) HueNumber() (int, bool) { return int(s - firstHue), s >= firstHue && s < firstHue+Hues }

// From which share of its limit on what a container uses deserves a look, and from which on it is dangerous.
const (
	ShareWarn = 0.75
	ShareBad  = 0.90
)

// ShareStyle is how the share of a limit that is in use looks: green, amber or red.
func ShareStyle(share float64) Style {
	switch {
	case share >= ShareBad:
		return Bad
	case share >= ShareWarn:
		return Warn
	}
	return Good
}

// StateStyle is how the state of a process looks, by the first letter of STAT.
func StateStyle(p *procwalk.Process) Style {
	switch p.State {
	case 'R':
		return Busy
	case 'D', 'Z':
		return Bad
	case 'T', 't':
		return Warn
	}
	return Dim
}

// Section is a part of the details of one process.
type Section struct {
	Title string
	Lines []Line
}

// Line is one line of a Section. Its text is sanitised.
type Line struct {
	Label string
	Value string
	Style Style
}
