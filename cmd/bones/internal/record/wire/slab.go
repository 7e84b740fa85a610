package wire

import "reflect"

// slabOf is how many values of a type are made at a time.
const slabOf = 32

// slab makes values of one type, many at a time: a frame of 5,000 processes has 20,000 values behind pointers, and the
// allocator and the garbage collector take as long for each of them as for a slab. What a slab has left goes to the
// next frame, so that a frame that is kept keeps at most slabOf values of each type that are not its own.
type slab struct {
	t      reflect.Type
	size   uintptr
	values reflect.Value // a slice
	next   int           // the first that nobody has yet; they are zero from there on
}

// slab returns the one of a type; one that is not used, where there is none.
func (p *planner) slab(t reflect.Type) *slab {
	if t == nil {
		return &slab{}
	}
	s, ok := p.slabs[t]
	if !ok {
		s = &slab{t: reflect.SliceOf(t), size: t.Size(), next: slabOf}
		p.slabs[t] = s
	}
	return s
}

// begin begins another slab where this one has no n values left.
func (s *slab) begin(n int) {
	if s.next+n > slabOf {
		s.values, s.next = reflect.MakeSlice(s.t, slabOf, slabOf), 0
	}
}

// one returns a new zero value, which has an address.
func (s *slab) one() reflect.Value {
	s.begin(1)
	s.next++
	return s.values.Index(s.next - 1)
}

// several returns a slice of type t with n new zero values. Long ones are made by themselves.
func (s *slab) several(t reflect.Type, n int) reflect.Value {
	if n == 0 || n > slabOf/4 || t != s.t {
		return reflect.MakeSlice(t, n, n)
	}
	s.begin(n)
	s.next += n
	return s.values.Slice3(s.next-n, s.next, s.next)
}
