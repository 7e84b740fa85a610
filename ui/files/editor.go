package ui

import (
	"fmt"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// editMax is how much can be edited here, in bytes.
const editMax = 256 << 10

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
				v.save(rootfs.Op{Kind: "put", Path: path, Content: content,
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
