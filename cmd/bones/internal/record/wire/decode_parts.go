package wire

import (
	"math/bits"
	"reflect"
)

// These read what is made of parts. A part whose type T has no more, or has otherwise, is passed over.

// elem returns the type of the parts; nil, if they are passed over.
func elem(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	return t.Elem()
}

// optional reads what the encoder's optional wrote.
func (p *planner) optional(t reflect.Type, n int) read {
	r := p.reader(t, n)
	if p.list[n].kind != kindError {
		return r
	}
	return func(d *decoder, v reflect.Value) {
		if d.r.byte() != 0 {
			r(d, v)
		}
	}
}

func (p *planner) pointer(t reflect.Type, s *shape) read {
	target := p.reader(elem(t), s.elem)
	if t == nil {
		return func(d *decoder, _ reflect.Value) {
			if d.r.byte() != 0 {
				target(d, reflect.Value{})
			}
		}
	}
	values := p.slab(t.Elem())
	return func(d *decoder, v reflect.Value) {
		if d.r.byte() == 0 {
			return
		}
		to := reflect.Value{}
		if v.IsValid() {
			if !d.r.room(1, values.size) {
				return
			}
			to = values.one()
			v.Set(to.Addr())
		}
		target(d, to)
	}
}

func (p *planner) slice(t reflect.Type, s *shape) read {
	part, least := p.optional(elem(t), s.elem), p.list[s.elem].minimum()
	values := p.slab(elem(t))
	return func(d *decoder, v reflect.Value) {
		n := d.r.length(least)
		if v.IsValid() {
			if !d.r.room(n, values.size) {
				return
			}
			v.Set(values.several(t, n))
		}
		for i := 0; i < n && d.r.err == nil; i++ {
			to := reflect.Value{}
			if v.IsValid() {
				to = v.Index(i)
			}
			part(d, to)
		}
	}
}

func (p *planner) array(t reflect.Type, s *shape) read {
	part, n := p.optional(elem(t), s.elem), s.length
	return func(d *decoder, v reflect.Value) {
		for i := 0; i < n && d.r.err == nil; i++ {
			to := reflect.Value{}
			if v.IsValid() && i < v.Len() {
				to = v.Index(i)
			}
			part(d, to)
		}
	}
}

func (p *planner) mapping(t reflect.Type, s *shape) read {
	var keyType reflect.Type
	if t != nil {
		keyType = t.Key()
	}
	key, part := p.optional(keyType, s.key), p.optional(elem(t), s.elem)
	least := p.list[s.key].minimum() + p.list[s.elem].minimum()
	return func(d *decoder, v reflect.Value) {
		n := d.r.length(least)
		if v.IsValid() {
			if !d.r.room(n, 2*(t.Key().Size()+t.Elem().Size()+16)) {
				return
			}
			v.Set(reflect.MakeMapWithSize(t, n))
		}
		for i := 0; i < n && d.r.err == nil; i++ {
			k, e := reflect.Value{}, reflect.Value{}
			if v.IsValid() {
				k, e = reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			}
			key(d, k)
			part(d, e)
			if v.IsValid() && d.r.err == nil {
				v.SetMapIndex(k, e)
			}
		}
	}
}

// match finds the field of a struct type that takes a recorded field: its index and its type, or -1 and nil where
// there is none of that name and shape, as after a change of the program.
func (p *planner) match(t reflect.Type, f field) (int, reflect.Type) {
	if t == nil {
		return -1, nil
	}
	mine, ok := t.FieldByName(f.name)
	if !ok || len(mine.Index) != 1 || !mine.IsExported() || !p.fits(mine.Type, f.shape) {
		return -1, nil
	}
	return mine.Index[0], mine.Type
}

// part is how one field of a struct is read, and where it belongs; index is -1 for one that is not kept.
type part struct {
	index int
	read  read
}

// parts are those of a struct of this shape, each with what reader makes for its type.
func (p *planner) parts(t reflect.Type, s *shape, reader func(reflect.Type, int) read) []part {
	parts := make([]part, len(s.fields))
	for i, f := range s.fields {
		index, to := p.match(t, f)
		parts[i] = part{index, reader(to, f.shape)}
	}
	return parts
}

func (p *planner) structure(t reflect.Type, s *shape) read {
	parts := p.parts(t, s, p.reader)
	size := (len(parts) + 7) / 8
	return func(d *decoder, v reflect.Value) {
		// Bit by bit that is set: most fields of most rows are zero.
		for at, few := range d.r.bytes(size) {
			for ; few != 0 && d.r.err == nil; few &= few - 1 {
				i := at*8 + bits.TrailingZeros8(few)
				if i >= len(parts) {
					break // nothing that we write has one there
				}
				to := reflect.Value{}
				if v.IsValid() && parts[i].index >= 0 {
					to = v.Field(parts[i].index)
				}
				parts[i].read(d, to)
			}
		}
	}
}
