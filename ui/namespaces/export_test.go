package namespaces

import (
	"bones/nsview"
	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Key is that of the selected line, and Row its position.
func (v *View) Key() nsview.Key { return v.cursor.Key }
func (v *View) Row() int        { return v.cursor.Row }

// Inside reports whether the members have the focus; Member is the PID of the selected one.
func (v *View) Inside() bool { return v.panes.Inside }
func (v *View) Member() int  { return v.member.PID }

// Lines are those of the list, and Namespace the selected one.
func (v *View) Lines() []rows.NSLine          { return v.list.Lines() }
func (v *View) Namespace() *nsview.Namespace  { return v.namespace() }
func (v *View) Snapshot() *procwalk.Snapshot  { return v.snap() }
func (v *View) Areas() (left, right kit.Rect) { return v.panes.Areas() }

// Shift is by how much the wide column is scrolled.
func (v *View) Shift() int { return v.panes.Focused().Shift }
