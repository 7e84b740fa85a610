package reexec

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Number *uint32
	Text   *string
}

type everything struct {
	Bool    bool
	Int     int64
	Uint    uint32
	Float   float64
	String  string
	Bytes   []byte
	Strings []string
	Array   [2]uint64
	Pointer *int
	Nested  *inner
	List    []inner
	Time    time.Time
}

func carried(t *testing.T, v everything) everything {
	t.Helper()
	var b bytes.Buffer
	if err := NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	old := 7
	back := everything{Bool: true, Int: 5, String: "left over", Bytes: []byte("x"), Pointer: &old, List: make([]inner, 3)}
	d := NewDecoder(&b)
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(&back); err != io.EOF {
		t.Errorf("after the only message: %v", err)
	}
	return back
}

// TestZeroIsNotNothing: a pointer to zero arrives as that, and nil as nil; empty is not nil, and no byte of a text
// changes.
func TestZeroIsNotNothing(t *testing.T) {
	var number uint32
	var pointer int
	var empty string
	for name, v := range map[string]everything{
		"nothing": {},
		"zeros": {Bytes: []byte{}, Strings: []string{}, Pointer: &pointer, Nested: &inner{Number: &number, Text: &empty},
			List: []inner{},
			Time: time.Unix(0, 0)},
		"zeros inside": {Bytes: []byte{0}, Strings: []string{""}, Nested: &inner{}, List: []inner{{}, {Number: &number}}},
		"bytes": {String: "\xff\x00\xe2\x82", Bytes: []byte("\xff"), Strings: []string{"\x80", "é"}, Float: -0.5,
			Int: -1, Uint: 1 << 31, Bool: true},
		"long ago": {Time: time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), Array: [2]uint64{0, 1<<64 - 1}},
	} {
		if d := cmp.Diff(v, carried(t, v)); d != "" {
			t.Errorf("%s: sent and arrived:\n%s", name, d)
		}
	}
}

func TestWhatDoesNotArriveIsRefused(t *testing.T) {
	e := NewEncoder(io.Discard)
	for _, v := range []any{
		nil, struct{ hidden int }{1}, map[string]int{}, struct{ F func() }{}, struct{ I any }{1},
		make([]byte, MaxMessage),
	} {
		if err := e.Encode(v); err == nil {
			t.Errorf("%T was sent", v)
		}
	}
}

// TestCutMessage: no beginning of a message is taken for a whole one.
func TestCutMessage(t *testing.T) {
	var b bytes.Buffer
	v := everything{String: "text", List: make([]inner, 2), Time: time.Unix(1, 1)}
	if err := NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() {
		var back everything
		if err := NewDecoder(bytes.NewReader(b.Bytes()[:n])).Decode(&back); err == nil || n > 0 && err == io.EOF {
			t.Errorf("%d of %d bytes: %v", n, b.Len(), err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	NewEncoder(&b).Encode(everything{String: "text", List: make([]inner, 2), Nested: &inner{}, Time: time.Unix(1, 1)})
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xff\xff\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 && (b[3] > 0 || b[2] > 1) {
			t.Skip("room for a long message is made before it is there")
		}
		var v everything
		NewDecoder(bytes.NewReader(b)).Decode(&v)
	})
}
