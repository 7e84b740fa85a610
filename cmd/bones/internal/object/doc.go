// Package object is what bones prints with --json: every shape stands in here, beside what makes it of the facts.
//
// Field names are stable. Sizes are in bytes, times in seconds or RFC 3339. What is not known is null, and the
// object's "errors" says why under the field's name; it is never 0. Strings are valid UTF-8, with U+FFFD for bytes
// that are none.
package object
