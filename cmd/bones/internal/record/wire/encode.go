package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"bones/procwalk/text"
)

// Encoder writes values of T, a struct. Key writes one whole, Changes what is different in one from the last key.
// It is for one goroutine.
type Encoder[T any] struct {
	e      encoder
	key    *T // the last
	schema []byte
	root   []writer // of each field of T that is written
}

// NewEncoder returns an Encoder. Of known errors those who read know which they were (errors.Is).
func NewEncoder[T any](known ...error) (*Encoder[T], error) {
	t := reflect.TypeFor[T]()
	list, _, err := schemaOf(t, nil, map[reflect.Type]int{})
	if err != nil {
		return nil, err
	}
	x := &Encoder[T]{schema: appendSchema(nil, list), e: encoder{known: known,
		writers: map[reflect.Type]write{}, changers: map[reflect.Type]change{}}}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			w := writer{index: i, write: x.e.writer(f.Type), change: x.e.changer(f.Type)}
			if w.rows = isRows(f.Type); w.rows {
				of := f.Type.Elem()
				w.row, w.rowChange, w.id = x.e.writer(of), x.e.changer(of), x.e.identity(of)
			}
			x.root = append(x.root, w)
		}
	}
	return x, nil
}

func isRows(t reflect.Type) bool {
	if t.Kind() != reflect.Slice {
		return false
	}
	k, err := kindOf(t.Elem())
	return err == nil && k == kindStruct
}

// Key writes v whole, with the description of its type.
func (x *Encoder[T]) Key(v *T) []byte {
	x.e.strings, x.e.numbers, x.e.keyed = nil, map[string]int{}, 0
	value := reflect.ValueOf(v).Elem()
	body := x.body(value)
	for i := range x.root {
		if w := &x.root[i]; w.rows {
			w.keep(&x.e, value.Field(w.index))
		}
	}
	x.key = v
	room := len(x.schema) + len(body) + binary.MaxVarintLen64
	for _, s := range x.e.strings {
		room += len(s) + binary.MaxVarintLen32
	}
	// Not grown step by step: whoever compresses against the key keeps it.
	out := x.e.appendStrings(append(make([]byte, 0, room), x.schema...))
	x.e.keyed = len(x.e.strings)
	return append(out, body...)
}

// body writes the fields of T.
func (x *Encoder[T]) body(v reflect.Value) []byte {
	b := make([]byte, (len(x.root)+7)/8, 4096)
	for i := range x.root {
		w := &x.root[i]
		f := v.Field(w.index)
		if f.IsZero() {
			continue
		}
		b[i/8] |= 1 << (i % 8)
		b = w.write(&x.e, b, f)
	}
	return b
}

// write appends a value.
type write func(e *encoder, b []byte, v reflect.Value) []byte

// writer writes one field of T. Of rows it keeps by what those of the last key are known again.
type writer struct {
	index  int
	write  write
	change change

	rows      bool
	row, id   write
	rowChange change
	ids       []string
	at        map[string]int // the first row of each
	likes     []int32        // of the rows of the last value, which of the key's each was the same as, and one more

	buffer, rowBuffer, idBuffer []byte
}

// encoder is what the values of one Encoder share.
type encoder struct {
	known   []error
	writers map[reflect.Type]write

	changers map[reflect.Type]change
	strings  []string
	numbers  map[string]int
	keyed    int // how many of the strings are the key's
}

func (e *encoder) appendText(b []byte, s string) []byte {
	n, ok := e.numbers[s]
	if !ok {
		n = len(e.strings)
		e.numbers[s] = n
		e.strings = append(e.strings, s)
	}
	return binary.AppendUvarint(b, uint64(n))
}

// appendStrings writes those that are not the key's.
func (e *encoder) appendStrings(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(e.strings)-e.keyed))
	for _, s := range e.strings[e.keyed:] {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// writer returns what writes a type; schemaOf has seen that all of it can be written.
func (e *encoder) writer(t reflect.Type) write {
	if w, ok := e.writers[t]; ok {
		return w
	}
	w := e.makeWriter(t)
	e.writers[t] = w
	return w
}

func (e *encoder) makeWriter(t reflect.Type) write {
	switch t {
	case textType:
		return func(e *encoder, b []byte, v reflect.Value) []byte {
			if v.CanAddr() {
				return e.appendText(b, v.Addr().Interface().(*text.Text).Raw())
			}
			return e.appendText(b, v.Interface().(text.Text).Raw())
		}
	case timeType:
		return func(_ *encoder, b []byte, v reflect.Value) []byte {
			return binary.AppendVarint(b, v.Interface().(time.Time).UnixNano())
		}
	case errorType:
		return func(e *encoder, b []byte, v reflect.Value) []byte {
			return e.appendError(b, v.Interface().(error))
		}
	}
	switch t.Kind() {
	case reflect.Bool:
		return func(_ *encoder, b []byte, v reflect.Value) []byte {
			if v.Bool() {
				return append(b, 1)
			}
			return append(b, 0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(_ *encoder, b []byte, v reflect.Value) []byte { return binary.AppendVarint(b, v.Int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(_ *encoder, b []byte, v reflect.Value) []byte { return binary.AppendUvarint(b, v.Uint()) }
	case reflect.Float32, reflect.Float64:
		return func(_ *encoder, b []byte, v reflect.Value) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
		}
	case reflect.String:
		return func(e *encoder, b []byte, v reflect.Value) []byte { return e.appendText(b, v.String()) }
	case reflect.Pointer:
		elem := e.writer(t.Elem())
		return func(e *encoder, b []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(b, 0)
			}
			return elem(e, append(b, 1), v.Elem())
		}
	case reflect.Slice, reflect.Array:
		elem, array := optional(e, t.Elem()), t.Kind() == reflect.Array
		return func(e *encoder, b []byte, v reflect.Value) []byte {
			if !array {
				b = binary.AppendUvarint(b, uint64(v.Len()))
			}
			for i := range v.Len() {
				b = elem(e, b, v.Index(i))
			}
			return b
		}
	case reflect.Map:
		return mapWriter(optional(e, t.Key()), optional(e, t.Elem()))
	case reflect.Struct:
		return e.structWriter(t)
	}
	panic(fmt.Sprintf("%s has a shape and cannot be written", t))
}

// optional writes a value that may be a nil error, which within a struct is left out: a byte says so before it.
func optional(e *encoder, t reflect.Type) write {
	w := e.writer(t)
	if t != errorType {
		return w
	}
	return func(e *encoder, b []byte, v reflect.Value) []byte {
		if v.IsNil() {
			return append(b, 0)
		}
		return w(e, append(b, 1), v)
	}
}

func mapWriter(key, elem write) write {
	return func(e *encoder, b []byte, v reflect.Value) []byte {
		type pair struct {
			key   []byte
			value reflect.Value
		}
		pairs := make([]pair, 0, v.Len())
		for it := v.MapRange(); it.Next(); {
			pairs = append(pairs, pair{key(e, nil, it.Key()), it.Value()})
		}
		slices.SortFunc(pairs, func(a, b pair) int { return bytes.Compare(a.key, b.key) })
		b = binary.AppendUvarint(b, uint64(len(pairs)))
		for _, p := range pairs {
			b = elem(e, append(b, p.key...), p.value)
		}
		return b
	}
}

func (e *encoder) structWriter(t reflect.Type) write {
	var parts []writer
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			parts = append(parts, writer{index: i, write: e.writer(f.Type)})
		}
	}
	bitmap := make([]byte, (len(parts)+7)/8)
	return func(e *encoder, b []byte, v reflect.Value) []byte {
		at := len(b)
		b = append(b, bitmap...)
		for i := range parts {
			f := v.Field(parts[i].index)
			if f.IsZero() {
				continue
			}
			b[at+i/8] |= 1 << (i % 8)
			b = parts[i].write(e, b, f)
		}
		return b
	}
}
