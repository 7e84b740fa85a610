// Package wire writes Go values down so that another version of the program can read them. What is written begins with
// a description of the types, field by field with their names: a reader passes over fields that it does not know, and
// fields that it misses are zero. There is no generated code, and nothing to keep in step by hand.
//
// # Form
//
// Numbers are varints (signed ones in zigzag form), floats eight bytes in little-endian order, texts their number in
// the table of strings, where each stands once. A pointer is a byte, 0 for nil, and what it points to. A slice is its
// length and the elements, an array the elements, a map its length and the pairs in the order of their keys. A struct
// is a bitmap of the fields that are not zero, the first field in bit 0 of the first byte, and those fields. A time is
// its nanoseconds since 1970, an error as in errors.go.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"time"

	"bones/procwalk/text"
)

// kind is how a value is written.
type kind byte

const (
	kindBool kind = iota + 1
	kindInt
	kindUint
	kindFloat
	kindText // string, or text.Text
	kindTime
	kindError
	kindPointer // of elem
	kindSlice   // of elem
	kindArray   // of elem, length of them
	kindMap     // from key to elem
	kindStruct  // fields
)

// shape describes how values of one type are written. A schema is a list of them that name each other by number.
type shape struct {
	kind      kind
	elem, key int // of the schema
	length    int // of an array
	fields    []field
}

// field is one field of a struct.
type field struct {
	name  string
	shape int
}

// minimum is the least number of bytes that a value of the shape takes: how many there can be in what is left is
// known before room is made for them.
func (s *shape) minimum() int {
	if s.kind == kindStruct {
		return (len(s.fields) + 7) / 8
	}
	return 1
}

var (
	textType  = reflect.TypeFor[text.Text]()
	timeType  = reflect.TypeFor[time.Time]()
	errorType = reflect.TypeFor[error]()
)

// schemaOf describes a type and all that it is made of. known holds the numbers of those that stand in the list.
func schemaOf(t reflect.Type, list []shape, known map[reflect.Type]int) ([]shape, int, error) {
	if n, ok := known[t]; ok {
		if list[n].kind == 0 {
			return nil, 0, fmt.Errorf("%s contains itself", t)
		}
		return list, n, nil
	}
	n := len(list)
	known[t] = n
	list = append(list, shape{})
	s, list, err := shapeOf(t, list, known)
	if err != nil {
		return nil, 0, err
	}
	list[n] = s
	return list, n, nil
}

func shapeOf(t reflect.Type, list []shape, known map[reflect.Type]int) (s shape, _ []shape, err error) {
	if s.kind, err = kindOf(t); err != nil {
		return s, list, fmt.Errorf("%s cannot be written", t)
	}
	switch s.kind {
	case kindPointer, kindSlice, kindArray:
		if s.kind == kindArray {
			s.length = t.Len()
		}
		list, s.elem, err = schemaOf(t.Elem(), list, known)
	case kindMap:
		if list, s.key, err = schemaOf(t.Key(), list, known); err == nil {
			list, s.elem, err = schemaOf(t.Elem(), list, known)
		}
	case kindStruct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue // Data and New of what holds it see to it
			}
			part := field{name: f.Name}
			if list, part.shape, err = schemaOf(f.Type, list, known); err != nil {
				return s, list, err
			}
			s.fields = append(s.fields, part)
		}
		if len(s.fields) == 0 {
			err = fmt.Errorf("%s has no field that can be written", t)
		}
	}
	return s, list, err
}

// maxShapes and maxFields bound what a schema that was read may hold: those of this program have some hundred.
const (
	maxShapes = 4096
	maxFields = 4096
)

// appendSchema writes a list of shapes.
func appendSchema(b []byte, list []shape) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		s := &list[i]
		b = append(b, byte(s.kind))
		switch s.kind {
		case kindPointer, kindSlice:
			b = binary.AppendUvarint(b, uint64(s.elem))
		case kindArray:
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(s.elem)), uint64(s.length))
		case kindMap:
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(s.key)), uint64(s.elem))
		case kindStruct:
			b = binary.AppendUvarint(b, uint64(len(s.fields)))
			for _, f := range s.fields {
				b = binary.AppendUvarint(b, uint64(len(f.name)))
				b = append(b, f.name...)
				b = binary.AppendUvarint(b, uint64(f.shape))
			}
		}
	}
	return b
}

var errSchema = errors.New("its description of types is damaged")

// readSchema reads what appendSchema wrote. No shape contains itself, so that whoever follows them comes to an end.
func readSchema(r *reader) ([]shape, error) {
	n := r.length(1)
	if r.err != nil || n == 0 || n > maxShapes {
		return nil, errSchema
	}
	list := make([]shape, n)
	other := func() int {
		v := r.uvarint()
		if v >= uint64(n) {
			r.fail(errSchema)
			return 0
		}
		return int(v)
	}
	fields := 0
	for i := range list {
		s := &list[i]
		s.kind = kind(r.byte())
		switch s.kind {
		case kindPointer, kindSlice:
			s.elem = other()
		case kindArray:
			if s.elem, s.length = other(), r.small(1<<16); s.length == 0 {
				return nil, errSchema // it would take no byte, and any number of them would fit
			}
		case kindMap:
			s.key, s.elem = other(), other()
		case kindStruct:
			count := r.length(2)
			if fields += count; count == 0 || fields > maxFields {
				return nil, errSchema
			}
			s.fields = make([]field, count)
			for k := range s.fields {
				s.fields[k].name = string(r.bytes(r.length(1)))
				s.fields[k].shape = other()
			}
		case kindBool, kindInt, kindUint, kindFloat, kindText, kindTime, kindError:
		default:
			return nil, errSchema
		}
		if r.err != nil {
			return nil, errSchema
		}
	}
	return list, ordered(list)
}

// ordered reports an error if a shape contains itself.
func ordered(list []shape) error {
	state := make([]byte, len(list)) // 1: being looked at, 2: in order
	var look func(i, depth int) error
	look = func(i, depth int) error {
		if state[i] == 2 {
			return nil
		}
		if state[i] == 1 || depth > 64 {
			return errSchema
		}
		state[i] = 1
		s := &list[i]
		var parts []int
		switch s.kind {
		case kindPointer, kindSlice, kindArray:
			parts = []int{s.elem}
		case kindMap:
			parts = []int{s.key, s.elem}
		}
		for _, f := range s.fields {
			parts = append(parts, f.shape)
		}
		for _, p := range parts {
			if err := look(p, depth+1); err != nil {
				return err
			}
		}
		state[i] = 2
		return nil
	}
	for i := range list {
		if err := look(i, 0); err != nil {
			return err
		}
	}
	return nil
}
