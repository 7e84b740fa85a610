package ui

import (
	"bytes"
	"fmt"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// viewMax is how much of a file is shown, in bytes, and editMax how much can be edited.
const (
	viewMax = 4 << 20
	editMax = 256 << 10
)

// view reads a file and shows it.
func (v *files) view(path, name string) {
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
			f := &fileViewer{ui: u, title: text.Line(path), content: b, secret: where == rootfs.ProcDir && name == "environ"}
			if f.cut = len(b) > viewMax; f.cut {
				f.content = b[:viewMax]
			}
			f.nul = where == rootfs.ProcDir && (name == "environ" || name == "cmdline")
			f.hex = !f.nul && bytes.IndexByte(f.content[:min(len(f.content), 8192)], 0) >= 0
			f.layout()
			u.open(f)
		})
	})
}

// fileViewer shows the content of a file as text or in hex.
type fileViewer struct {
	ui      *UI
	title   string
	content []byte
	cut     bool // there is more
	nul     bool // lines end with NUL
	secret  bool // values behind = are masked
	reveal  bool
	hex     bool

	lines  [][]byte // of the text; of hex there are as many as it takes
	top    int
	left   int
	page   int
	search string
	input  *prompt
	note   string
}

// layout breaks the text into lines.
func (f *fileViewer) layout() {
	end := []byte{'\n'}
	if f.nul {
		end[0] = 0
	}
	f.lines = bytes.Split(bytes.TrimSuffix(f.content, end), end)
}

func (f *fileViewer) count() int {
	if f.hex {
		return (len(f.content) + 15) / 16
	}
	return len(f.lines)
}

// line is one line, safe to draw.
func (f *fileViewer) line(n int) string {
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
	s += "   x hex or text  / search  n next  Esc back"
	if f.secret {
		s += "  v values"
	}
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

// edit reads a small file and opens an editor for it.
func (v *files) edit() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular {
		v.ui.say(rows.Warn, "only a regular file can be edited")
		return
	}
	if i.Size > editMax {
		v.ui.say(rows.Warn, fmt.Sprintf("it is larger than %d KiB; bones files edit takes your own editor", editMax>>10))
		return
	}
	u, id, path, was := v.ui, v.subject, v.join(i.Name), *i
	u.spawn(func() {
		b, err := u.opt.FileRead(u.ctx, id, rootfs.RootDir, path, editMax+1)
		u.post(func() {
			if err == nil && len(b) > editMax {
				err = rootfs.ErrTooLarge
			}
			if err != nil {
				u.say(rows.Bad, sanitiseError(err))
				return
			}
			u.open(newFileEditor(path, b, func(content []byte) {
				v.change(rootfs.Op{Kind: "put", Path: path, Content: content,
					Expect: &rootfs.Expect{Dev: was.Dev, Ino: was.Ino, Size: was.Size, MTime: was.ModTime.UnixNano()}})
			}))
		})
	})
}

// fileEditor edits a small file. What a terminal would obey stands there as an escape, which saving turns back.
type fileEditor struct {
	area  *tview.TextArea
	title string
	save  func([]byte)
	was   string
	asked bool // Esc was pressed with changes
}

func newFileEditor(path string, content []byte, save func([]byte)) *fileEditor {
	e := &fileEditor{area: tview.NewTextArea(), title: text.Line(path), save: save, was: escaped(string(content))}
	e.area.SetText(e.was, false)
	return e
}

// escaped is text with what a terminal would obey as escapes; lines and tabs stay.
func escaped(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		parts := strings.Split(l, "\t")
		for k, part := range parts {
			parts[k] = text.Sanitise(part)
		}
		lines[i] = strings.Join(parts, "\t")
	}
	return strings.Join(lines, "\n")
}

// content is what is to be saved.
func (e *fileEditor) content() ([]byte, error) {
	lines := strings.Split(e.area.GetText(), "\n")
	for i, l := range lines {
		parts := strings.Split(l, "\t")
		for k, part := range parts {
			raw, err := text.Restore(part)
			if err != nil {
				return nil, fmt.Errorf("line %d: a \\ begins an escape, and is written \\\\: %w", i+1, err)
			}
			parts[k] = raw
		}
		lines[i] = strings.Join(parts, "\t")
	}
	return []byte(strings.Join(lines, "\n")), nil
}

func (e *fileEditor) draw(p painter, screen rect) {
	in := p.box(screen, e.title)
	body, foot := in.bottom(min(1, in.h))
	e.area.SetRect(body.x, body.y, body.w, body.h)
	e.area.SetTextStyle(p.theme.plain).SetSelectedStyle(p.theme.selected)
	_, background, _ := p.theme.plain.Decompose()
	e.area.SetBackgroundColor(background)
	e.area.Focus(nil)
	if !body.empty() {
		e.area.Draw(p.screen)
	}
	if foot.empty() {
		return
	}
	p.blank(foot.x, foot.y, foot.w, p.theme.plain)
	s := "^s save   Esc leave   control characters show as escapes, and stay what they are"
	if e.asked {
		s = "there are changes: Esc again drops them, ^s saves"
	}
	if _, err := e.content(); err != nil {
		s = text.Line(err.Error())
	}
	p.text(foot.x, foot.y, foot.w, p.theme.dim, fit(s, foot.w))
}

func (e *fileEditor) key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		if e.area.GetText() == e.was || e.asked {
			return true
		}
		e.asked = true
		return false
	case tcell.KeyCtrlS:
		content, err := e.content()
		if err != nil {
			return false
		}
		if e.area.GetText() != e.was {
			e.save(content)
		}
		return true
	case tcell.KeyRune:
		if r := ev.Rune(); text.Sanitise(string(r)) != string(r) && r != '\\' {
			return false
		}
	}
	e.asked = false
	e.area.InputHandler()(ev, func(tview.Primitive) {})
	return false
}

// paste takes text from the clipboard, where what a terminal would obey becomes an escape too.
func (e *fileEditor) paste(s string) {
	if len(s) > editMax {
		return
	}
	e.area.PasteHandler()(escaped(strings.ReplaceAll(s, "\r", "\n")), func(tview.Primitive) {})
}

func (e *fileEditor) mouse(tview.MouseAction, int, int) bool { return false }
