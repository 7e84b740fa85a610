package ui

import (
	"unicode/utf8"

	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// rect is a part of the screen. Parts without width or height are drawn as nothing.
type rect struct{ x, y, w, h int }

func (r rect) empty() bool { return r.w <= 0 || r.h <= 0 }

func (r rect) has(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// top cuts n lines off the top of r.
func (r rect) top(n int) (head, rest rect) {
	n = max(0, min(n, r.h))
	return rect{r.x, r.y, r.w, n}, rect{r.x, r.y + n, r.w, r.h - n}
}

// bottom cuts n lines off the bottom of r.
func (r rect) bottom(n int) (rest, foot rect) {
	n = max(0, min(n, r.h))
	return rect{r.x, r.y, r.w, r.h - n}, rect{r.x, r.y + r.h - n, r.w, n}
}

// painter writes to the screen. It is the one way for text to get there: nothing that it writes leaves the width it was
// given, cuts a wide character in half, or holds a character that acts on the terminal.
type painter struct {
	screen tcell.Screen
	theme  *theme
}

// text writes s into at most width cells and returns how many it took.
func (p painter) text(x, y, width int, style tcell.Style, s string) int {
	used := 0
	for len(s) > 0 && used < width {
		if c := s[0]; c < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
			if c < 0x20 || c == 0x7f {
				p.screen.Put(x+used, y, "?", style)
			} else {
				p.screen.Put(x+used, y, s[:1], style)
			}
			s = s[1:]
			used++
			continue
		}
		var cluster string
		cluster, s, _, _ = uniseg.FirstGraphemeClusterInString(s, -1)
		cluster = safeCluster(cluster)
		cells := uniseg.StringWidth(cluster)
		if cells < 1 || cells > 2 {
			cluster, cells = "?", 1
		}
		if used+cells > width {
			break
		}
		if cells == 2 {
			p.screen.Put(x+used+1, y, " ", style) // nothing is left under its right half
		}
		p.screen.Put(x+used, y, cluster, style)
		used += cells
	}
	return used
}

// clusterMax is how many code points one cell may hold: heaps of combining marks run over the lines above and below.
const clusterMax = 4

// safeCluster is the last line of defence: text should be sanitised long before.
func safeCluster(c string) string {
	n := 0
	for i, r := range c {
		if r == utf8.RuneError || text.Deceptive(r) {
			return "?"
		}
		if n++; n > clusterMax {
			return c[:i]
		}
	}
	return c
}

// width returns how many cells text takes.
func width(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// line writes s at the left of a line and empties the rest of it.
func (p painter) line(r rect, style tcell.Style, s string) {
	if r.empty() {
		return
	}
	n := p.text(r.x, r.y, r.w, style, s)
	p.blank(r.x+n, r.y, r.w-n, p.theme.plain)
}

func (p painter) blank(x, y, n int, style tcell.Style) {
	for i := range n {
		p.screen.Put(x+i, y, " ", style)
	}
}

// clear empties a part of the screen for something on top of what was drawn before. A wide character that reaches into
// it from the left is taken away as a whole.
func (p painter) clear(r rect, style tcell.Style) {
	for y := r.y; y < r.y+r.h; y++ {
		if r.x > 0 {
			if _, st, w := p.screen.Get(r.x-1, y); w > 1 {
				p.screen.Put(r.x-1, y, " ", st)
			}
		}
		p.blank(r.x, y, r.w, style)
	}
}

// box clears r, draws a border around it and returns what is inside. Where there is no room the border is left out.
func (p painter) box(r rect, title string) rect {
	p.clear(r, p.theme.plain)
	if r.w < 5 || r.h < 3 {
		return r
	}
	b := p.theme.border
	edge := p.theme.edge
	for x := r.x + 1; x < r.x+r.w-1; x++ {
		p.screen.Put(x, r.y, edge.across, b)
		p.screen.Put(x, r.y+r.h-1, edge.across, b)
	}
	for y := r.y + 1; y < r.y+r.h-1; y++ {
		p.screen.Put(r.x, y, edge.down, b)
		p.screen.Put(r.x+r.w-1, y, edge.down, b)
	}
	p.screen.Put(r.x, r.y, edge.corners[0], b)
	p.screen.Put(r.x+r.w-1, r.y, edge.corners[1], b)
	p.screen.Put(r.x, r.y+r.h-1, edge.corners[2], b)
	p.screen.Put(r.x+r.w-1, r.y+r.h-1, edge.corners[3], b)
	if title != "" && r.w > 8 {
		p.text(r.x+2, r.y, r.w-4, p.theme.title, " "+fit(title, r.w-6)+" ")
	}
	return rect{r.x + 1, r.y + 1, r.w - 2, r.h - 2}
}

// fit shortens s to n cells, with a mark where something is missing. It looks at no more of s than that takes.
func fit(s string, n int) string {
	if len(s) <= n { // no character has more cells than bytes
		return s
	}
	used, cut, at, state := 0, 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var cells int
		cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+cells > n {
			if n <= 0 {
				return ""
			}
			return s[:cut] + "~"
		}
		used += cells
		at += len(cluster)
		if used <= n-1 {
			cut = at
		}
	}
	return s
}

// wrap breaks text into lines of at most n cells, at blanks where it can.
func wrap(s string, n int) []string { return rows.Wrap(s, n) }
