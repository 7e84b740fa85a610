// Package recordtest makes recordings that nobody recorded, for the tests of whatever shows one.
package recordtest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/record"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Write writes frames into a file of one stream.
func Write(t testing.TB, path string, frames ...*record.Frame) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := record.NewStream(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range frames {
		if err := s.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
}

// lastFrame reads the last frame of a recording.
func lastFrame(t testing.TB, path string) *record.Frame {
	t.Helper()
	r, err := record.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Frame(r.Len() - 1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Hostile returns the last frame of a recording with some of its values changed to what no host can have: numbers at
// the ends of their range, no number at all, times of other ages, texts that steer a terminal, lists that are empty or
// hold everything twice, nothing where something is pointed to. What the seed says is reproduced by it.
func Hostile(t testing.TB, path string, seed uint64) *record.Frame {
	t.Helper()
	f := lastFrame(t, path)
	rnd := rand.New(rand.NewPCG(seed, 2))
	h := hand{rnd: rnd, often: []float64{0.002, 0.02, 0.1, 0.5}[rnd.IntN(4)]}
	host := f.Head.Snapshot.Host
	h.change(reflect.ValueOf(f).Elem())
	if rnd.IntN(4) > 0 { // a frame with such clocks, or in another order, is refused as a whole
		now := &f.Head.Snapshot.Host
		now.TicksPerSec, now.PageSize, now.CPUs = host.TicksPerSec, host.PageSize, max(now.CPUs, 0)
		last := 0
		for i := range f.Processes {
			p := &f.Processes[i]
			if p.PID <= last {
				p.PID = last + 1
			}
			last = p.PID
		}
		f.Processes = slicesTo(f.Processes, func(p procwalk.Process) bool { return p.PID > 0 })
	}
	return f
}

func slicesTo(list []procwalk.Process, ok func(procwalk.Process) bool) []procwalk.Process {
	for i := range list {
		if !ok(list[i]) {
			return list[:i]
		}
	}
	return list
}

// hand changes values.
type hand struct {
	rnd   *rand.Rand
	often float64 // how often one is changed
}

func (h hand) now() bool { return h.rnd.Float64() < h.often }

var (
	textType  = reflect.TypeFor[text.Text]()
	timeType  = reflect.TypeFor[time.Time]()
	errorType = reflect.TypeFor[error]()
)

// Texts are what somebody writes to steer a terminal, or to fill it.
var Texts = []string{"", "\x1b[2J\x1b]0;owned\a", "\x1b]52;c;cm0gLXJmIC8=\a", "a\nb\r\tc", "\u202egnp.exe",
	"\xff\xfe\x80", "\u009b31m", "\x00", strings.Repeat("W", 70_000), strings.Repeat("\u0301", 5000), "[red::bl]x[-]",
	"[:::http://evil]x",
	"日本語日本語", "../../etc/passwd", "-rf", "%s%n", "pod:x", "1", "\U000e0041"}

// change changes a value and what it is made of.
//
// Long: one case for each kind of value.
func (h hand) change(v reflect.Value) {
	if !v.CanSet() {
		return
	}
	switch v.Type() {
	case textType:
		if h.now() {
			v.Set(reflect.ValueOf(text.New(h.text())))
		}
		return
	case timeType:
		if h.now() {
			v.Set(reflect.ValueOf(time.Unix(0, []int64{0, math.MinInt64, math.MaxInt64, -1}[h.rnd.IntN(4)])))
		}
		return
	case errorType:
		if h.now() {
			err := []error{nil, errors.New(h.text()), fmt.Errorf("%w: %s", os.ErrPermission, h.text()),
				procwalk.ErrGone}[h.rnd.IntN(4)]
			v.Set(reflect.Zero(errorType))
			if err != nil {
				v.Set(reflect.ValueOf(&err).Elem())
			}
		}
		return
	}
	switch k := v.Kind(); {
	case k == reflect.Bool:
		if h.now() {
			v.SetBool(!v.Bool())
		}
	case v.CanInt():
		if h.now() {
			bits := v.Type().Bits()
			v.SetInt([]int64{0, -1, 1, math.MinInt64 >> (64 - bits), math.MaxInt64 >> (64 - bits), h.rnd.Int64N(100),
				math.MaxInt32 >> max(32-bits, 0)}[h.rnd.IntN(7)])
		}
	case v.CanUint():
		if h.now() {
			bits := v.Type().Bits()
			v.SetUint([]uint64{0, 1, math.MaxUint64 >> (64 - bits), math.MaxInt64 >> (64 - bits),
				h.rnd.Uint64() >> (64 - bits)}[h.rnd.IntN(5)])
		}
	case v.CanFloat():
		if h.now() {
			v.SetFloat([]float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}[h.rnd.IntN(6)])
		}
	case k == reflect.String:
		if h.now() {
			v.SetString(h.text())
		}
	case k == reflect.Pointer:
		if h.now() && h.rnd.IntN(3) == 0 {
			v.SetZero()
		} else if h.now() && v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() {
			h.change(v.Elem())
		}
	case k == reflect.Slice:
		h.list(v)
	case k == reflect.Array:
		for i := range v.Len() {
			h.change(v.Index(i))
		}
	case k == reflect.Map:
		h.pairs(v)
	case k == reflect.Struct:
		for i := range v.NumField() {
			h.change(v.Field(i))
		}
	}
}

func (h hand) text() string { return Texts[h.rnd.IntN(len(Texts))] }

func (h hand) list(v reflect.Value) {
	if h.now() {
		switch n := v.Len(); h.rnd.IntN(4) {
		case 0:
			v.SetZero()
		case 1:
			v.SetLen(n / 2)
		case 2:
			v.Set(reflect.AppendSlice(v, v))
		case 3:
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		}
	}
	for i := range v.Len() {
		h.change(v.Index(i))
	}
}

func (h hand) pairs(v reflect.Value) {
	if v.IsNil() {
		return
	}
	changed := reflect.MakeMap(v.Type())
	for _, k := range v.MapKeys() {
		key, value := reflect.New(k.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
		key.Set(k)
		value.Set(v.MapIndex(k))
		h.change(key)
		h.change(value)
		changed.SetMapIndex(key, value)
	}
	v.Set(changed)
}
