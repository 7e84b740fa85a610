package files

import "bones/procwalk/rootfs"

// Entry is the name of the selected entry.
func (v *View) Entry() string { return v.cursor.Key }

// Path is the directory that the user is in.
func (v *View) Path() string { return v.path }

// Where is the root that it is in.
func (v *View) Where() rootfs.Where { return v.where }

// Shift is by how much the wide column is scrolled.
func (v *View) Shift() int { return v.table.Shift }
