package proctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"bones/procwalk/reexec"

	"github.com/google/go-cmp/cmp"
)

// inside has cmp look at fields that are not exported, too.
var inside = cmp.Exporter(func(reflect.Type) bool { return true })

// fewest is how many values must have been tried: fewer would mean that nearly all were left out.
const fewest = 8

// Recorded checks that what is written as JSON is read again as it was, for Values of a type. Those that possible
// reports false for are left out, such as words of ours that are no UTF-8; possible may be nil, and keep is that of
// Values.
func Recorded[T any](tb testing.TB, keep func(reflect.StructField) bool, possible func(T) bool) {
	tb.Helper()
	comeBack(tb, keep, possible, func(v T) (back T, err error) {
		b, err := json.Marshal(v)
		return back, errors.Join(err, json.Unmarshal(b, &back))
	})
}

// Arrives checks that what one process of this program sends another arrives as it was, for Values of a type.
func Arrives[T any](tb testing.TB) {
	tb.Helper()
	var b bytes.Buffer
	enc, dec := reexec.NewEncoder(&b), reexec.NewDecoder(&b)
	comeBack(tb, nil, nil, func(v T) (back T, err error) {
		err = enc.Encode(v)
		return back, errors.Join(err, dec.Decode(&back))
	})
}

func comeBack[T any](tb testing.TB, keep func(reflect.StructField) bool, possible func(T) bool,
	carry func(T) (T, error)) {
	tb.Helper()
	tried := 0
	for _, v := range Values[T](keep) {
		if possible != nil && !possible(v) {
			continue
		}
		tried++
		back, err := carry(v)
		if err != nil {
			tb.Fatalf("%+v: %v", v, err)
		}
		if d := cmp.Diff(v, back, inside); d != "" {
			tb.Errorf("%T went and came back:\n%s", v, d)
		}
	}
	if tried < fewest {
		tb.Errorf("only %d values were tried", tried)
	}
}
