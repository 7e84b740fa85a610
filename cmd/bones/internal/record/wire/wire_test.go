package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"
)

var errKnown = errors.New("a well-known error")

type inner struct {
	Name  text.Text
	Words []string
	Err   error
	Errs  [3]error
}

type row struct {
	inner2
	PID    int
	State  byte
	Load   float64
	At     time.Time
	Deep   *inner
	ByName map[string]inner
	Masks  [2]uint64
	On     bool
	//lint:ignore U1000 it is not exported: it is there to be passed over
	hidden int
}

type inner2 struct{ Skipped int } // embedded and not exported: not written

type moment struct {
	Taken time.Time
	Rows  []row
	Other []inner
	Host  *inner
	Names []text.Text
}

// same compares with the bytes of texts; errors are the same if they have the same words.
func same() cmp.Options {
	return cmp.Options{
		cmp.Comparer(func(a, b text.Text) bool { return a.Raw() == b.Raw() }),
		cmp.Comparer(func(a, b error) bool {
			return a == nil && b == nil || a != nil && b != nil &&
				a.Error() == b.Error()
		}),
		cmp.AllowUnexported(row{}, inner2{}),
	}
}

func random(r *rand.Rand, n int) *moment {
	m := &moment{Taken: time.Unix(r.Int64N(1<<33), r.Int64N(1e9)), Host: &inner{Name: text.New("host")}}
	for i := range n {
		x := row{PID: i + 1, State: "RSDZ"[r.IntN(4)], At: time.Unix(int64(i), 0), Masks: [2]uint64{r.Uint64N(3), 1 << 63}}
		if r.IntN(3) == 0 {
			x.Deep = &inner{Name: text.New(fmt.Sprintf("n\x00\x1b[31m%d", r.IntN(5))), Words: []string{"a", "", "b"},
				Err: unix.EACCES}
			x.Deep.Errs[1] = errKnown
			x.ByName = map[string]inner{"z": {}, "a": {Words: []string{}}}
			x.Load = r.Float64()
			x.On = true
		}
		m.Rows = append(m.Rows, x)
	}
	if r.IntN(2) == 0 {
		m.Other = []inner{{Name: text.New("x")}, {}}
		m.Names = []text.Text{text.New("\xff"), {}}
	}
	return m
}

func pair[T any](t testing.TB) (*Encoder[T], *Decoder[T]) {
	t.Helper()
	e, err := NewEncoder[T](errKnown)
	if err != nil {
		t.Fatal(err)
	}
	return e, NewDecoder[T](64<<20, errKnown)
}

// TestRoundTrip: what is read is what was written, for keys and for what is written against them, in any order.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	e, d := pair[moment](t)
	for range 20 {
		key := random(r, r.IntN(50))
		got, err := d.Key(e.Key(key))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(key, got, same()); diff != "" {
			t.Fatal(diff)
		}
		for range proctest.Soak(4, 40) {
			m := random(r, r.IntN(60))
			for range 5 { // rows that were in the key, from elsewhere in it
				if len(key.Rows) > 0 && len(m.Rows) > 0 {
					m.Rows[r.IntN(len(m.Rows))] = key.Rows[r.IntN(len(key.Rows))]
				}
			}
			if r.IntN(3) == 0 {
				m.Rows = append(m.Rows, key.Rows...)
			}
			if r.IntN(5) == 0 {
				m = random(r, 0)
				m.Rows, m.Host, m.Other = key.Rows, key.Host, key.Other
			}
			got, err := d.Changes(e.Changes(m))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m, got, same()); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// TestChangesOfAnything: of each field of a value, and of what it is made of, any change is read again.
func TestChangesOfAnything(t *testing.T) {
	type every struct {
		Bool    bool
		Int     int8
		Uint    uint16
		Float   float64
		Floats  [8]float64
		Word    string
		Text    text.Text
		At      time.Time
		Err     error
		Pointer *inner
		Texts   []text.Text
		Errs    []error
		Times   []time.Time
		Array   [9]uint64
		Map     map[string]int
		Nested  struct{ A, B []inner }
		Rows    []row
	}
	at := time.Unix(1e9, 5)
	values := []every{{}, {Bool: true, Int: -128, Uint: math.MaxUint16, Float: 1.5, Word: "w", Text: text.New("t"),
		At:  at,
		Err: unix.EIO, Pointer: &inner{}, Texts: []text.Text{}, Errs: []error{nil, errKnown}, Map: map[string]int{}},
		{Int: 127, Uint: 1, Float: math.Inf(-1), At: at.Add(-time.Hour), Err: errKnown,
			Pointer: &inner{Words: []string{"x"}},
			Floats:  [8]float64{0.01, 2.13, 1e300, math.NaN(), math.Inf(1), 1. / 3, -0.07, math.Copysign(0, -1)},
			Texts:   []text.Text{text.New("a"), {}}, Errs: []error{errKnown, nil}, Times: []time.Time{at, at},
			Array: [9]uint64{8: 1},
			Map:   map[string]int{"a": 1}, Rows: []row{{PID: 1}, {PID: 2}}},
		{Pointer: &inner{Words: []string{"y"}}, Floats: [8]float64{1e15 + 0.5, 99.99, -1e300, 0, 0.01, 2. / 3, 0.07, 1},
			Texts: []text.Text{text.New("a"), text.New("b")}, Errs: []error{nil, nil},
			Times: []time.Time{at, at.Add(1)}, Array: [9]uint64{math.MaxUint64}, Map: map[string]int{"a": 2},
			Rows: []row{{PID: 2}, {PID: 1}, {PID: 1}, {PID: 3}}},
		{Rows: []row{}, Pointer: &inner{Words: []string{}}}}
	values[3].Nested.A = []inner{{Err: unix.EPERM}, {}}
	values[4].Nested.A = []inner{{}, {Words: []string{"z"}}}
	exact := append(same(), cmpopts.EquateNaNs(), cmp.Comparer(func(a, b []text.Text) bool {
		return (a == nil) == (b == nil) && len(a) == len(b) &&
			slices.EqualFunc(a, b, func(a, b text.Text) bool { return a.Raw() == b.Raw() })
	}))
	for i := range values {
		e, d := pair[every](t)
		if _, err := d.Key(e.Key(&values[i])); err != nil {
			t.Fatal(err)
		}
		for k := range values {
			got, err := d.Changes(e.Changes(&values[k]))
			if diff := cmp.Diff(&values[k], got, exact); diff != "" || err != nil {
				t.Errorf("from %d to %d: %v %s", i, k, err, diff)
			}
			if (got.Map == nil) != (values[k].Map == nil) || (got.Rows == nil) != (values[k].Rows == nil) ||
				got.At.IsZero() != values[k].At.IsZero() {
				t.Errorf("from %d to %d: what is nothing and what is empty are mixed up", i, k)
			}
		}
	}
}

// TestDeltaIsSmall: rows that did not change cost a few bytes together.
func TestDeltaIsSmall(t *testing.T) {
	e, _ := pair[moment](t)
	m := random(rand.New(rand.NewPCG(3, 4)), 5000)
	key := e.Key(m)
	m.Rows = append([]row{}, m.Rows...)
	m.Rows[2500].PID = 77777
	m.Taken = m.Taken.Add(time.Second)
	if delta := e.Changes(m); len(delta) > 200 || len(key) < 20_000 {
		t.Errorf("%d bytes after a key of %d", len(delta), len(key))
	}
}

// TestErrorsAnswerAsBefore: an error that was read is what it was to errors.Is and errors.As.
func TestErrorsAnswerAsBefore(t *testing.T) {
	e, d := pair[moment](t)
	gone := &fault.Error{Kind: fault.Gone, What: "/proc/1", Err: unix.ESRCH}
	denied := &fault.Error{Kind: fault.NotPermitted, Hint: "needs CAP_SYS_PTRACE", Err: unix.EPERM}
	in := &moment{Other: []inner{{Err: gone}, {Err: denied}, {Err: fmt.Errorf("it: %w", errKnown)}, {Err: errKnown},
		{Err: &fs.PathError{Op: "open", Path: "x", Err: unix.ENOENT}}}}
	out, err := d.Key(e.Key(in))
	if err != nil {
		t.Fatal(err)
	}
	for i, targets := range [][]error{{fault.Gone, unix.ESRCH}, {fault.NotPermitted, unix.EPERM, fs.ErrPermission},
		{errKnown},
		{errKnown}, {unix.ENOENT, fs.ErrNotExist}} {
		for _, target := range targets {
			if !errors.Is(out.Other[i].Err, target) {
				t.Errorf("%v is not %v any more", out.Other[i].Err, target)
			}
		}
		if errors.Is(out.Other[i].Err, fault.Unsupported) || errors.Is(out.Other[i].Err, unix.EIO) {
			t.Errorf("%v is what it was not", out.Other[i].Err)
		}
	}
	if out.Other[3].Err != errKnown {
		t.Error("a well-known error is not itself any more")
	}
}

// The same moment as an earlier and a later version of the program has it.
type earlier struct {
	Rows  []earlierRow
	Gone  []inner // rows that the later one has not
	Taken time.Time
	Host  *inner
}

type earlierRow struct {
	PID    int
	State  string // was a text, is a byte
	Old    map[string]*inner
	On     bool
	Masks  [4]uint64
	Nested struct{ A, B int }
}

func TestOtherVersions(t *testing.T) {
	e, err := NewEncoder[earlier](errKnown)
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder[moment](1 << 20)
	m := &earlier{Taken: time.Unix(5, 0), Gone: []inner{{}, {Words: []string{"w"}}}, Host: &inner{Err: errKnown}}
	m.Rows = []earlierRow{{PID: 1, State: "R", On: true, Masks: [4]uint64{1, 2, 3, 4},
		Old: map[string]*inner{"x": {}, "y": nil}},
		{PID: 2}}
	m.Rows[1].Nested.B = 7
	want := &moment{Taken: m.Taken, Rows: []row{{PID: 1, On: true, Masks: [2]uint64{1, 2}}, {PID: 2}},
		Host: &inner{Err: errKnown}}
	got, err := d.Key(e.Key(m))
	if diff := cmp.Diff(want, got, same()); diff != "" || err != nil {
		t.Fatal(err, diff)
	}
	key := m
	m = &earlier{Taken: m.Taken, Host: m.Host, Rows: append(slices.Clone(key.Rows), earlierRow{PID: 3}),
		Gone: append(slices.Clone(key.Gone), inner{Name: text.New("new")})}
	m.Gone[1].Words = []string{"v"}
	m.Rows[0].Old = map[string]*inner{"z": nil}
	m.Rows[0].Masks = [4]uint64{5, 2, 6, 4}
	want.Rows[0].Masks[0] = 5
	want.Rows = append(want.Rows, row{PID: 3})
	got, err = d.Changes(e.Changes(m))
	if diff := cmp.Diff(want, got, same()); diff != "" || err != nil {
		t.Fatal(err, diff)
	}
}

type loop struct{ Next *loop }

func TestWhatCannotBeWritten(t *testing.T) {
	if _, err := NewEncoder[loop](); err == nil {
		t.Error("a type that contains itself")
	}
	if _, err := NewEncoder[struct{ F func() }](); err == nil {
		t.Error("a function")
	}
	if _, err := NewEncoder[struct{ X struct{ hidden int } }](); err == nil {
		t.Error("a type that hides all it has")
	}
	if _, err := NewDecoder[moment](1).Delta(nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("what has no key is read: %v", err)
	}
}

// TestMemoryIsBounded: rows of one byte each would become hundreds of bytes each.
func TestMemoryIsBounded(t *testing.T) {
	e, _ := pair[moment](t)
	key := e.Key(&moment{Rows: make([]row, 20_000)})
	if _, err := NewDecoder[moment](1 << 20).Key(key); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d bytes are read: %v", len(key), err)
	}
	small := e.Key(&moment{Rows: make([]row, 1000)})
	d := NewDecoder[moment](2 << 20)
	if _, err := d.Key(small); err != nil {
		t.Fatal(err)
	}
	many := &moment{}
	for range 40 {
		many.Rows = append(many.Rows, make([]row, 1000)...)
	}
	if _, err := d.Changes(e.Changes(many)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a key's rows are repeated without end: %v", err)
	}
}

// FuzzDecode: whatever is read, it ends in a value or an error. Cut anywhere, it is an error.
func FuzzDecode(f *testing.F) {
	e, _ := pair[moment](f)
	m := random(rand.New(rand.NewPCG(5, 6)), 5)
	key := e.Key(m)
	f.Add(key, e.Changes(random(rand.New(rand.NewPCG(7, 8)), 6)))
	f.Add(key, []byte{})
	old, _ := NewEncoder[earlier]()
	f.Add(old.Key(&earlier{Rows: make([]earlierRow, 3)}), old.Changes(&earlier{Rows: make([]earlierRow, 4)}))
	f.Fuzz(func(t *testing.T, key, delta []byte) {
		d := NewDecoder[moment](1<<20, errKnown)
		if _, err := d.Key(key); err != nil {
			return
		}
		d.Changes(delta)
		d.Delta(delta)
	})
}

func TestCutAnywhere(t *testing.T) {
	e, d := pair[moment](t)
	key := e.Key(random(rand.New(rand.NewPCG(9, 10)), 3))
	for i := range key {
		if _, err := d.Key(key[:i]); err == nil {
			t.Fatalf("%d of %d bytes are read as a whole", i, len(key))
		}
	}
}

func BenchmarkDelta(b *testing.B) {
	e, d := pair[moment](b)
	m := random(rand.New(rand.NewPCG(11, 12)), 5000)
	key := e.Key(m)
	delta := e.Changes(m)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			e.Changes(m)
		}
	})
	b.Run("decode key", func(b *testing.B) {
		for b.Loop() {
			d.Key(key)
		}
	})
	b.Run("decode delta", func(b *testing.B) {
		for b.Loop() {
			d.Changes(delta)
		}
	})
}

// TestRowsAreMadeTogether: what rows point to is made many at a time, and each value is its row's own.
func TestRowsAreMadeTogether(t *testing.T) {
	const rows = 2000
	m := &moment{}
	for i := range rows {
		m.Rows = append(m.Rows, row{PID: i + 1, Deep: &inner{Name: text.New("n"), Words: []string{fmt.Sprint(i % 7)}}})
	}
	e, err := NewEncoder[moment](errKnown)
	if err != nil {
		t.Fatal(err)
	}
	key := e.Key(m)
	d := NewDecoder[moment](1<<24, errKnown)
	var got *moment
	allocations := testing.AllocsPerRun(5, func() {
		if got, err = d.Key(key); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > rows*3/2 { // one by one there would be four for each row
		t.Errorf("%.0f allocations for %d rows with a pointer and a slice each", allocations, rows)
	}
	if diff := cmp.Diff(m, got, same()); diff != "" {
		t.Error(diff)
	}
	for i := range got.Rows {
		got.Rows[i].Deep.Words = append(got.Rows[i].Deep.Words, "more") // it must not run into its neighbour
		got.Rows[i].Deep.Name = text.New(fmt.Sprint(i))
	}
	for i := range got.Rows {
		if x := got.Rows[i].Deep; x.Name.Raw() != fmt.Sprint(i) || x.Words[0] != fmt.Sprint(i%7) || len(x.Words) != 2 {
			t.Fatalf("row %d: %+v", i, x)
		}
	}
}
