package ui

import (
	"bytes"
	"fmt"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/procfile"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// viewMax is how much of a file is shown, in bytes.
const viewMax = 4 << 20

// view reads a file and shows it.
func (v *files) view(path string) {
	u, id, where := v.ui, v.subject, v.where
	if u.opt.FileRead == nil {
		return
	}
	u.say(rows.Dim, "reading ...")
	u.spawn(func() {
		b, err := u.opt.FileRead(u.ctx, id, where, path, viewMax+1)
		u.post(func() {
			u.message = message{}
			if err != nil {
				u.say(rows.Bad, sanitiseError(err))
				return
			}
			u.open(newFileViewer(u, path, b, where == rootfs.ProcDir, func(then func([]byte)) {
				u.spawn(func() {
					b, err := u.opt.FileRead(u.ctx, id, where, path, viewMax+1)
					u.post(func() {
						if err != nil {
							u.say(rows.Bad, sanitiseError(err))
							return
						}
						then(b)
					})
				})
			}))
		})
	})
}

// fileViewer shows the content of a file as text or in hex.
type fileViewer struct {
	ui      *UI
	title   string
	path    string // of a file that has a decoded form
	content []byte
	cut     bool // there is more
	nul     bool // lines end with NUL
	secret  bool // values behind = are masked
	reveal  bool
	hex     bool
	words   []string // the decoded form; nil: there is none
	raw     bool     // as it is all the same
	again   func(func([]byte))

	lines  [][]byte // of the text; of hex there are as many as it takes
	top    int
	left   int
	page   int
	search string
	input  *prompt
	note   string
}

// newFileViewer makes a viewer; of a file of /proc/PID that has a decoded form it shows that first. again reads it anew.
func newFileViewer(u *UI, path string, content []byte, proc bool, again func(func([]byte))) *fileViewer {
	name := path[strings.LastIndexByte(path, '/')+1:]
	f := &fileViewer{ui: u, title: text.Line(path), secret: proc && name == "environ", again: again}
	f.nul = proc && (name == "environ" || name == "cmdline")
	f.take(content)
	if proc && !f.cut {
		f.words, _ = procfile.Decode(path, f.content)
		f.path = path
	}
	f.hex = !f.nul && f.words == nil && f.binary()
	return f
}

func (f *fileViewer) take(content []byte) {
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
	line := f.lines[n]
	if len(line) > 8192 {
		line = line[:8192]
	}
	s := string(line)
	if f.secret && !f.reveal {
		if name, value, ok := strings.Cut(s, "="); ok && value != "" {
			s = name + "=********"
		}
	}
	return strings.ReplaceAll(text.Line(strings.ReplaceAll(s, "\t", "    ")), `\\`, `\`)
}

func (f *fileViewer) draw(p painter, screen rect) {
	in := p.box(rect{screen.x, screen.y, screen.w, screen.h}, f.title)
	body, foot := in.bottom(min(1, in.h))
	f.page = body.h
	f.top = max(0, min(f.top, f.count()-f.page))
	for y := range body.h {
		n := f.top + y
		p.blank(body.x, body.y+y, body.w, p.theme.plain)
		if n >= f.count() {
			continue
		}
		line := f.line(n)
		style := p.theme.plain
		if f.search != "" && strings.Contains(strings.ToLower(line), strings.ToLower(f.search)) {
			style = p.theme.warn
		}
		runes := []rune(line)
		p.text(body.x, body.y+y, body.w, style, string(runes[min(f.left, len(runes)):]))
	}
	if foot.empty() {
		return
	}
	p.blank(foot.x, foot.y, foot.w, p.theme.plain)
	if f.input != nil {
		f.input.draw(p, foot)
		return
	}
	s := fmt.Sprintf("%d-%d of %d lines, %d bytes", min(f.top+1, f.count()), min(f.top+f.page, f.count()), f.count(), len(f.content))
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
	p.text(foot.x, foot.y, foot.w, p.theme.dim, fit(s, foot.w))
}

func (f *fileViewer) key(ev *tcell.EventKey) bool {
	if f.input != nil {
		if f.input.key(ev) {
			f.input = nil
		}
		return false
	}
	f.note = ""
	half := max(f.page-1, 1)
	moves := map[string]int{"j": 1, "Down": 1, "k": -1, "Up": -1, "^f": half, "PgDn": half, "Space": half, "^b": -half, "PgUp": -half,
		"g": -1 << 30, "Home": -1 << 30, "G": 1 << 30, "End": 1 << 30}
	for name, by := range moves {
		if pressed(ev, name) {
			f.top = max(0, min(f.top+by, f.count()-f.page))
			return false
		}
	}
	switch {
	case ev.Key() == tcell.KeyEsc, ev.Key() == tcell.KeyCtrlC, pressed(ev, "q"), pressed(ev, "h"):
		return true
	case pressed(ev, "Right"), pressed(ev, "l"):
		f.left = min(f.left+16, 8192)
	case pressed(ev, "Left"):
		f.left = max(f.left-16, 0)
	case pressed(ev, "x"):
		if !f.secret || f.reveal {
			f.hex, f.top = !f.hex, 0
		} else {
			f.note = "v shows the values first"
		}
	case pressed(ev, "d"):
		if f.words == nil {
			f.note = "there is no other form of it"
		} else {
			f.raw, f.hex, f.top = !f.raw, false, 0
		}
		if f.raw && f.binary() && !f.nul {
			f.hex = true
		}
	case pressed(ev, "r"):
		if f.again != nil {
			f.again(f.take)
		}
	case pressed(ev, "v"):
		f.reveal = !f.reveal
	case pressed(ev, "/"):
		f.input = &prompt{label: "search: ", accept: func(s string) { f.search = s; f.next(0) }}
	case pressed(ev, "n"):
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

func (f *fileViewer) mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		f.top = max(0, f.top-3)
	case tview.MouseScrollDown:
		f.top = max(0, min(f.top+3, f.count()-f.page))
	}
	return false
}
