package files

import (
	"fmt"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// editMax is how much can be edited here, in bytes.
const editMax = 256 << 10

// edit reads a small file and opens an editor for it.
func (v *View) edit() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular {
		v.sh.Notice(rows.Warn, "only a regular file can be edited")
		return
	}
	if i.Size > editMax {
		v.sh.Notice(rows.Warn, fmt.Sprintf(
			"it is larger than %d KiB; bones files edit takes your own editor", editMax>>10))
		return
	}
	v.startOpening(i, true)
}

// fileEditor edits a small file. What a terminal would obey stands there as an escape, which saving turns back.
type fileEditor struct {
	area  *tview.TextArea
	title string
	save  func([]byte)
	was   string
	asked bool // Esc was pressed with changes

	saving bool   // it is being written
	failed string // why it could not be saved, and where the text is beside here; safe to print
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

// Draw implements kit.Dialog.
func (e *fileEditor) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(screen, e.title)
	body, foot := in.Bottom(min(1, in.H))
	e.area.SetRect(body.X, body.Y, body.W, body.H)
	e.area.SetTextStyle(p.Theme.Plain).SetSelectedStyle(p.Theme.Selected)
	_, background, _ := p.Theme.Plain.Decompose()
	e.area.SetBackgroundColor(background)
	e.area.Focus(nil)
	if !body.Empty() {
		e.area.Draw(p.Screen)
	}
	if foot.Empty() {
		return
	}
	p.Blank(foot.X, foot.Y, foot.W, p.Theme.Plain)
	s := "^s save   Esc leave   control characters show as escapes, and stay what they are"
	style := p.Theme.Dim
	if e.failed != "" {
		s, style = e.failed, p.Theme.Bad
	}
	if e.saving {
		s = "saving ..."
	}
	if e.asked {
		s = "unsaved changes: Esc again discards them, ^s saves"
	}
	if _, err := e.content(); err != nil {
		s = kit.ErrorLine(err)
	}
	p.Text(foot.X, foot.Y, foot.W, style, kit.Fit(s, foot.W))
}

// Key implements kit.Dialog.
func (e *fileEditor) Key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		if e.area.GetText() == e.was || e.asked {
			return true
		}
		e.asked = true
		return false
	case tcell.KeyCtrlS:
		content, err := e.content()
		if err != nil || e.saving {
			return false
		}
		if e.area.GetText() == e.was {
			return true
		}
		// It closes once the text is saved: until then nobody else has it.
		e.save(content)
		return false
	case tcell.KeyRune:
		if r := ev.Rune(); text.Sanitise(string(r)) != string(r) && r != '\\' {
			return false
		}
	}
	e.asked = false
	e.area.InputHandler()(ev, func(tview.Primitive) {})
	return false
}

// Paste implements kit.Paster: it takes text from the clipboard, where what a terminal would obey becomes an escape
// too.
func (e *fileEditor) Paste(s string) {
	if len(s) > editMax {
		return
	}
	e.area.PasteHandler()(escaped(strings.ReplaceAll(s, "\r", "\n")), func(tview.Primitive) {})
}

// Mouse implements kit.Dialog.
func (e *fileEditor) Mouse(tview.MouseAction, int, int) bool { return false }
