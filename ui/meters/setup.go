package meters

import (
	"slices"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Setup is the dialog in which the user chooses the meters and their order. What is chosen shows at once above.
type Setup struct {
	header *Header
	say    func(string)
	list   []setupLine
	at     int
	area   kit.Rect
}

type setupLine struct {
	Meter
	on bool
}

// NewSetup makes the dialog. say is told what the keys did when it is closed.
func NewSetup(h *Header, say func(string)) *Setup {
	s := &Setup{header: h, say: say}
	for _, m := range chosen(h.Meters) {
		s.list = append(s.list, setupLine{m, true})
	}
	for _, m := range All() {
		if !slices.ContainsFunc(s.list, func(l setupLine) bool { return l.Name == m.Name }) {
			s.list = append(s.list, setupLine{m, false})
		}
	}
	return s
}

// apply gives the header what is chosen now. All of them in their own order is the same as nothing chosen.
func (s *Setup) apply() {
	s.header.Meters = nil
	for _, l := range s.list {
		if l.on {
			s.header.Meters = append(s.header.Meters, l.Name)
		}
	}
	if len(s.header.Meters) == 0 {
		s.header.Meters = []string{noMeters}
	} else if slices.Equal(s.header.Meters, Names()) {
		s.header.Meters = nil
	}
}

// noMeters is the name of no meter: the user wants none.
const noMeters = "none"

// Known reports whether a name is that of a meter, or says that there are to be none.
func Known(name string) bool { return name == noMeters || slices.Contains(Names(), name) }

// Draw implements kit.Dialog.
func (s *Setup) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(kit.Centre(screen, 84, len(s.list)+4), "Meters of the header")
	s.area = kit.Rect{X: in.X, Y: in.Y, W: in.W, H: min(in.H, len(s.list))}
	for i, l := range s.list {
		if i >= in.H {
			break
		}
		style, mark := p.Theme.Plain, " "
		if i == s.at {
			style, mark = p.Theme.Selected, p.Theme.SelectMark
		}
		box := "[ ] "
		if l.on {
			box = "[x] "
		}
		p.Blank(in.X, in.Y+i, in.W, style)
		n := p.Text(in.X, in.Y+i, in.W, style, mark+box+l.Name)
		if n = max(n, 16); n < in.W {
			p.Text(in.X+n, in.Y+i, in.W-n, style, kit.Fit(l.Help, in.W-n))
		}
	}
	if y := in.Y + len(s.list) + 1; y < in.Y+in.H {
		p.Text(in.X, y, in.W, p.Theme.Dim, kit.Fit("Space: show or hide   + -: earlier, later   Enter, Esc: back", in.W))
	}
}

// Key implements kit.Dialog.
func (s *Setup) Key(ev *tcell.EventKey) bool {
	switch {
	case kit.PressedAny(ev, "Esc Enter ^c q F2 F10"):
		s.say("")
		return true
	case kit.PressedAny(ev, "Down j"):
		s.at = min(s.at+1, len(s.list)-1)
	case kit.PressedAny(ev, "Up k"):
		s.at = max(s.at-1, 0)
	case kit.PressedAny(ev, "Home g"):
		s.at = 0
	case kit.PressedAny(ev, "End G"):
		s.at = len(s.list) - 1
	case kit.Pressed(ev, "Space"):
		s.toggle()
	case kit.PressedAny(ev, "+ K F7"):
		s.swap(-1)
	case kit.PressedAny(ev, "- J F8"):
		s.swap(1)
	}
	return false
}

func (s *Setup) toggle() {
	s.list[s.at].on = !s.list[s.at].on
	s.apply()
}

// swap moves the meter under the mark.
func (s *Setup) swap(by int) {
	to := s.at + by
	if to < 0 || to >= len(s.list) {
		return
	}
	s.list[s.at], s.list[to] = s.list[to], s.list[s.at]
	s.at = to
	s.apply()
}

// Mouse implements kit.Dialog.
func (s *Setup) Mouse(action tview.MouseAction, x, y int) bool {
	if action != tview.MouseLeftClick {
		return false
	}
	if !s.area.Has(x, y) {
		s.say("")
		return true
	}
	s.at = y - s.area.Y
	s.toggle()
	return false
}
