package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"time"

	"bones/procwalk/text"
)

// Decoder reads what an Encoder of the same, an earlier or a later version of T wrote. What it returns shares the rows
// of the key between moments: nobody may change them. It is for one goroutine.
type Decoder[T any] struct {
	d      decoder
	limit  int
	schema []byte // of the last key
	root   []rootField
	key    *T
	keyed  int // how many strings are the key's
	spent  int // bytes of memory that the key takes
}

// rootField reads one field of the recorded T.
type rootField struct {
	index int // in T; -1: not there, or of another kind
	read  read
	rows  bool
	row   read
	size  uintptr
	min   int

	change, rowChange read
}

// NewDecoder returns a Decoder that makes at most so many bytes of memory for one value, about. known are the
// encoder's.
func NewDecoder[T any](limit int, known ...error) *Decoder[T] {
	return &Decoder[T]{d: decoder{known: known}, limit: limit}
}

// MemoryTaken is how many bytes of memory the value takes that was read last: of one against a key, with what it
// shares with the key.
func (x *Decoder[T]) MemoryTaken() int { return x.limit - x.d.r.budget }

// Key reads what Encoder.Key wrote.
func (x *Decoder[T]) Key(b []byte) (*T, error) {
	x.key, x.d.strings = nil, nil
	r := &x.d.r
	*r = reader{b: b, budget: x.limit}
	list, err := readSchema(r)
	if err != nil {
		return nil, err
	}
	if schema := b[:len(b)-len(r.b)]; !bytes.Equal(schema, x.schema) {
		if err := x.plan(list); err != nil {
			return nil, err
		}
		x.schema = bytes.Clone(schema)
	}
	x.d.readStrings()
	v := x.body(func(f *rootField, slice reflect.Value) {
		n := r.length(f.min)
		if !r.room(n, f.size) {
			return
		}
		slice.Set(reflect.MakeSlice(slice.Type(), n, n))
		for i := 0; i < n && r.err == nil; i++ {
			f.row(&x.d, slice.Index(i))
		}
	})
	if r.err != nil {
		return nil, r.err
	}
	x.key, x.keyed, x.spent = v, len(x.d.strings), x.limit-r.budget
	return v, nil
}

// Delta reads what earlier versions wrote against the key that was read last: its fields as in a key, but for rows,
// which are runs. A run begins with twice its length, or twice its length and one: rows as in a key, or rows of the
// key and where they begin there.
func (x *Decoder[T]) Delta(b []byte) (*T, error) {
	r := &x.d.r
	*r = reader{b: b, budget: x.limit - x.spent}
	if x.key == nil || r.uvarint() != uint64(x.keyed) {
		return nil, fmt.Errorf("%w: it was written against another key frame", ErrDamaged)
	}
	x.d.strings = x.d.strings[:x.keyed:x.keyed]
	x.d.readStrings()
	key := reflect.ValueOf(x.key).Elem()
	v := x.body(func(f *rootField, slice reflect.Value) { x.delta(f, slice, key) })
	if r.err != nil {
		return nil, r.err
	}
	return v, nil
}

// delta reads runs of rows. The rows of a field that T has not are passed over.
func (x *Decoder[T]) delta(f *rootField, slice, key reflect.Value) {
	r := &x.d.r
	n := r.small(1 << 24)
	var old reflect.Value
	if f.index >= 0 {
		if old = key.Field(f.index); !r.room(n, f.size) {
			return
		}
		slice.Set(reflect.MakeSlice(slice.Type(), n, n))
	}
	for i := 0; i < n && r.err == nil; {
		run := r.uvarint()
		count := int(min(run>>1, 1<<24))
		if count == 0 || count > n-i {
			r.fail(ErrDamaged)
			return
		}
		if run&1 == 1 {
			from := r.small(1 << 24)
			if f.index >= 0 {
				if from+count > old.Len() {
					r.fail(ErrDamaged)
					return
				}
				reflect.Copy(slice.Slice(i, i+count), old.Slice(from, from+count))
			}
			i += count
			continue
		}
		for range count {
			if r.err != nil {
				return
			}
			row := reflect.Value{}
			if f.index >= 0 {
				row = slice.Index(i)
			}
			f.row(&x.d, row)
			i++
		}
	}
}

// body reads the fields of the recorded T; rows are read as told.
func (x *Decoder[T]) body(rows func(*rootField, reflect.Value)) *T {
	v := new(T)
	to := reflect.ValueOf(v).Elem()
	r := &x.d.r
	set := bytes.Clone(r.bytes((len(x.root) + 7) / 8))
	for i := range x.root {
		if r.err != nil {
			break
		}
		if set[i/8]&(1<<(i%8)) == 0 {
			continue
		}
		f := &x.root[i]
		field := reflect.Value{}
		if f.index >= 0 {
			field = to.Field(f.index)
		}
		switch {
		case f.rows && (f.index >= 0 || x.key != nil):
			rows(f, field)
		default:
			f.read(&x.d, field)
		}
	}
	return v
}

// plan works out how what was recorded comes into T.
func (x *Decoder[T]) plan(list []shape) error {
	p := &planner{list: list, done: map[planned]read{}, changes: map[planned]read{}, slabs: map[reflect.Type]*slab{}}
	t := reflect.TypeFor[T]()
	if list[0].kind != kindStruct {
		return errSchema
	}
	x.root = nil
	for _, f := range list[0].fields {
		s := &list[f.shape]
		root := rootField{index: -1, rows: s.kind == kindSlice && list[s.elem].kind == kindStruct}
		to, known := t.FieldByName(f.name)
		if known && len(to.Index) == 1 && to.IsExported() && p.fits(to.Type, f.shape) {
			root.index = to.Index[0]
		} else {
			to.Type = nil
		}
		root.read, root.change = p.reader(to.Type, f.shape), p.changer(to.Type, f.shape)
		if root.rows {
			of := elem(to.Type)
			if of != nil {
				root.size = of.Size()
			}
			root.row, root.rowChange, root.min = p.reader(of, s.elem), p.changer(of, s.elem), list[s.elem].minimum()
		}
		x.root = append(x.root, root)
	}
	return nil
}

// read reads one value; into nothing, if v is not valid.
type read func(d *decoder, v reflect.Value)

// decoder is what the values of one Decoder share.
type decoder struct {
	r       reader
	known   []error
	strings []string
}

func (d *decoder) readStrings() {
	n := d.r.length(1)
	if !d.r.room(n, 16) {
		return
	}
	for i := 0; i < n && d.r.err == nil; i++ {
		b := d.r.bytes(d.r.length(1))
		if !d.r.room(len(b), 1) {
			return
		}
		d.strings = append(d.strings, string(b))
	}
}

func (d *decoder) text() string {
	n := d.r.uvarint()
	if n >= uint64(len(d.strings)) {
		d.r.fail(ErrDamaged)
		return ""
	}
	return d.strings[n]
}

// planner makes readers, each once.
type planner struct {
	list []shape
	done map[planned]read

	changes map[planned]read
	slabs   map[reflect.Type]*slab
}

type planned struct {
	t     reflect.Type // nil: what was recorded is passed over
	shape int
}

// fits reports whether what was recorded is of the kind that a type has now.
func (p *planner) fits(t reflect.Type, n int) bool {
	mine, err := kindOf(t)
	return err == nil && mine == p.list[n].kind
}

func kindOf(t reflect.Type) (kind, error) {
	// Its parts do not matter here: those that do not fit are left out one by one.
	switch t {
	case textType:
		return kindText, nil
	case timeType:
		return kindTime, nil
	case errorType:
		return kindError, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return kindBool, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return kindUint, nil
	case reflect.Float32, reflect.Float64:
		return kindFloat, nil
	case reflect.String:
		return kindText, nil
	case reflect.Pointer:
		return kindPointer, nil
	case reflect.Slice:
		return kindSlice, nil
	case reflect.Array:
		return kindArray, nil
	case reflect.Map:
		return kindMap, nil
	case reflect.Struct:
		return kindStruct, nil
	}
	return 0, fmt.Errorf("%s cannot be read", t)
}

// reader returns what reads shape n into a type, or passes over it.
func (p *planner) reader(t reflect.Type, n int) read {
	if t != nil && !p.fits(t, n) {
		t = nil
	}
	at := planned{t, n}
	if r, ok := p.done[at]; ok {
		return r
	}
	r := p.build(t, n)
	p.done[at] = r
	return r
}

// build makes the reader of a shape.
//
// Long: one case for each kind.
func (p *planner) build(t reflect.Type, n int) read {
	s := &p.list[n]
	switch s.kind {
	case kindBool:
		return func(d *decoder, v reflect.Value) {
			if on := d.r.byte() != 0; v.IsValid() {
				v.SetBool(on)
			}
		}
	case kindInt:
		return func(d *decoder, v reflect.Value) {
			i := d.r.varint()
			if !v.IsValid() {
				return
			}
			if v.OverflowInt(i) {
				d.r.fail(ErrDamaged)
				return
			}
			v.SetInt(i)
		}
	case kindUint:
		return func(d *decoder, v reflect.Value) {
			u := d.r.uvarint()
			if !v.IsValid() {
				return
			}
			if v.OverflowUint(u) {
				d.r.fail(ErrDamaged)
				return
			}
			v.SetUint(u)
		}
	case kindFloat:
		return func(d *decoder, v reflect.Value) {
			if f := d.r.float(); v.IsValid() {
				v.SetFloat(f)
			}
		}
	case kindText:
		return textReader(t)
	case kindTime:
		return func(d *decoder, v reflect.Value) {
			if at := d.r.varint(); v.IsValid() {
				v.Set(reflect.ValueOf(time.Unix(0, at)))
			}
		}
	case kindError:
		return func(d *decoder, v reflect.Value) {
			if err := d.readError(); v.IsValid() && err != nil {
				v.Set(reflect.ValueOf(&err).Elem())
			}
		}
	case kindPointer:
		return p.pointer(t, s)
	case kindSlice:
		return p.slice(t, s)
	case kindArray:
		return p.array(t, s)
	case kindMap:
		return p.mapping(t, s)
	}
	return p.structure(t, s)
}

// textReader reads a text. A string that is no text.Text is bones' own word, which is shown as it is: what somebody
// else wrote there is made safe to show. What bones wrote stays the same.
func textReader(t reflect.Type) read {
	if t == textType {
		return func(d *decoder, v reflect.Value) {
			if s := d.text(); v.IsValid() {
				*v.Addr().Interface().(*text.Text) = text.New(s)
			}
		}
	}
	return func(d *decoder, v reflect.Value) {
		if s := d.text(); v.IsValid() {
			v.SetString(text.Line(s))
		}
	}
}
