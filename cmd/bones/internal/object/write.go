package object

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"

	"bones/procwalk/text"
)

// What is written here is safe to show on a terminal, whatever stands in it: labels are keys, and errors name files.

// WriteArray writes a JSON array, indented by two, one element at a time.
func WriteArray(w io.Writer, elements iter.Seq[any]) error {
	out := bufio.NewWriterSize(w, 64<<10)
	next := "[\n  "
	for e := range elements {
		b, err := json.MarshalIndent(e, "  ", "  ")
		if err != nil {
			return err
		}
		out.WriteString(next)
		out.Write(text.SafeJSON(b)) // an error stays until Flush
		next = ",\n  "
	}
	if next[0] == '[' {
		out.WriteString("[]\n")
	} else {
		out.WriteString("\n]\n")
	}
	return out.Flush()
}

// Write writes one object, indented by two.
func Write(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text.SafeJSON(b), '\n'))
	return err
}

// OrNull is nil for text that is not known.
func OrNull(t text.Text) *text.Text {
	if t.Len() == 0 {
		return nil
	}
	return &t
}
