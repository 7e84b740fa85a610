package containers

import (
	"fmt"

	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// sorted makes the rows anew after the order was changed, and begins at the first of them.
func (v *View) sorted() {
	v.build()
	v.table.Top = 0
	v.moveTo(0)
}

// sortBy sorts by a column, the other way round if it is the one sorted by.
func (v *View) sortBy(c *rows.ContainerColumn) {
	if s := v.model.Sort(); s == c {
		v.model.Reverse = !v.model.Reverse
	} else {
		v.model.SortBy(c)
	}
	v.sorted()
}

// sortNext sorts by the next or previous column; before the first is the order of PIDs.
func (v *View) sortNext(step int) {
	all := rows.ContainerColumns()
	at := -1
	for i, c := range all {
		if v.model.Sort() == c {
			at = i
		}
	}
	n := len(all) + 1
	if at = (at+1+step+n)%n - 1; at < 0 {
		v.model.SortBy(nil)
	} else {
		v.model.SortBy(all[at])
	}
	v.sorted()
}

func (v *View) askSort() {
	m := &kit.Menu{Title: "Sort by"}
	all := rows.ContainerColumns()
	for i, c := range all {
		m.Items = append(m.Items, kit.Item{Label: c.Name, Text: c.Help})
		if v.model.Sort() == c {
			m.At = i
		}
	}
	m.Pick = func(i int) bool {
		v.model.SortBy(all[i])
		v.sorted()
		return true
	}
	v.sh.Open(m)
}

func offerColumns(string) []kit.Item {
	var list []kit.Item
	for _, c := range rows.ContainerColumns() {
		list = append(list, kit.Item{Label: c.Name, Text: c.Help})
	}
	return list
}

func (v *View) sortNamed(name string) {
	c := rows.ContainerColumnNamed(name)
	if c == nil && name != "" {
		key := v.sh.KeyFor("sort")
		v.sh.Notice(rows.Warn, fmt.Sprintf("there is no column %q; %s lists them", text.New(name), key))
		return
	}
	v.model.SortBy(c)
	v.sorted()
}

// sortByHead sorts by the column whose head was clicked.
func (v *View) sortByHead(column int) { v.sortBy(v.table.Grid.(*tableGrid).columns[column]) }
