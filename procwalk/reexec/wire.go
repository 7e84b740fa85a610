package reexec

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"sync"
)

// The two ends of a wire are the same binary, so a message needs no names and no versions: every exported field
// stands in it, in the order of the type, whatever its value is. encoding/gob leaves a zero out even behind a
// pointer, where it means "0 was asked for", and encoding/json changes the bytes of names and arguments that are
// not UTF-8; both have changed what a user asked for.

// MaxMessage is how long one message may be, in bytes. Content that is longer is sent in several.
const MaxMessage = 64 << 20

// maxNested bounds how deep values are nested in a message: pointers could make a type endless.
const maxNested = 64

// Encoder writes messages. It may be used by several goroutines.
type Encoder struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
}

// NewEncoder makes an Encoder that writes to w.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w: w} }

// Encode writes one message. A value with unexported fields, maps, interfaces, functions or channels is refused.
func (e *Encoder) Encode(v any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	b, err := appendValue(append(e.buf[:0], 0, 0, 0, 0), reflect.ValueOf(v), 0)
	if err != nil {
		return err
	}
	if len(b)-4 > MaxMessage {
		return fmt.Errorf("a message of %d bytes is longer than the %d that may be", len(b)-4, MaxMessage)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	if e.buf = b; cap(b) > 1<<20 {
		e.buf = nil // a rare long one is not kept
	}
	_, err = e.w.Write(b)
	return err
}

// Decoder reads messages. It is for one goroutine at a time.
type Decoder struct{ r io.Reader }

// NewDecoder makes a Decoder that reads from r, and of r no more than the messages that were asked for.
func NewDecoder(r io.Reader) *Decoder { return &Decoder{r} }

// Decode reads one message into what v points to; all of it is set. The error is io.EOF where the other end has
// closed between messages.
func (d *Decoder) Decode(v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return errors.New("a message is read into a pointer")
	}
	var head [4]byte
	if _, err := io.ReadFull(d.r, head[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > MaxMessage {
		return fmt.Errorf("a message of %d bytes is longer than the %d that may be", n, MaxMessage)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(d.r, b); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	b, err := takeValue(b, to.Elem(), 0)
	if err == nil && len(b) > 0 {
		err = errGarbled
	}
	return err
}

var errGarbled = errors.New("a message that does not fit its type")

// ownForm reports whether a type has a binary form of its own: time.Time has.
func ownForm(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.BinaryMarshaler]()) &&
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]())
}

// appendValue is recursive over the type. Of slices and pointers the first number is 0 for nil, and else 1 more
// than the length.
func appendValue(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if !v.IsValid() || depth > maxNested {
		return nil, errors.New("nothing, or something nested too deep, does not go over the wire")
	}
	t := v.Type()
	if t.Kind() != reflect.Pointer && ownForm(t) {
		form, err := v.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		return append(binary.AppendUvarint(b, uint64(len(form))), form...), err
	}
	switch t.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1), nil
		}
		return append(b, 0), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return binary.AppendUvarint(b, v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float())), nil
	case reflect.String:
		return append(binary.AppendUvarint(b, uint64(v.Len())), v.String()...), nil
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0), nil
		}
		return appendValue(append(b, 1), v.Elem(), depth+1)
	case reflect.Slice:
		if v.IsNil() {
			return append(b, 0), nil
		}
		b = binary.AppendUvarint(b, uint64(v.Len())+1)
		if t.Elem().Kind() == reflect.Uint8 {
			return append(b, v.Bytes()...), nil
		}
		return appendElements(b, v, depth)
	case reflect.Array:
		return appendElements(b, v, depth)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				return nil, fmt.Errorf("the field %s of %s is not exported, and would not arrive", f.Name, t)
			}
			var err error
			if b, err = appendValue(b, v.Field(i), depth+1); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return nil, fmt.Errorf("a %s does not go over the wire", t)
}

func appendElements(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	for i := range v.Len() {
		if b, err = appendValue(b, v.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// takeValue sets v from the beginning of b, and returns the rest of b.
func takeValue(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth > maxNested {
		return nil, errGarbled
	}
	t := v.Type()
	if t.Kind() != reflect.Pointer && ownForm(t) {
		form, rest, err := takeBytes(b, 0)
		if err != nil {
			return nil, err
		}
		return rest, v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(form)
	}
	switch t.Kind() {
	case reflect.Bool:
		if len(b) == 0 || b[0] > 1 {
			return nil, errGarbled
		}
		v.SetBool(b[0] == 1)
		return b[1:], nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, size := binary.Varint(b)
		if size <= 0 || v.OverflowInt(n) {
			return nil, errGarbled
		}
		v.SetInt(n)
		return b[size:], nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, size := binary.Uvarint(b)
		if size <= 0 || v.OverflowUint(n) {
			return nil, errGarbled
		}
		v.SetUint(n)
		return b[size:], nil
	case reflect.Float32, reflect.Float64:
		if len(b) < 8 {
			return nil, errGarbled
		}
		v.SetFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		return b[8:], nil
	case reflect.String:
		s, rest, err := takeBytes(b, 0)
		if err == nil {
			v.SetString(string(s))
		}
		return rest, err
	case reflect.Pointer:
		if len(b) == 0 || b[0] > 1 {
			return nil, errGarbled
		}
		v.SetZero()
		if b[0] == 0 {
			return b[1:], nil
		}
		v.Set(reflect.New(t.Elem()))
		return takeValue(b[1:], v.Elem(), depth+1)
	case reflect.Slice:
		return takeSlice(b, v, depth)
	case reflect.Array:
		return takeElements(b, v, depth)
	case reflect.Struct:
		for i := range t.NumField() {
			if !t.Field(i).IsExported() {
				return nil, errGarbled
			}
			var err error
			if b, err = takeValue(b, v.Field(i), depth+1); err != nil {
				return nil, err
			}
		}
		return b, nil
	}
	return nil, errGarbled
}

func takeSlice(b []byte, v reflect.Value, depth int) ([]byte, error) {
	v.SetZero()
	if len(b) > 0 && b[0] == 0 {
		return b[1:], nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		s, rest, err := takeBytes(b, 1)
		if err == nil {
			v.SetBytes(append(make([]byte, 0, len(s)), s...))
		}
		return rest, err
	}
	n, size := binary.Uvarint(b)
	if size <= 0 || n < 1 || n-1 > uint64(len(b)) { // each takes a byte at least
		return nil, errGarbled
	}
	b = b[size:]
	v.Set(reflect.MakeSlice(v.Type(), 0, int(min(n-1, 1024)))) // and grows by what is really there
	one := reflect.New(v.Type().Elem()).Elem()
	for range n - 1 {
		one.SetZero()
		var err error
		if b, err = takeValue(b, one, depth+1); err != nil {
			return nil, err
		}
		v.Set(reflect.Append(v, one))
	}
	return b, nil
}

func takeElements(b []byte, v reflect.Value, depth int) (_ []byte, err error) {
	for i := range v.Len() {
		if b, err = takeValue(b, v.Index(i), depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// takeBytes takes bytes whose number stands before them, with more added to it.
func takeBytes(b []byte, more uint64) (s, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n < more || n-more > uint64(len(b)-size) {
		return nil, nil, errGarbled
	}
	end := size + int(n-more)
	return b[size:end], b[end:], nil
}
