package wire

import (
	"fmt"
	"math/bits"
	"reflect"
	"time"
)

// Changes reads what Encoder.Changes wrote against the key that was read last.
func (x *Decoder[T]) Changes(b []byte) (*T, error) {
	r := &x.d.r
	*r = reader{b: b, budget: x.limit - x.spent}
	if x.key == nil || r.uvarint() != uint64(x.keyed) {
		return nil, fmt.Errorf("%w: it was written against another key frame", ErrDamaged)
	}
	x.d.strings = x.d.strings[:x.keyed:x.keyed]
	x.d.readStrings()
	v := *x.key
	now, old := reflect.ValueOf(&v).Elem(), reflect.ValueOf(x.key).Elem()
	x.d.changed(len(x.root), func(i int) {
		f := &x.root[i]
		switch {
		case f.rows && f.index >= 0:
			x.rows(f, now.Field(f.index), old.Field(f.index))
		case f.rows:
			x.rows(f, reflect.Value{}, reflect.Value{})
		case f.index >= 0:
			f.change(&x.d, now.Field(f.index))
		default:
			f.change(&x.d, reflect.Value{})
		}
	})
	if r.err != nil {
		return nil, r.err
	}
	return &v, nil
}

// maxRows bounds how many rows there may be, and how long a run is.
const maxRows = 1 << 24

// rows reads runs of rows, see Encoder.Changes; into nothing, if now is not valid.
func (x *Decoder[T]) rows(f *rootField, now, old reflect.Value) {
	r := &x.d.r
	n := r.small(maxRows) - 1
	if n < 0 {
		if now.IsValid() {
			now.SetZero()
		}
		return
	}
	if now.IsValid() {
		if !r.room(n, f.size) {
			return
		}
		now.Set(reflect.MakeSlice(now.Type(), n, n))
	}
	for i := 0; i < n && r.err == nil; {
		run := r.uvarint()
		count, from := int(min(run>>2, maxRows)), 0
		if run&3 != runNew {
			from = r.small(maxRows)
		}
		if count == 0 || count > n-i || run&3 > runChanged ||
			run&3 != runNew && now.IsValid() && from+count > old.Len() {
			r.fail(ErrDamaged)
			return
		}
		if run&3 != runNew && now.IsValid() {
			reflect.Copy(now.Slice(i, i+count), old.Slice(from, from+count))
		}
		for k := i; k < i+count && run&3 != runSame && r.err == nil; k++ {
			row := reflect.Value{}
			if now.IsValid() {
				row = now.Index(k)
			}
			if run&3 == runNew {
				f.row(&x.d, row)
			} else {
				f.rowChange(&x.d, row)
			}
		}
		i += count
	}
}

// changed reads a bitmap of n parts, and has those read that changed.
func (d *decoder) changed(n int, part func(i int)) {
	var room [16]byte
	for at, few := range append(room[:0], d.r.bytes((n+7)/8)...) {
		for ; few != 0; few &= few - 1 {
			i := at*8 + bits.TrailingZeros8(few)
			if d.r.err != nil || i >= n {
				return
			}
			part(i)
		}
	}
}

// changer returns what reads the change of shape n into a value that is as it was, or passes over it. What the value
// points to is shared with others, and is never written to.
func (p *planner) changer(t reflect.Type, n int) read {
	if t != nil && !p.fits(t, n) {
		t = nil
	}
	at := planned{t, n}
	if r, ok := p.changes[at]; ok {
		return r
	}
	r := p.buildChange(t, n)
	p.changes[at] = r
	return r
}

func (p *planner) buildChange(t reflect.Type, n int) read {
	s := &p.list[n]
	whole := p.reader(t, n)
	anew := func(d *decoder, v reflect.Value) { // what reads a whole value expects none there
		if v.IsValid() {
			v.SetZero()
		}
		whole(d, v)
	}
	switch s.kind {
	case kindInt:
		return func(d *decoder, v reflect.Value) {
			by := d.r.varint()
			if !v.IsValid() {
				return
			}
			if now := v.Int() + by; v.OverflowInt(now) {
				d.r.fail(ErrDamaged)
			} else {
				v.SetInt(now)
			}
		}
	case kindUint:
		return func(d *decoder, v reflect.Value) {
			by := d.r.varint()
			if !v.IsValid() {
				return
			}
			if now := v.Uint() + uint64(by); v.OverflowUint(now) {
				d.r.fail(ErrDamaged)
			} else {
				v.SetUint(now)
			}
		}
	case kindFloat:
		return func(d *decoder, v reflect.Value) {
			if d.r.byte() == 0 {
				whole(d, v)
			} else if by := d.r.varint(); v.IsValid() {
				v.SetFloat(moreHundredths(v.Float(), by))
			}
		}
	case kindTime:
		return changedTime
	case kindError, kindMap:
		return func(d *decoder, v reflect.Value) {
			if v.IsValid() {
				v.SetZero()
			}
			if d.r.byte() != 0 {
				whole(d, v)
			}
		}
	case kindPointer:
		return p.changedPointer(t, s)
	case kindSlice:
		return p.changedSlice(t, s, anew)
	case kindArray:
		elem := p.changer(elem(t), s.elem)
		return func(d *decoder, v reflect.Value) { d.changed(s.length, func(i int) { elem(d, at(v, i)) }) }
	case kindStruct:
		return p.changedStruct(t, s)
	}
	return anew
}

// at is an element of what is valid and has it.
func at(v reflect.Value, i int) reflect.Value {
	if !v.IsValid() || i >= v.Len() {
		return reflect.Value{}
	}
	return v.Index(i)
}

func changedTime(d *decoder, v reflect.Value) {
	var now time.Time
	if d.r.byte() != 0 {
		by := d.r.varint()
		if v.IsValid() {
			now = time.Unix(0, v.Interface().(time.Time).UnixNano()+by)
		}
	}
	if v.IsValid() {
		v.Set(reflect.ValueOf(now))
	}
}

func (p *planner) changedPointer(t reflect.Type, s *shape) read {
	whole, change := p.reader(elem(t), s.elem), p.changer(elem(t), s.elem)
	values := p.slab(elem(t))
	return func(d *decoder, v reflect.Value) {
		how := d.r.byte()
		if d.r.err != nil {
			return
		}
		to := reflect.Value{}
		if v.IsValid() {
			if how != 0 {
				if !d.r.room(1, values.size) {
					return
				}
				to = values.one()
			}
			if how == 2 {
				if v.IsNil() {
					d.r.fail(ErrDamaged)
					return
				}
				to.Set(v.Elem())
			}
			if v.SetZero(); how != 0 {
				v.Set(to.Addr())
			}
		}
		switch how {
		case 0:
		case 1:
			whole(d, to)
		case 2:
			change(d, to)
		default:
			d.r.fail(ErrDamaged)
		}
	}
}

func (p *planner) changedSlice(t reflect.Type, s *shape, anew read) read {
	elem := p.changer(elem(t), s.elem)
	return func(d *decoder, v reflect.Value) {
		n := d.r.uvarint()
		if n <= 1 {
			if v.IsValid() {
				v.SetZero()
			}
			if n == 1 {
				anew(d, v)
			}
			return
		}
		n--
		if n > 8*uint64(len(d.r.b)) || v.IsValid() && n != uint64(v.Len()) {
			d.r.fail(ErrDamaged)
			return
		}
		if v.IsValid() {
			if !d.r.room(int(n), t.Elem().Size()) {
				return
			}
			now := reflect.MakeSlice(t, int(n), int(n))
			reflect.Copy(now, v)
			v.Set(now)
		}
		d.changed(int(n), func(i int) { elem(d, at(v, i)) })
	}
}

func (p *planner) changedStruct(t reflect.Type, s *shape) read {
	parts := p.parts(t, s, p.changer)
	return func(d *decoder, v reflect.Value) {
		d.changed(len(parts), func(i int) {
			to := reflect.Value{}
			if v.IsValid() && parts[i].index >= 0 {
				to = v.Field(parts[i].index)
			}
			parts[i].read(d, to)
		})
	}
}
