package files

import (
	"bytes"
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows/procfile"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// viewMax is how much of a file is shown, in bytes.
const viewMax = 4 << 20

// fileViewer shows the content of a file as text or in hex.
type fileViewer struct {
	title   string
	path    string // of a file that has a decoded form
	content []byte
	cut     bool // there is more
	nul     bool // lines end with NUL
	secret  bool // values behind = are masked
	reveal  bool
	hex     bool
	words   []string              // the decoded form; nil: there is none
	raw     bool                  // as it is all the same
	reader  *kit.Loader[struct{}] // reads the file anew; may be nil

	lines  [][]byte // of the text; of hex there are as many as it takes
	top    int
	left   int
	page   int
	search string
	input  *kit.Prompt
	note   string
}

// newFileViewer makes a viewer; of a file of /proc/PID that has a decoded form it shows that first.
func newFileViewer(path string, content []byte, proc bool) *fileViewer {
	name := path[strings.LastIndexByte(path, '/')+1:]
	f := &fileViewer{title: text.Line(path), secret: procfile.IsEnviron(path, proc)}
	f.nul = f.secret || proc && name == "cmdline"
	f.setContent(content)
	if proc && !f.cut {
		f.words, _ = procfile.Decode(path, f.content)
		f.path = path
	}
	f.hex = !f.nul && f.words == nil && f.binary()
	return f
}

// setContent replaces what is shown.
func (f *fileViewer) setContent(content []byte) {
	if f.cut = len(content) > viewMax; f.cut {
		content = content[:viewMax]
	}
	f.content = content
	f.layout()
	if f.path != "" {
		f.words, _ = procfile.Decode(f.path, f.content)
	}
}

func (f *fileViewer) binary() bool {
	return bytes.IndexByte(f.content[:min(len(f.content), 8192)], 0) >= 0
}

// decoded reports whether the decoded form is shown.
func (f *fileViewer) decoded() bool { return f.words != nil && !f.raw && !f.hex }

// layout breaks the text into lines.
func (f *fileViewer) layout() {
	end := []byte{'\n'}
	if f.nul {
		end[0] = 0
	}
	f.lines = bytes.Split(bytes.TrimSuffix(f.content, end), end)
}

func (f *fileViewer) count() int {
	if f.decoded() {
		return len(f.words)
	}
	if f.hex {
		return (len(f.content) + 15) / 16
	}
	return len(f.lines)
}

// lineMax is how much of one line is shown, in bytes.
const lineMax = 8192

// line is one line, safe to draw.
func (f *fileViewer) line(n int) string {
	if f.decoded() {
		return f.words[n]
	}
	if f.hex {
		part := f.content[n*16 : min(n*16+16, len(f.content))]
		var b strings.Builder
		fmt.Fprintf(&b, "%08x ", n*16)
		for i := range 16 {
			if i%8 == 0 {
				b.WriteByte(' ')
			}
			if i < len(part) {
				fmt.Fprintf(&b, "%02x ", part[i])
			} else {
				b.WriteString("   ")
			}
		}
		b.WriteByte('|')
		for _, c := range part {
			if c < 0x20 || c >= 0x7f {
				c = '.'
			}
			b.WriteByte(c)
		}
		return b.String() + "|"
	}
	line, cut := f.lines[n], ""
	if n := len(line) - lineMax; n > 0 {
		line, cut = line[:lineMax], fmt.Sprintf(" ... and %d bytes more", n)
	}
	s := string(line)
	if f.secret && !f.reveal {
		s = procfile.MaskVariable(s)
	}
	return strings.ReplaceAll(text.Line(strings.ReplaceAll(s, "\t", "    ")), `\\`, `\`) + cut
}

// Draw implements kit.Dialog.
func (f *fileViewer) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(screen, f.title)
	body, foot := in.Bottom(min(1, in.H))
	f.page = body.H
	f.top = max(0, min(f.top, f.count()-f.page))
	for y := range body.H {
		n := f.top + y
		p.Blank(body.X, body.Y+y, body.W, p.Theme.Plain)
		if n >= f.count() {
			continue
		}
		line := f.line(n)
		style := p.Theme.Plain
		if f.search != "" && strings.Contains(strings.ToLower(line), strings.ToLower(f.search)) {
			style = p.Theme.Warn
		}
		runes := []rune(line)
		p.Text(body.X, body.Y+y, body.W, style, string(runes[min(f.left, len(runes)):]))
	}
	if foot.Empty() {
		return
	}
	p.Blank(foot.X, foot.Y, foot.W, p.Theme.Plain)
	if f.input != nil {
		f.input.Draw(p, foot)
		return
	}
	n := f.count()
	s := fmt.Sprintf("%d-%d of %d lines, %d bytes", min(f.top+1, n), min(f.top+f.page, n), n, len(f.content))
	if f.cut {
		s += " (the file is longer)"
	}
	if f.note != "" {
		s += "  " + f.note
	}
	s += "   "
	switch {
	case f.secret:
		s += "v values  "
	case f.words != nil && f.raw:
		s += "d in words  "
	case f.words != nil:
		s += "d as it is  "
	}
	s += "/ search  n next  x hex  r again  Esc back"
	p.Text(foot.X, foot.Y, foot.W, p.Theme.Dim, kit.Fit(s, foot.W))
}

// Key implements kit.Dialog.
func (f *fileViewer) Key(ev *tcell.EventKey) bool {
	if f.input != nil {
		if f.input.Key(ev) {
			f.input = nil
		}
		return false
	}
	f.note = ""
	if by, ok := kit.ScrollBy(ev, f.page); ok {
		f.top = max(0, min(f.top+by, f.count()-f.page))
		return false
	}
	switch {
	case ev.Key() == tcell.KeyEsc, ev.Key() == tcell.KeyCtrlC, kit.Pressed(ev, "q"), kit.Pressed(ev, "h"):
		return true
	case kit.Pressed(ev, "Right"), kit.Pressed(ev, "l"):
		f.left = min(f.left+16, 8192)
	case kit.Pressed(ev, "Left"):
		f.left = max(f.left-16, 0)
	case kit.Pressed(ev, "x"):
		if !f.secret || f.reveal {
			f.hex, f.top = !f.hex, 0
		} else {
			f.note = "v shows the values first"
		}
	case kit.Pressed(ev, "d"):
		if f.words == nil {
			f.note = "there is no other form of it"
		} else {
			f.raw, f.hex, f.top = !f.raw, false, 0
		}
		if f.raw && f.binary() && !f.nul {
			f.hex = true
		}
	case kit.Pressed(ev, "r"):
		if f.reader != nil {
			f.reader.Load(struct{}{})
		}
	case kit.Pressed(ev, "v"):
		if f.reveal = !f.reveal; f.secret && !f.reveal {
			f.hex = false // which masks nothing
		}
	case kit.Pressed(ev, "/"):
		f.input = kit.NewPrompt(kit.Question{Label: "search: ", Accept: func(s string) { f.search = s; f.next(0) }})
	case kit.Pressed(ev, "n"):
		f.next(1)
	}
	return false
}

// next goes to the next line that holds what is searched for.
func (f *fileViewer) next(skip int) {
	if f.search == "" {
		return
	}
	for n := range f.count() {
		at := (f.top + skip + n) % f.count()
		if strings.Contains(strings.ToLower(f.line(at)), strings.ToLower(f.search)) {
			f.top = at
			return
		}
	}
	f.note = "not found"
}

// Mouse implements kit.Dialog.
func (f *fileViewer) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		f.top = max(0, f.top-3)
	case tview.MouseScrollDown:
		f.top = max(0, min(f.top+3, f.count()-f.page))
	}
	return false
}
