package terminal

import (
	"strings"

	"github.com/gdamore/tcell/v2"
)

// packedCell is a cell of the screen in a few bytes: a screen has thousands, and all of them are drawn and compared at
// each refresh. Which text and style the numbers are, packs knows.
type packedCell struct {
	text  uint32 // below clusters: that character
	style uint32
	width uint32
}

// blank is a cell on which nothing was drawn. Style 0 is tcell.StyleDefault.
var blank = packedCell{text: ' ', width: 1}

// clusters is the number of the first text that is not one printable character of ASCII.
const clusters = 0x80

// packs gives texts and styles numbers.
type packs struct {
	texts    []string // from clusters on
	byText   map[string]uint32
	styles   []tcell.Style
	byStyle  map[tcell.Style]uint32
	last     tcell.Style // that was asked for last: the next cell has the same as a rule
	lastPack uint32
}

// packsMax is how many texts, and how many styles, there are at most after a frame. Whoever chooses what is drawn may
// choose new ones all the time.
const packsMax = 4096

func newPacks() packs {
	return packs{byText: map[string]uint32{}, styles: []tcell.Style{tcell.StyleDefault},
		byStyle: map[tcell.Style]uint32{tcell.StyleDefault: 0}}
}

// text returns the number of a text that takes at least one column.
func (p *packs) text(s string) uint32 {
	if len(s) == 1 && s[0] >= ' ' && s[0] < 0x7f {
		return uint32(s[0])
	}
	if n, ok := p.byText[s]; ok {
		return n
	}
	n := uint32(clusters + len(p.texts))
	s = strings.Clone(s) // and not the line that it is a part of
	p.texts = append(p.texts, s)
	p.byText[s] = n
	return n
}

// style returns the number of a style; false: it leaves a colour of what is drawn on, see over.
func (p *packs) style(style tcell.Style) (n uint32, ok bool) {
	if style == p.last {
		return p.lastPack, true
	}
	fg, bg, _ := style.Decompose()
	if fg == tcell.ColorNone || bg == tcell.ColorNone {
		return 0, false
	}
	p.last, p.lastPack = style, p.pack(style)
	return p.lastPack, true
}

func (p *packs) pack(style tcell.Style) uint32 {
	n, ok := p.byStyle[style]
	if !ok {
		n = uint32(len(p.styles))
		p.styles = append(p.styles, style)
		p.byStyle[style] = n
	}
	return n
}

// over returns the style that a cell has once it is drawn on with another one: a colour ColorNone leaves the old one.
func (p *packs) over(old uint32, style tcell.Style) uint32 {
	fg, bg, _ := style.Decompose()
	oldFg, oldBg, _ := p.styles[old].Decompose()
	if fg == tcell.ColorNone {
		style = style.Foreground(oldFg)
	}
	if bg == tcell.ColorNone {
		style = style.Background(oldBg)
	}
	return p.pack(style)
}

// of returns what a packed cell is.
func (p *packs) of(c packedCell) (text string, style tcell.Style, width int) {
	if c.text < clusters {
		return ascii[c.text-' ' : c.text-' '+1], p.styles[c.style], int(c.width)
	}
	return p.texts[c.text-clusters], p.styles[c.style], int(c.width)
}

// forget gives the texts and styles of these cells new numbers once there are too many, and forgets the others.
func (p *packs) forget(all ...[]packedCell) {
	if len(p.texts) <= packsMax && len(p.styles) <= packsMax {
		return
	}
	next := newPacks()
	for _, cells := range all {
		for i, c := range cells {
			text, style, _ := p.of(c)
			cells[i].text, cells[i].style = next.text(text), next.pack(style)
		}
	}
	*p = next
}
