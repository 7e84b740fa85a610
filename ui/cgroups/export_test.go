package cgroups

import "bones/cgroupview"

// MarkFor and ChildLimit are limits of the view.
const (
	MarkFor       = markFor
	ChildLimit    = childLimit
	EverywhereMax = everywhereMax
)

// ToList is how many of so many unfolded groups a refresh lists where page lines are in view; loaded says whether all
// were listed before.
func ToList(groups, page int, loaded bool) int {
	var lines []*node
	for range groups {
		lines = append(lines, &node{group: &cgroupview.Group{}, open: true, loaded: loaded})
	}
	return len(toList(lines, 0, page))
}

// Key tells the selected group; Path and Mount are its parts.
func (v *View) Key() any      { return v.cursor.Key }
func (v *View) Path() string  { return v.cursor.Key.path }
func (v *View) Mount() string { return v.cursor.Key.mount }

// Row is the position of the selected line among so many Lines; Open reports whether it is unfolded.
func (v *View) Row() int   { return v.cursor.Row }
func (v *View) Lines() int { return len(v.tree.lines) }
func (v *View) Open() bool { return v.node().open }

// Inside reports whether the files have the focus; File is the selected one.
func (v *View) Inside() bool { return v.panes.Inside }
func (v *View) File() string { return v.file }

// Marked reports whether a file is marked as changed.
func (v *View) Marked(file string) bool { return v.marked(file) }

// Shift is by how much the wide column is scrolled.
func (v *View) Shift() int { return v.panes.Focused().Shift }
