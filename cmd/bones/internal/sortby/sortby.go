// Package sortby is what --sort means for every command that prints a table: the names of its orders, what is said
// of a name that is none, and the sorting.
package sortby

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bones/procwalk/nearest"
	"bones/procwalk/text"
)

// Order is one order of rows. One of Number, Word and Compare is set.
type Order[T any] struct {
	Name string
	// Greater says that the greatest comes first, unless the user asks for the reverse.
	Greater bool
	// Number is false for a row of which it is not known. Such rows come last in both directions.
	Number  func(*T) (float64, bool)
	Word    func(*T) string
	Compare func(a, b *T) int
}

// Orders are those of one table.
type Orders[T any] struct {
	List []Order[T]
	// Alike are other names for an order, in lower case: those in the heads of the table, and those of other tools.
	Alike map[string]string
}

// Names are the names that users give, without the other names for them.
func (o Orders[T]) Names() []string {
	names := make([]string, len(o.List))
	for i := range o.List {
		names[i] = o.List[i].Name
	}
	return names
}

// Usage is the help of the flag.
func (o Orders[T]) Usage() string {
	return "sort by `NAME`: " + strings.Join(o.Names(), ", ") + "; -NAME reverses the order"
}

// Own is the name that Names has for what a user typed.
func (o Orders[T]) Own(by string) string {
	name := strings.ToLower(strings.TrimLeft(by, "+-"))
	if own, ok := o.Alike[name]; ok {
		return own
	}
	return name
}

// Check says what is wrong with the name of an order; "" leaves the rows as they are.
func (o Orders[T]) Check(by string) error {
	if by == "" || o.at(by) >= 0 {
		return nil
	}
	hint := ""
	if near := nearest.Words(strings.TrimLeft(by, "+-"), o.Names()); len(near) > 0 {
		hint = "did you mean " + near[0] + "? "
	}
	return fmt.Errorf("--sort %q: %sthe orders are %s; a - in front reverses one", text.New(by), hint,
		strings.Join(o.Names(), ", "))
}

func (o Orders[T]) at(by string) int {
	name := o.Own(by)
	return slices.IndexFunc(o.List, func(x Order[T]) bool { return x.Name == name })
}

// Sort sorts rows by a name that Check has passed. Rows that compare as equal keep their places.
func (o Orders[T]) Sort(list []T, by string) {
	at := o.at(by)
	if by == "" || at < 0 {
		return
	}
	x := o.List[at]
	turn := 1
	if x.Greater != strings.HasPrefix(by, "-") {
		turn = -1
	}
	slices.SortStableFunc(list, func(a, b T) int {
		switch {
		case x.Compare != nil:
			return turn * x.Compare(&a, &b)
		case x.Word != nil:
			return turn * cmp.Compare(x.Word(&a), x.Word(&b))
		}
		m, known := x.Number(&a)
		n, too := x.Number(&b)
		switch {
		case known && too:
			return turn * cmp.Compare(m, n)
		case known:
			return -1
		case too:
			return 1
		}
		return 0
	})
}
