// Package object is what bones prints with --json: every shape stands in here, beside what makes it of the facts. What
// each field means, for the manual and the JSON Schema, stands in fields.txt of package schema.
//
// Field names are stable. Sizes are in bytes, times in seconds or RFC 3339. What is not known is null, and the
// object's "errors" says why under the field's name; it is never 0. Strings are valid UTF-8, with U+FFFD for bytes
// that are none. Whoever reads what bones has printed, as package merge does, decodes it into these shapes: null and
// a field that is not there are nil, or the zero of a field that is never null.
package object
