package fault

import (
	"strings"

	"bones/procwalk/text"
)

// Line is an error in one line that is safe to print. Errors that were joined stand one behind the other, with a
// semicolon in between; a line break in anything else, such as a file's name, is escaped.
func Line(err error) string { return text.Line(joined(err.Error(), err)) }

// joined takes the line breaks that errors.Join makes out of said, which err's words are part of.
func joined(said string, err error) string {
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return joined(said, inner)
		}
	case interface{ Unwrap() []error }:
		var words []string
		for _, one := range e.Unwrap() {
			said = joined(said, one)
			words = append(words, joined(one.Error(), one))
		}
		if len(words) > 1 && isJoin(err) {
			return strings.ReplaceAll(said, strings.Join(words, "\n"), strings.Join(words, "; "))
		}
	}
	return said
}

// isJoin reports whether errors.Join, or who does the same, made an error.
func isJoin(err error) bool {
	var words []string
	for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
		words = append(words, one.Error())
	}
	return err.Error() == strings.Join(words, "\n")
}
