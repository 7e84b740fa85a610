package edit

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"bones/procwalk/proctest"

	"github.com/google/go-cmp/cmp"
)

// TestEveryFieldIsRecorded: what the journal has of a change is the change, also where a value is 0 or empty, or a
// name no UTF-8.
func TestEveryFieldIsRecorded(t *testing.T) {
	isRecorded(t, func(c recordedChange) bool { return plain(c.Hierarchy, c.File, c.Unit) })
}

// plain is said of words of the kernel's and of ours.
func plain(words ...string) bool {
	for _, w := range words {
		if !utf8.ValidString(w) {
			return false
		}
	}
	return true
}

func isRecorded[T any](t *testing.T, possible func(T) bool) {
	t.Helper()
	tried := 0
	for _, v := range proctest.Values[T](nil) {
		if !possible(v) {
			continue
		}
		tried++
		b, err := json.Marshal(v)
		var back T
		if err = errors.Join(err, json.Unmarshal(b, &back)); err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		if d := cmp.Diff(v, back, cmp.AllowUnexported(recordedChange{})); d != "" {
			t.Errorf("written as %s and read:\n%s", b, d)
		}
	}
	if tried < 8 {
		t.Errorf("only %d values were tried", tried)
	}
}
