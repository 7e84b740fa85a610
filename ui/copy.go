package ui

import (
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// copySelected copies what the view says of its selection.
func (u *UI) copySelected() {
	s := ""
	if v, ok := u.View().(kit.Copier); ok {
		s = v.Copied()
	}
	if s == "" {
		u.say(rows.Dim, "there is nothing selected to copy")
		return
	}
	u.opt.Copy(s)
	u.say(rows.Plain, "copied: "+text.Line(s))
}
