// Package fields reads the numbers of a line of a kernel file without allocating.
package fields

import "bytes"

// Line walks over the blank-separated numbers of a line. Kernels before 3.5 have fewer: what is beyond the end
// reads 0; anything that is not a number sets Bad.
type Line struct {
	Rest []byte
	Bad  bool
}

// Word returns the next word of the line; it is empty at the end.
func (f *Line) Word() []byte {
	for len(f.Rest) > 0 && blank(f.Rest[0]) {
		f.Rest = f.Rest[1:]
	}
	n := 0
	for n < len(f.Rest) && !blank(f.Rest[n]) {
		n++
	}
	w := f.Rest[:n]
	f.Rest = f.Rest[n:]
	return w
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// Uint reads the next word as an unsigned decimal number.
func (f *Line) Uint() uint64 {
	w := f.Word()
	if len(w) == 0 {
		return 0
	}
	v, ok := ParseUint(w)
	if !ok {
		f.Bad = true
	}
	return v
}

// Int reads the next word as a decimal number that may be below 0.
func (f *Line) Int() int64 {
	w := f.Word()
	if len(w) == 0 {
		return 0
	}
	v, ok := ParseInt(w)
	if !ok {
		f.Bad = true
	}
	return v
}

// ParseUint reads a whole decimal number and refuses overflow.
func ParseUint(b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || v > (1<<64-1-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// ParseInt reads a whole decimal number with an optional minus.
func ParseInt(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	v, ok := ParseUint(b)
	switch {
	case !ok || v > 1<<63 || v == 1<<63 && !neg:
		return 0, false
	case neg:
		return int64(-v), true // also for -1<<63, which has no positive counterpart
	}
	return int64(v), true
}

// KB reads a number of KiB as bytes.
func (f *Line) KB() uint64 {
	v := f.Uint()
	if v > 1<<54-1 {
		f.Bad = true
		return 0
	}
	return v * 1024
}

// ID reads a user or group number.
func (f *Line) ID() uint32 {
	w := f.Word()
	v, ok := ParseUint(w)
	if !ok || v > 1<<32-1 {
		f.Bad = true
		return 0
	}
	return uint32(v)
}

// Ints reads all words that are left as decimal numbers.
func (f *Line) Ints() []int {
	var list []int
	for w := f.Word(); len(w) > 0; w = f.Word() {
		v, ok := ParseInt(w)
		if !ok {
			f.Bad = true
			return nil
		}
		list = append(list, int(v))
	}
	return list
}

// Hex reads a mask as the kernel prints it.
func (f *Line) Hex() uint64 { return f.base(4, 16) }

// Octal reads a mode.
func (f *Line) Octal() uint64 { return f.base(3, 8) }

// base reads digits of a power-of-two base, the way masks and modes are printed.
func (f *Line) base(bits uint, base byte) uint64 {
	var v uint64
	for _, c := range f.Word() {
		d := c - '0'
		switch {
		case c >= 'a':
			d = c - 'a' + 10
		case c > '9':
			d = base // what stands between the digits and the letters is neither
		}
		if d >= base || v>>(64-bits) != 0 {
			f.Bad = true
			return 0
		}
		v = v<<bits | uint64(d)
	}
	return v
}

// Value returns what stands behind the colon of the first line KEY: of a kernel file of such lines (status, meminfo,
// fdinfo), as far as the line's end; false if the file has no such line.
func Value(b []byte, key string) (Line, bool) {
	for len(b) > 0 {
		line, rest, _ := bytes.Cut(b, []byte{'\n'})
		if len(line) > len(key) && line[len(key)] == ':' && string(line[:len(key)]) == key {
			return Line{Rest: line[len(key)+1:]}, true
		}
		b = rest
	}
	return Line{}, false
}
