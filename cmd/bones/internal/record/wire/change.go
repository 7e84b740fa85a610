package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"time"
	"unsafe"

	"bones/procwalk/text"
)

// # Changes
//
// A value against an older one of the same type is written as what is different. That nothing is, whoever holds it
// says with one bit; so nothing is written of a value that is the same. Otherwise:
//
//	number          now less old, a signed varint, modulo 2^64
//	time            a byte: 0 the zero time; 1, and the nanoseconds from old to now, a signed varint
//	float           a byte: 0, and the bits as in a key; 1, and by how many hundredths more it is, a signed varint
//	bool, text      as in a key
//	error           a byte: 0 nil; 1, and the error as in a key
//	pointer         a byte: 0 nil; 1, and what it points to as in a key; 2, and the change of that
//	struct, array   a bitmap of the fields, or elements, that changed, and their changes
//	slice           0 nil; 1, and all of it as in a key; or, where its length is as it was, that and one more, and a
//	                bitmap and changes as of an array
//	map             a byte: 0 nil; 1, and all of it as in a key

// change appends what is different in now from old; same says that nothing is, and that b is as it was.
type change func(e *encoder, b []byte, old, now reflect.Value) (_ []byte, same bool)

// changer returns what writes the changes of a type.
func (e *encoder) changer(t reflect.Type) change {
	if c, ok := e.changers[t]; ok {
		return c
	}
	c := e.makeChanger(t)
	e.changers[t] = c
	return c
}

func (e *encoder) makeChanger(t reflect.Type) change {
	whole := e.writer(t)
	switch t {
	case textType:
		return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			if raw(old) == raw(now) {
				return b, true
			}
			return whole(e, b, now), false
		}
	case timeType:
		return changeOfTime
	case errorType:
		return changeOfError(whole)
	}
	switch k := t.Kind(); k {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(_ *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			was, is := old.Int(), now.Int()
			if was == is {
				return b, true
			}
			return binary.AppendVarint(b, is-was), false
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(_ *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			was, is := old.Uint(), now.Uint()
			if was == is {
				return b, true
			}
			return binary.AppendVarint(b, int64(is-was)), false
		}
	case reflect.Float32, reflect.Float64:
		return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			was, is := old.Float(), now.Float()
			if math.Float64bits(was) == math.Float64bits(is) {
				return b, true
			}
			by := hundredths(is) - hundredths(was)
			if math.Float64bits(moreHundredths(was, by)) == math.Float64bits(is) {
				return binary.AppendVarint(append(b, 1), by), false
			}
			return whole(e, append(b, 0), now), false
		}
	case reflect.Bool, reflect.String:
		return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			if old.Equal(now) {
				return b, true
			}
			return whole(e, b, now), false
		}
	case reflect.Map:
		return changeOfMap(whole)
	case reflect.Pointer:
		return changeOfPointer(e.writer(t.Elem()), e.changer(t.Elem()))
	case reflect.Slice:
		return changeOfSlice(whole, e.changer(t.Elem()))
	case reflect.Array:
		elem := e.changer(t.Elem())
		return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
			return e.changedParts(b, now.Len(), func(b []byte, i int) ([]byte, bool) {
				return elem(e, b, old.Index(i), now.Index(i))
			})
		}
	}
	return e.changeOfStruct(t)
}

// hundredths is how many of them a number is, as most are that the kernel prints with a point; 0 if it is so large
// that there are none.
func hundredths(f float64) int64 {
	if f = math.Round(f * 100); math.Abs(f) < 1<<52 {
		return int64(f)
	}
	return 0
}

func moreHundredths(f float64, by int64) float64 { return float64(hundredths(f)+by) / 100 }

func raw(v reflect.Value) string {
	if v.CanAddr() {
		return v.Addr().Interface().(*text.Text).Raw()
	}
	return v.Interface().(text.Text).Raw()
}

func changeOfTime(_ *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
	was, is := old.Interface().(time.Time), now.Interface().(time.Time)
	switch {
	case was.IsZero() == is.IsZero() && was.UnixNano() == is.UnixNano():
		return b, true
	case is.IsZero():
		return append(b, 0), false
	}
	return binary.AppendVarint(append(b, 1), is.UnixNano()-was.UnixNano()), false
}

func changeOfError(whole write) change {
	return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
		switch {
		case now.IsNil():
			if old.IsNil() {
				return b, true
			}
			return append(b, 0), false
		case old.IsNil():
			return whole(e, append(b, 1), now), false
		}
		at := len(b)
		b = whole(e, append(b, 1), now)
		if bytes.Equal(b[at+1:], whole(e, nil, old)) {
			return b[:at], true
		}
		return b, false
	}
}

func changeOfMap(whole write) change {
	return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
		if now.IsNil() {
			if old.IsNil() {
				return b, true
			}
			return append(b, 0), false
		}
		at := len(b)
		b = whole(e, append(b, 1), now)
		if !old.IsNil() && bytes.Equal(b[at+1:], whole(e, nil, old)) {
			return b[:at], true
		}
		return b, false
	}
}

func changeOfPointer(whole write, elem change) change {
	return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
		switch {
		case old.Pointer() == now.Pointer():
			return b, true
		case now.IsNil():
			return append(b, 0), false
		case old.IsNil():
			return whole(e, append(b, 1), now.Elem()), false
		}
		b, same := elem(e, append(b, 2), old.Elem(), now.Elem())
		if same {
			b = b[:len(b)-1]
		}
		return b, same
	}
}

func changeOfSlice(whole write, elem change) change {
	return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
		n := now.Len()
		switch {
		case n == old.Len() && old.IsNil() == now.IsNil() && (n == 0 || old.Pointer() == now.Pointer()):
			return b, true
		case now.IsNil():
			return append(b, 0), false
		case n != old.Len() || n == 0:
			return whole(e, append(b, 1), now), false
		}
		at := len(b)
		b, same := e.changedParts(binary.AppendUvarint(b, uint64(n)+1), n, func(b []byte, i int) ([]byte, bool) {
			return elem(e, b, old.Index(i), now.Index(i))
		})
		if same {
			b = b[:at]
		}
		return b, same
	}
}

func (e *encoder) changeOfStruct(t reflect.Type) change {
	type part struct {
		index        int
		offset, size uintptr
		change       change
	}
	var parts []part
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			parts = append(parts, part{i, f.Offset, f.Type.Size(), e.changer(f.Type)})
		}
	}
	return func(e *encoder, b []byte, old, now reflect.Value) ([]byte, bool) {
		was, is := address(old), address(now)
		return e.changedParts(b, len(parts), func(b []byte, i int) ([]byte, bool) {
			p := &parts[i]
			if was != nil && is != nil && alike(unsafe.Add(was, p.offset), unsafe.Add(is, p.offset), p.size) {
				return b, true // as most fields are: asking package reflect takes several times as long
			}
			return p.change(e, b, old.Field(p.index), now.Field(p.index))
		})
	}
}

// address is where a value is in memory, nil if it is nowhere.
func address(v reflect.Value) unsafe.Pointer {
	if !v.CanAddr() {
		return nil
	}
	return v.Addr().UnsafePointer()
}

// alike reports whether two values of a size are the same in memory: then they are, and so is all that they point to.
func alike(a, b unsafe.Pointer, size uintptr) bool {
	return bytes.Equal(unsafe.Slice((*byte)(a), size), unsafe.Slice((*byte)(b), size))
}

// changedParts writes a bitmap of n parts, and those that changed.
func (e *encoder) changedParts(b []byte, n int, part func([]byte, int) ([]byte, bool)) ([]byte, bool) {
	at, any := len(b), false
	for range (n + 7) / 8 {
		b = append(b, 0)
	}
	for i := range n {
		var same bool
		if b, same = part(b, i); !same {
			b[at+i/8] |= 1 << (i % 8)
			any = true
		}
	}
	if !any {
		return b[:at], true
	}
	return b, false
}
