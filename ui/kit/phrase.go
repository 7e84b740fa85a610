package kit

import (
	"strconv"

	"bones/procwalk/text"
	"bones/ui/rows"
)

// Plural writes a number with the word for one or for many.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// ErrorLine makes one safe line of an error, whose parts may be sanitised already.
func ErrorLine(err error) string { return rows.ErrorLine(err) }

// Short makes a name of any length fit into a title.
func Short(t text.Text) string { return Fit(t.String(), 24) }
