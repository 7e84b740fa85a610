package recordtest

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"bones/cmd/bones/internal/record"
	"bones/procwalk/text"
)

// Steering returns the last frame of a recording in which every text, or else every error, is one that steers a
// terminal. All else is as it was: whatever a command prints of texts or of errors, it comes to them.
func Steering(t testing.TB, path string, failing bool) *record.Frame {
	t.Helper()
	f := lastFrame(t, path)
	steer(reflect.ValueOf(f).Elem(), failing)
	return f
}

// steered is a value with what acts on a terminal in it, at both ends and on two lines.
func steered(was string) string { return "\x1b[2J" + was + "\n\u202ex\x1b]0;owned\a" }

func steer(v reflect.Value, failing bool) {
	switch k := v.Kind(); {
	case !v.CanSet():
	case v.Type() == textType:
		// A path stays one: others are not shown as such.
		if was := v.Interface().(text.Text).Raw(); !failing && was != "" && !strings.HasPrefix(was, "/") {
			v.Set(reflect.ValueOf(text.New(steered(was))))
		} else if !failing && was != "" {
			v.Set(reflect.ValueOf(text.New(was + "/" + steered("of"))))
		}
	case v.Type() == errorType:
		if failing {
			err := errors.New(steered("it cannot be read"))
			v.Set(reflect.ValueOf(&err).Elem())
		}
	case v.Type() == timeType:
	case v.Type() == reflect.TypeFor[string]() && v.Len() > 0:
		v.SetString(steered(v.String()))
	case k == reflect.Pointer && !v.IsNil():
		steer(v.Elem(), failing)
	case k == reflect.Slice || k == reflect.Array:
		for i := range v.Len() {
			steer(v.Index(i), failing)
		}
	case k == reflect.Map && !v.IsNil():
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			steer(value, failing)
			v.SetMapIndex(key, value)
		}
	case k == reflect.Struct:
		for i := range v.NumField() {
			steer(v.Field(i), failing)
		}
	}
}
