package main

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"
)

// writeArray writes a JSON array, indented by two, one element at a time.
func writeArray(w io.Writer, elements iter.Seq[any]) error {
	out := bufio.NewWriterSize(w, 64<<10)
	next := "[\n  "
	for e := range elements {
		b, err := json.MarshalIndent(e, "  ", "  ")
		if err != nil {
			return err
		}
		out.WriteString(next)
		out.Write(b) // an error stays until Flush
		next = ",\n  "
	}
	if next[0] == '[' {
		out.WriteString("[]\n")
	} else {
		out.WriteString("\n]\n")
	}
	return out.Flush()
}

// printJSON writes one object, indented by two.
func (a *app) printJSON(v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(b, '\n'))
	return err
}
