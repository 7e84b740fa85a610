package rows

import (
	"slices"

	"bones/nsview"
)

// nsFolds are the lines below which everything is hidden.
type nsFolds map[nsview.Key]bool

// foldSet returns the folds in force. A filter that hid its finds in a fold would be of no use, so that it starts with
// everything unfolded and has folds of its own.
func (l *NSList) foldSet() *nsFolds {
	if l.filter != nil {
		return &l.underFilter
	}
	return &l.folds
}

// SetFilter sets what Build lets pass; nil lets everything.
func (l *NSList) SetFilter(f *NSFilter) {
	l.filter = f
	clear(l.underFilter)
}

// Filter returns the filter in force, or nil.
func (l *NSList) Filter() *NSFilter { return l.filter }

// Fold hides what is below a line, or shows it.
func (l *NSList) Fold(k nsview.Key, folded bool) {
	set := l.foldSet()
	if !folded {
		delete(*set, k)
		return
	}
	if *set == nil {
		*set = nsFolds{}
	}
	(*set)[k] = true
}

// FoldAll folds everything, or unfolds everything if all is folded already.
func (l *NSList) FoldAll() {
	open := false
	for _, line := range l.lines {
		open = open || line.Parent && !line.Folded
	}
	clear(*l.foldSet())
	if !open {
		return
	}
	for _, line := range l.lines {
		if line.Parent {
			l.Fold(line.Key, true)
		}
	}
}

// All makes the lines as they were if nothing were folded.
func (l *NSList) All() []NSLine { return l.arrange(nil, nil) }

// Reveal unfolds what hides a line, makes the lines anew, and returns its position; -1: it is not there, or does not
// pass the filter.
func (l *NSList) Reveal(k nsview.Key) int {
	if at := l.Find(k); at >= 0 {
		return at
	}
	all := l.All()
	at := findLine(all, k)
	if at < 0 {
		return -1
	}
	for up := lineAbove(all, at); up >= 0; up = lineAbove(all, up) {
		l.Fold(all[up].Key, false)
	}
	l.lines = l.arrange(l.lines[:0], *l.foldSet())
	return l.Find(k)
}

// Shown returns the position of a line, or of the folded one that hides it; -1: it is not there.
func (l *NSList) Shown(k nsview.Key) int {
	if at := l.Find(k); at >= 0 {
		return at
	}
	all := l.All()
	for at := findLine(all, k); at >= 0; at = lineAbove(all, at) {
		if shown := l.Find(all[at].Key); shown >= 0 {
			return shown
		}
	}
	return -1
}

// Up returns the position of the line that another hangs below, or -1.
func (l *NSList) Up(pos int) int { return lineAbove(l.lines, pos) }

func lineAbove(lines []NSLine, pos int) int {
	for i := pos - 1; i >= 0 && pos < len(lines); i-- {
		if lines[i].Depth < lines[pos].Depth {
			return i
		}
	}
	return -1
}

// Find returns the position of the line with this key, or -1.
func (l *NSList) Find(k nsview.Key) int { return findLine(l.lines, k) }

func findLine(lines []NSLine, k nsview.Key) int {
	return slices.IndexFunc(lines, func(line NSLine) bool { return line.Key == k })
}
