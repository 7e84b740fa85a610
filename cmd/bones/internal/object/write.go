package object

import (
	"bufio"
	"bytes"
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
	var b bytes.Buffer // an Encoder makes two elements in the same memory
	enc := json.NewEncoder(&b)
	enc.SetIndent("  ", "  ")
	for e := range elements {
		b.Reset()
		if err := enc.Encode(e); err != nil {
			return err
		}
		out.WriteString(next)
		out.Write(text.SafeJSON(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))) // an error stays until Flush
		next = ",\n  "
	}
	if next[0] == '[' {
		out.WriteString("[]\n")
	} else {
		out.WriteString("\n]\n")
	}
	return out.Flush()
}

// EachAs gives what of makes of each element of a list, for WriteArray.
func EachAs[T any](list []T, of func(*T) any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for i := range list {
			if !yield(of(&list[i])) {
				return
			}
		}
	}
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

// List is a list that is never null.
func List[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// OrNull is nil for text that is not known.
func OrNull(t text.Text) *text.Text {
	if t.Len() == 0 {
		return nil
	}
	return &t
}
