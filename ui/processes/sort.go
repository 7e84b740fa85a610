package processes

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// askSort lets the user choose the column to sort by.
func (v *View) askSort() {
	tree := kit.Item{Label: "(tree)", Text: "the order of the tree: siblings by age"}
	m := &kit.Menu{Title: "Sort by", Items: []kit.Item{tree}}
	chosen := v.model.Chosen()
	for _, c := range chosen {
		m.Items = append(m.Items, kit.Item{Label: c.Title, Text: c.Help})
		if s := v.model.Sort(); s != nil && s.Name == c.Name {
			m.At = len(m.Items) - 1
		}
	}
	m.Pick = func(i int) bool {
		if i == 0 {
			v.model.SortBy(nil)
		} else {
			v.model.SortBy(chosen[i-1])
		}
		v.sorted()
		return true
	}
	v.sh.Open(m)
}

// sorted makes the rows anew after the order was changed, and begins at the first of them: whoever sorts by memory
// wants to see who uses most. A process that is followed stays where it is.
func (v *View) sorted() {
	v.build()
	if v.follow {
		v.reveal()
		return
	}
	v.table.Top = 0
	v.moveTo(0)
}

// sortBy sorts by a column, the other way round if it is the one sorted by.
func (v *View) sortBy(c *rows.Column) {
	if s := v.model.Sort(); s != nil && c != nil && s.Name == c.Name {
		v.invert()
		return
	}
	v.model.SortBy(c)
	v.sorted()
}

// sortNext sorts by the next or previous of the chosen columns; before the first is the order of the tree.
func (v *View) sortNext(step int) {
	chosen := v.model.Chosen()
	at := -1
	for i, c := range chosen {
		if s := v.model.Sort(); s != nil && s.Name == c.Name {
			at = i
		}
	}
	n := len(chosen) + 1
	at = (at+1+step+n)%n - 1
	if at < 0 {
		v.model.SortBy(nil)
	} else {
		v.model.SortBy(chosen[at])
	}
	v.sorted()
}

func (v *View) offerColumns(string) []kit.Item {
	list := []kit.Item{{Label: "tree", Text: "the order of the tree: siblings by age"}}
	for _, c := range rows.Columns() {
		list = append(list, kit.Item{Label: c.Name, Text: c.Help})
	}
	return list
}

func (v *View) sortNamed(name string) {
	if name == "" || strings.EqualFold(name, "tree") {
		v.model.SortBy(nil)
	} else if c := rows.ColumnNamed(name); c != nil {
		v.model.SortBy(c)
	} else {
		key := v.sh.KeyFor("columns")
		v.sh.Notice(rows.Warn, fmt.Sprintf("there is no column %q; %s lists them", text.New(name), key))
		return
	}
	v.sorted()
}

// list shows all processes as a list by a column: in a forest it would order siblings alone, and who has the most
// would stand anywhere.
func (v *View) list(name string) {
	if !v.model.Flat {
		v.model.Flat = true
		v.sh.Notice(rows.Plain, fmt.Sprintf("a list by %s; %s goes back to the forest", name, v.sh.KeyFor("tree")))
	}
	v.sortNamed(name)
}
