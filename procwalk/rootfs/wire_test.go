package rootfs

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"github.com/google/go-cmp/cmp"
)

// TestEveryFieldArrives: whatever a request, a response or an Op says, with 0 or without, the other end hears the
// same.
func TestEveryFieldArrives(t *testing.T) {
	proctest.Arrives[request](t)
	proctest.Arrives[response](t)
}

// TestEveryFieldIsRecorded: what the journal has of a change is the change, also where it is 0, empty or no UTF-8.
func TestEveryFieldIsRecorded(t *testing.T) {
	recorded := func(f reflect.StructField) bool { return f.Tag.Get("json") != "-" }
	// The kind is a word of ours.
	proctest.Recorded(t, recorded, func(c recordedChange) bool { return utf8.ValidString(c.Op.Kind) })
}

// TestOldRecord: what bones wrote into journals before, with zeros and empty fields left out, means what it meant.
func TestOldRecord(t *testing.T) {
	const old = `{"pid":7,"start":9,"op":{"kind":"put","path":"/x","mode":0,"uid":0,"gid":5,"content":"YQ==","expect":{"absent":true}}}`
	var got recordedChange
	if err := json.Unmarshal([]byte(old), &got); err != nil {
		t.Fatal(err)
	}
	var zero, five uint32 = 0, 5
	want := recordedChange{7, 9, Op{Kind: "put", Path: "/x", Mode: &zero, UID: &zero, GID: &five, Content: []byte("a"),
		Expect: &Expect{Absent: true}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestErrorsArrive: each kind of error arrives as itself, with its words, also where it has none.
func TestErrorsArrive(t *testing.T) {
	for _, kind := range append(slices.Clone(values), errors.New(""), errors.New("another")) {
		var r response
		r.fail(kind)
		var b bytes.Buffer
		var back response
		if err := errors.Join(reexec.NewEncoder(&b).Encode(r), reexec.NewDecoder(&b).Decode(&back)); err != nil {
			t.Fatal(err)
		}
		err := back.error()
		if err == nil || err.Error() != kind.Error() {
			t.Errorf("%q arrived as %v", kind, err)
		}
		for _, k := range values {
			if errors.Is(kind, k) != errors.Is(err, k) {
				t.Errorf("%q arrived as %v", kind, err)
			}
		}
	}
}
