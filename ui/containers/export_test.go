package containers

import "bones/ui/rows"

// Key is that of the selected container.
func (v *View) Key() string { return v.cursor.Key }

// Sort is the column that the table is sorted by.
func (v *View) Sort() *rows.ContainerColumn { return v.model.Sort() }

// Shift is by how much the wide column is scrolled.
func (v *View) Shift() int { return v.table.Shift }
