package kit

import (
	"unicode/utf8"

	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// Rect is a part of the screen, in cells. Parts without width or height are drawn as nothing.
type Rect struct{ X, Y, W, H int }

// Empty reports whether nothing can be drawn there.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Has reports whether a cell is in it.
func (r Rect) Has(x, y int) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }

// Top cuts n lines off the top of r.
func (r Rect) Top(n int) (head, rest Rect) {
	n = max(0, min(n, r.H))
	return Rect{r.X, r.Y, r.W, n}, Rect{r.X, r.Y + n, r.W, r.H - n}
}

// Bottom cuts n lines off the bottom of r.
func (r Rect) Bottom(n int) (rest, foot Rect) {
	n = max(0, min(n, r.H))
	return Rect{r.X, r.Y, r.W, r.H - n}, Rect{r.X, r.Y + r.H - n, r.W, n}
}

// Painter writes to the screen in the colours of a theme. It is the one way for text to get there: nothing that it
// writes leaves the width it was given, cuts a wide character in half, or holds a character that acts on the
// terminal.
type Painter struct {
	Screen tcell.Screen
	Theme  *Theme
}

// Text writes s into at most width cells and returns how many it took.
func (p Painter) Text(x, y, width int, style tcell.Style, s string) int {
	used := 0
	for len(s) > 0 && used < width {
		if n := plain(s[:min(len(s), width-used+1)]); n > 0 {
			n = min(n, width-used)
			p.put(x+used, y, s[:n], style)
			s = s[n:]
			used += n
			continue
		}
		if c := s[0]; c < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
			p.Screen.Put(x+used, y, "?", style)
			s = s[1:]
			used++
			continue
		}
		var first string
		var cells int
		first, s, cells, _ = uniseg.FirstGraphemeClusterInString(s, -1)
		cluster := safeCluster(first)
		if len(cluster) != len(first) {
			cells = uniseg.StringWidth(cluster)
		}
		if cells < 1 || cells > 2 {
			cluster, cells = "?", 1
		}
		if used+cells > width {
			break
		}
		if cells == 2 {
			p.Screen.Put(x+used+1, y, " ", style) // nothing is left under its right half
		}
		p.Screen.Put(x+used, y, cluster, style)
		used += cells
	}
	return used
}

// plain is how many characters at the beginning of a text are printable ASCII that nothing combines with.
func plain(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return max(i-1, 0)
		}
		if s[i] < 0x20 || s[i] == 0x7f {
			return i
		}
	}
	return len(s)
}

// put writes plain characters in one go, which takes a fraction of writing each. Those left of the screen are
// left out.
func (p Painter) put(x, y int, s string, style tcell.Style) {
	s = s[min(max(-x, 0), len(s)):]
	p.Screen.PutStrStyled(max(x, 0), y, s, style)
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

// Width returns how many cells text takes.
func Width(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// Line writes s at the left of a line and empties the rest of it.
func (p Painter) Line(r Rect, style tcell.Style, s string) {
	if r.Empty() {
		return
	}
	n := p.Text(r.X, r.Y, r.W, style, s)
	p.Blank(r.X+n, r.Y, r.W-n, p.Theme.Plain)
}

// Blank empties n cells of a line.
func (p Painter) Blank(x, y, n int, style tcell.Style) {
	for ; n > 0; n -= len(blanks) {
		p.put(x, y, blanks[:min(n, len(blanks))], style)
		x += len(blanks)
	}
}

// blanks is as much of a line as is emptied in one go.
const blanks = "                                                                                                "

// Clear empties a part of the screen for something on top of what was drawn before. A wide character that reaches into
// it from the left is taken away as a whole.
func (p Painter) Clear(r Rect, style tcell.Style) {
	for y := r.Y; y < r.Y+r.H; y++ {
		if r.X > 0 {
			if _, st, w := p.Screen.Get(r.X-1, y); w > 1 {
				p.Screen.Put(r.X-1, y, " ", st)
			}
		}
		p.Blank(r.X, y, r.W, style)
	}
}

// Box clears r, draws a border around it and returns what is inside. Where there is no room the border is left out.
func (p Painter) Box(r Rect, title string) Rect {
	p.Clear(r, p.Theme.Plain)
	if r.W < 5 || r.H < 3 {
		return r
	}
	b := p.Theme.Border
	edge := p.Theme.edge
	for x := r.X + 1; x < r.X+r.W-1; x++ {
		p.Screen.Put(x, r.Y, edge.across, b)
		p.Screen.Put(x, r.Y+r.H-1, edge.across, b)
	}
	for y := r.Y + 1; y < r.Y+r.H-1; y++ {
		p.Screen.Put(r.X, y, edge.down, b)
		p.Screen.Put(r.X+r.W-1, y, edge.down, b)
	}
	p.Screen.Put(r.X, r.Y, edge.corners[0], b)
	p.Screen.Put(r.X+r.W-1, r.Y, edge.corners[1], b)
	p.Screen.Put(r.X, r.Y+r.H-1, edge.corners[2], b)
	p.Screen.Put(r.X+r.W-1, r.Y+r.H-1, edge.corners[3], b)
	if title != "" && r.W > 8 {
		p.Text(r.X+2, r.Y, r.W-4, p.Theme.Title, " "+Fit(title, r.W-6)+" ")
	}
	return Rect{r.X + 1, r.Y + 1, r.W - 2, r.H - 2}
}

// Fit shortens s to n cells, with a mark where something is missing. It looks at no more of s than that takes.
func Fit(s string, n int) string {
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

// Wrap breaks text into lines of at most n cells, at blanks where it can.
func Wrap(s string, n int) []string { return rows.Wrap(s, n) }

// Rule draws a line with a title at its left, and at its right keys, each followed by what it does.
func (p Painter) Rule(r Rect, title string, keys []string) {
	if r.Empty() {
		return
	}
	for x := range r.W {
		p.Screen.Put(r.X+x, r.Y, p.Theme.edge.across, p.Theme.Border)
	}
	wide := 2
	for _, k := range keys {
		wide += Width(k) + 1
	}
	n := p.Text(r.X+1, r.Y, r.W-2, p.Theme.Title, " "+Fit(title, r.W-4)+" ")
	if len(keys) == 0 || n+wide+3 > r.W {
		return // the title comes first; the page of help has the keys
	}
	x := r.X + r.W - wide - 1
	p.Screen.Put(x, r.Y, " ", p.Theme.Plain)
	x++
	for i, k := range keys {
		style := p.Theme.Key
		if i%2 == 1 {
			style = p.Theme.Plain
		}
		x += p.Text(x, r.Y, r.X+r.W-x, style, k+" ")
	}
}
