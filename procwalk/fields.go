package procwalk

// fields walks over the blank-separated numbers of a line without allocating. Kernels before 3.5 have fewer: what is
// beyond the end reads 0; anything that is not a number sets bad.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) word() []byte {
	for len(f.rest) > 0 && blank(f.rest[0]) {
		f.rest = f.rest[1:]
	}
	n := 0
	for n < len(f.rest) && !blank(f.rest[n]) {
		n++
	}
	w := f.rest[:n]
	f.rest = f.rest[n:]
	return w
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func (f *fields) uint() uint64 {
	w := f.word()
	if len(w) == 0 {
		return 0
	}
	v, ok := parseUint(w)
	if !ok {
		f.bad = true
	}
	return v
}

func (f *fields) int() int64 {
	w := f.word()
	if len(w) == 0 {
		return 0
	}
	v, ok := parseInt(w)
	if !ok {
		f.bad = true
	}
	return v
}

// parseUint reads a whole decimal number and refuses overflow.
func parseUint(b []byte) (uint64, bool) {
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

// parseInt reads a whole decimal number with an optional minus.
func parseInt(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	v, ok := parseUint(b)
	switch {
	case !ok || v > 1<<63 || v == 1<<63 && !neg:
		return 0, false
	case neg:
		return int64(-v), true // also for -1<<63, which has no positive counterpart
	}
	return int64(v), true
}

// kB reads a number of KiB as bytes.
func (f *fields) kB() uint64 {
	v := f.uint()
	if v > 1<<54-1 {
		f.bad = true
		return 0
	}
	return v * 1024
}

// id reads a user or group number.
func (f *fields) id() uint32 {
	w := f.word()
	v, ok := parseUint(w)
	if !ok || v > 1<<32-1 {
		f.bad = true
		return 0
	}
	return uint32(v)
}

func (f *fields) ints() []int {
	var list []int
	for w := f.word(); len(w) > 0; w = f.word() {
		v, ok := parseInt(w)
		if !ok {
			f.bad = true
			return nil
		}
		list = append(list, int(v))
	}
	return list
}

func (f *fields) hex() uint64 { return f.base(4, 16) }

func (f *fields) octal() uint64 { return f.base(3, 8) }

// base reads digits of a power-of-two base, the way masks and modes are printed.
func (f *fields) base(bits uint, base byte) uint64 {
	var v uint64
	for _, c := range f.word() {
		d := c - '0'
		switch {
		case c >= 'a':
			d = c - 'a' + 10
		case c > '9':
			d = base // what stands between the digits and the letters is neither
		}
		if d >= base || v>>(64-bits) != 0 {
			f.bad = true
			return 0
		}
		v = v<<bits | uint64(d)
	}
	return v
}
