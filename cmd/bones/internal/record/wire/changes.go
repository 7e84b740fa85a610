package wire

import (
	"encoding/binary"
	"reflect"
)

// Changes writes v against the last key, see change.go: of each field of T what is different. Rows, the elements of a
// field that is a slice of structs, are runs. A run begins with four times its length, and one of these more:
//
//	0  rows that are not in the key, as in a key
//	1  rows of the key as they are, and where they begin there
//	2  rows of the key, where they begin there, and the change of each
//
// There must have been a key. Neither it nor what it points to may have been changed since.
func (x *Encoder[T]) Changes(v *T) []byte {
	for _, s := range x.e.strings[x.e.keyed:] {
		delete(x.e.numbers, s)
	}
	x.e.strings = x.e.strings[:x.e.keyed]
	old, now := reflect.ValueOf(x.key).Elem(), reflect.ValueOf(v).Elem()
	body, same := x.e.changedParts(nil, len(x.root), func(b []byte, i int) ([]byte, bool) {
		w := &x.root[i]
		if w.rows {
			return w.changes(&x.e, b, old.Field(w.index), now.Field(w.index))
		}
		return w.change(&x.e, b, old.Field(w.index), now.Field(w.index))
	})
	if same {
		body = make([]byte, (len(x.root)+7)/8)
	}
	return append(x.e.appendStrings(binary.AppendUvarint(nil, uint64(x.e.keyed))), body...)
}

const (
	runNew = iota
	runSame
	runChanged
)

// changes writes rows.
func (w *writer) changes(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
	n := now.Len()
	if n == old.Len() && (n == 0 || old.Pointer() == now.Pointer()) && old.IsNil() == now.IsNil() {
		return b, true
	}
	begin := len(b)
	if now.IsNil() {
		return append(b, 0), false
	}
	b = binary.AppendUvarint(b, uint64(n)+1)
	kind, from, count := runNew, 0, 0       // the run that is open
	rows := w.buffer[:0]                    // its rows
	alike := n == old.Len() && !old.IsNil() // so far every row is that of the key
	flush := func() {
		if count > 0 {
			b = binary.AppendUvarint(b, uint64(count)<<2|uint64(kind))
			if kind != runNew {
				b = binary.AppendUvarint(b, uint64(from))
			}
			b = append(b, rows...)
		}
		count, rows = 0, rows[:0]
	}
	likes := make([]int32, n) // of each row, which of the key's it is, and one more; 0: none
	for i, at := 0, 0; i < n; i++ {
		row := now.Index(i)
		is, change := runNew, []byte(nil)
		if k := w.likeKey(i, old, row); k > 0 {
			at, is = k-1, runSame
		} else {
			if at, is = w.find(e, row, at); is == runChanged {
				var same bool
				if change, same = w.rowChange(e, w.rowBuffer[:0], old.Index(at), row); same {
					is = runSame
				}
			} else {
				change = w.row(e, w.rowBuffer[:0], row)
			}
			w.rowBuffer = change
		}
		if is == runSame {
			likes[i] = int32(at) + 1
		}
		alike = alike && is == runSame && at == i
		if is != kind || is != runNew && from+count != at {
			flush()
			kind, from = is, at
		}
		if is != runSame {
			rows = append(rows, change...)
		}
		if count++; is != runNew {
			at++
		}
	}
	flush()
	w.likes = likes
	if w.buffer = rows; alike {
		return b[:begin], true
	}
	return b, false
}

// likeKey looks at a row whose place in the value before had a row that was the same as one of the key: all that it
// has and points to is what that has. It returns which row of the key that is, and one more; 0: it is to be looked at.
func (w *writer) likeKey(i int, old, row reflect.Value) int {
	if i >= len(w.likes) || w.likes[i] == 0 {
		return 0
	}
	if !alike(address(old.Index(int(w.likes[i])-1)), address(row), row.Type().Size()) {
		return 0
	}
	return int(w.likes[i])
}

// find looks for the row of the key that a row is to be written against, first in the place behind the last one.
func (w *writer) find(e *encoder, row reflect.Value, at int) (int, int) {
	w.idBuffer = w.id(e, w.idBuffer[:0], row)
	if at < len(w.ids) && w.ids[at] == string(w.idBuffer) {
		return at, runChanged
	}
	if k, ok := w.at[string(w.idBuffer)]; ok {
		return k, runChanged
	}
	return at, runNew
}

// keep notes the rows of a key, by what tells one from the others.
func (w *writer) keep(e *encoder, rows reflect.Value) {
	n := rows.Len()
	w.at, w.ids, w.likes = make(map[string]int, n), make([]string, n), make([]int32, n)
	for i := range n {
		w.idBuffer = w.id(e, w.idBuffer[:0], rows.Index(i))
		w.ids[i], w.likes[i] = string(w.idBuffer), int32(i)+1
		if _, known := w.at[w.ids[i]]; !known {
			w.at[w.ids[i]] = i
		}
	}
}

// identity returns what writes that by which a row is known again: the first value that stands in it, which is a PID,
// or the key of a container. Where several rows have the same the first is taken, or the one whose turn it is.
func (e *encoder) identity(t reflect.Type) write {
	if t.Kind() == reflect.Struct && t != textType && t != timeType {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				first := e.identity(f.Type)
				return func(e *encoder, b []byte, v reflect.Value) []byte { return first(e, b, v.Field(i)) }
			}
		}
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array, reflect.Interface:
		return func(_ *encoder, b []byte, _ reflect.Value) []byte { return b } // any row may be any other's
	}
	return e.writer(t)
}
